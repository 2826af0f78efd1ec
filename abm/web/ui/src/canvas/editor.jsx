// The editor: palette, canvas and panel around one draft, whose every change is saved and can be taken back.
import { Background, Controls, MarkerType, ReactFlow, ReactFlowProvider, useNodesState, useReactFlow } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { arrange, WIDTH } from "./layout.js";
import { Panel } from "./panel.jsx";
import { Canvas, EndNode, StepNode, WayEdge } from "./parts.jsx";
import { get, Refused, send, sendForm } from "./server.js";

const NODES = { step: StepNode, end: EndNode };
const EDGES = { way: WayEdge };
const HEAD = "head";
const COUNTED_EVERY = 5000;
const MOST_TAKEN_BACK = 100;
const NEAR = 90;

export async function mount(place) {
  const words = JSON.parse(place.dataset.words);
  const first = await get(place.dataset.draft);
  document.body.classList.add("abm-scripted");
  createRoot(place).render(<ReactFlowProvider><Editor first={first} words={words} urls={place.dataset} /></ReactFlowProvider>);
}

// One draft: what the server says it is, what can be taken back, and whether everything is saved.
function useDraft(first, url) {
  const [state, setState] = useState(first);
  const [past, setPast] = useState([]);
  const [future, setFuture] = useState([]);
  const [trouble, setTrouble] = useState(null);
  const [pending, setPending] = useState(0);
  const newest = useRef(first), queue = useRef(Promise.resolve());

  const take = useCallback((answer) => { newest.current = answer; setState(answer); }, []);
  // One after the other: each change is made to what the one before left.
  const enqueue = useCallback((ask, kept) => {
    setPending((count) => count + 1);
    const run = async () => {
      const before = newest.current.document;
      try {
        const answer = await ask(newest.current.etag);
        setTrouble(null);
        if (answer.etag !== newest.current.etag) kept(before);
        take(answer);
        return answer;
      } catch (error) {
        const refused = error instanceof Refused;
        setTrouble({ text: refused ? error.message : "", theirs: error.answer?.theirs, again: () => enqueue(ask, kept), mine: before });
        return null;
      } finally {
        setPending((count) => count - 1);
      }
    };
    queue.current = queue.current.then(run, run);
    return queue.current;
  }, [take]);
  const remember = useCallback((before) => { setPast((list) => [...list, before].slice(-MOST_TAKEN_BACK)); setFuture([]); }, []);

  return {
    state, past, future, trouble, isSaving: pending > 0, take, setTrouble,
    act: (body) => enqueue((etag) => send(url, { ...body, etag }), remember),
    save: (to, fields) => enqueue((etag) => { fields.set("etag", etag); return sendForm(to, fields); }, remember),
    undo: () => past.length && enqueue(
      (etag) => send(url, { act: "replace", document: past.at(-1), etag }),
      (before) => { setPast((list) => list.slice(0, -1)); setFuture((list) => [...list, before]); },
    ),
    redo: () => future.length && enqueue(
      (etag) => send(url, { act: "replace", document: future.at(-1), etag }),
      (before) => { setFuture((list) => list.slice(0, -1)); setPast((list) => [...list, before]); },
    ),
  };
}

function useCounts(url, isOut) {
  const [counts, setCounts] = useState(null);
  useEffect(() => {
    if (!isOut) return undefined;
    const ask = () => document.visibilityState === "visible" && get(url).then(setCounts).catch(() => {});
    ask();
    const clock = setInterval(ask, COUNTED_EVERY);
    return () => clearInterval(clock);
  }, [url, isOut]);
  return counts;
}

function Editor({ first, words, urls }) {
  const draft = useDraft(first, urls.draft);
  const { state } = draft;
  const [chosen, setChosen] = useState(HEAD);
  const counts = useCounts(urls.counts, state.published || state.number > 1);
  const flow = useReactFlow();
  const [nodes, setNodes, onNodesChange] = useNodesState([]);
  const placed = useMemo(() => arrange(state, counts), [state, counts]);
  const isThere = chosen === HEAD || state.nodes.some((node) => node.key === chosen);
  const here = isThere ? chosen : HEAD;

  useEffect(() => {
    setNodes((old) => placed.nodes.map((node) => ({
      ...node, selected: node.id === here, measured: old.find((one) => one.id === node.id)?.measured,
    })));
  }, [placed, here]);
  // From its first step on, as large as can be read; the button shows a long sequence whole.
  useEffect(() => {
    const right = Math.max(0, ...placed.nodes.map((node) => node.position.x + node.width));
    const { width } = document.querySelector(".abm-sheet").getBoundingClientRect();
    const zoom = Math.min(1, Math.max(0.7, width / (right + 24)));
    flow.setViewport({ x: (width - (right + 24) * zoom) / 2, y: 0, zoom });
  }, []);

  function show(key) {
    setChosen(key);
    const node = placed.nodes.find((one) => one.id === key);
    if (node) flow.setCenter(node.position.x + WIDTH / 2, node.position.y + node.height / 2, { zoom: flow.getZoom(), duration: 150 });
  }

  // On the way given; else after what is chosen; else where the sequence still ends.
  async function add(kind, after) {
    const ends = (node) => node.ways.find((way) => !way.target) ?? node.ways[0];
    const node = state.nodes.find((one) => one.key === here && one.ways.length) ?? state.nodes.findLast((one) => one.ways.some((way) => !way.target));
    const place = after === undefined && node ? [node.key, ends(node).name] : after ?? null;
    const answer = await draft.act({ act: "add", kind, after: place });
    if (answer?.added) setChosen(answer.added);
  }

  const connect = ({ source, sourceHandle, target }) =>
    draft.act({ act: "connect", step: source, way: sourceHandle, target: target.startsWith("end:") ? null : target });

  function drop(event) {
    event.preventDefault();
    const kind = event.dataTransfer.getData("application/x-step");
    if (!kind) return;
    const near = [...document.querySelectorAll(".abm-way")]
      .map((way) => ({ way, box: way.getBoundingClientRect() }))
      .map(({ way, box }) => ({ way, far: Math.hypot(box.x + box.width / 2 - event.clientX, box.y + box.height / 2 - event.clientY) }))
      .sort((one, other) => one.far - other.far)[0];
    add(kind, near && near.far < NEAR ? [near.way.dataset.step, near.way.dataset.way] : null);
  }

  function move(key) {
    const node = state.nodes.find((one) => one.key === here);
    const order = state.nodes.map((one) => one.key);
    if (!node) return order[0];
    const before = state.nodes.filter((one) => one.ways.some((way) => way.target === here));
    const siblings = before[0]?.ways.map((way) => way.target).filter(Boolean) ?? order;
    const at = siblings.indexOf(here);
    return {
      ArrowDown: node.ways.find((way) => way.target)?.target,
      ArrowUp: before[0]?.key,
      ArrowRight: siblings[at + 1],
      ArrowLeft: siblings[at - 1],
    }[key];
  }

  function press(event) {
    if (event.target.closest("input, textarea, select")) return;
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && event.key.toLowerCase() === "z") {
      event.preventDefault();
      if (event.shiftKey) draft.redo(); else draft.undo();
    } else if (ctrl && event.key.toLowerCase() === "y") {
      event.preventDefault();
      draft.redo();
    } else if (["Delete", "Backspace"].includes(event.key) && here !== HEAD && !event.target.closest(".abm-panel, .abm-tools")) {
      event.preventDefault();
      draft.act({ act: "remove", step: here });
    } else if (event.key.startsWith("Arrow") && event.target.closest(".react-flow")) {
      const next = move(event.key);
      if (!next) return;
      event.preventDefault();
      show(next);
      document.querySelector(`.react-flow__node[data-id="${CSS.escape(next)}"]`)?.focus({ preventScroll: true });
    } else if (event.key === "Escape") setChosen(HEAD);
  }

  function changed(changes) {
    onNodesChange(changes);
    const picked = changes.find((one) => one.type === "select" && one.selected);
    if (picked && !picked.id.startsWith("end:")) setChosen(picked.id);
  }

  const step = here === HEAD ? null : here;
  return (
    <Canvas.Provider value={{ words, add }}>
      <div className="abm-editor" onKeyDown={press}>
        <Tools {...{ draft, step, words, choose: setChosen }} />
        {draft.trouble && <Trouble {...{ draft, words }} />}
        <nav className="abm-palette" aria-label={words.palette}>
          <p className="abm-palette-hint">{words.hint}</p>
          {words.kinds.map(([kind, word]) => (
            <button type="button" key={kind} draggable onClick={() => add(kind)} data-kind={kind}
              onDragStart={(event) => event.dataTransfer.setData("application/x-step", kind)}>
              <span className={`abm-kind abm-kind-${kind}`}>{word}</span>
            </button>
          ))}
        </nav>
        <div className="abm-sheet" onDragOver={(event) => event.preventDefault()} onDrop={drop}>
          <ReactFlow nodes={nodes} edges={placed.edges} nodeTypes={NODES} edgeTypes={EDGES} onNodesChange={changed}
            onConnect={connect} onPaneClick={() => setChosen(HEAD)} nodesDraggable={false} deleteKeyCode={null} minZoom={0.2} maxZoom={1.5}
            selectionKeyCode={null} multiSelectionKeyCode={null} zoomOnDoubleClick={false} connectionRadius={40}
            defaultEdgeOptions={{ markerEnd: { type: MarkerType.ArrowClosed } }} aria-label={words.canvas.replace("{title}", urls.title)}
            ariaLabelConfig={words.aria}>
            <Background gap={20} />
            <Controls showInteractive={false} />
          </ReactFlow>
          {state.nodes.length === 0 && <p className="abm-sheet-empty">{words.empty}</p>}
        </div>
        <Panel url={`${urls.steps}/${encodeURIComponent(here)}`} etag={state.etag} save={draft.save} label={words.panel} />
        <Flaws {...{ state, words, show }} />
      </div>
    </Canvas.Provider>
  );
}

function Tools({ draft, step, words, choose }) {
  const isStart = step === draft.state.start;
  return (
    <div className="abm-tools" role="toolbar" aria-label={words.tools}>
      <button type="button" className="btn btn-sm" disabled={!draft.past.length} onClick={draft.undo} title="Ctrl+Z">{words.undo}</button>
      <button type="button" className="btn btn-sm" disabled={!draft.future.length} onClick={draft.redo} title="Ctrl+Y">{words.redo}</button>
      <button type="button" className="btn btn-sm" disabled={!step || isStart} onClick={() => draft.act({ act: "begin", step })}>{words.begin}</button>
      <button type="button" className="btn btn-sm" disabled={!step} onClick={() => draft.act({ act: "remove", step })} title="Del">{words.remove}</button>
      <button type="button" className="btn btn-sm" aria-pressed={!step} onClick={() => choose(HEAD)}>{words.head}</button>
      <span className="abm-saved" role="status">{draft.trouble ? "" : draft.isSaving ? words.saving : words.saved}</span>
    </div>
  );
}

function Trouble({ draft, words }) {
  const { text, theirs, again, mine } = draft.trouble;
  const keepMine = () => { draft.take(theirs); draft.setTrouble(null); draft.act({ act: "replace", document: mine }).then(again); };
  return (
    <div className="alert alert-danger abm-trouble" role="alert">
      <span>{text || words.unsaved}</span>
      {theirs
        ? <span className="btn-list">
          <button type="button" className="btn btn-sm" onClick={() => { draft.take(theirs); draft.setTrouble(null); }}>{words.theirs}</button>
          <button type="button" className="btn btn-sm" onClick={keepMine}>{words.mine}</button>
        </span>
        : <button type="button" className="btn btn-sm" onClick={again}>{words.retry}</button>}
    </div>
  );
}

function Flaws({ state, words, show }) {
  if (!state.flaws.length) return <p className="abm-flaws is-sound" role="status">{words.sound}</p>;
  const title = (key) => state.nodes.find((node) => node.key === key)?.title ?? words.head;
  return (
    <details className="abm-flaws" open>
      <summary>{words.flaws} <span className="badge bg-yellow-lt">{state.flaws.length}</span></summary>
      <ul>{state.flaws.map((flaw) => (
        <li key={`${flaw.place} ${flaw.text}`}><button type="button" className="btn-link" onClick={() => show(flaw.step || HEAD)}>{title(flaw.step)}</button> – {flaw.text}</li>
      ))}</ul>
    </details>
  );
}
