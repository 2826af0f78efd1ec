// What stands on the canvas: steps, ends, and ways with the button that adds a step to them.
import { BaseEdge, EdgeLabelRenderer, Handle, Position, getSmoothStepPath } from "@xyflow/react";
import { createContext, useContext, useEffect, useRef, useState } from "react";

export const Canvas = createContext(null);

const fill = (text, count) => text.replace("{count}", new Intl.NumberFormat(document.documentElement.lang).format(count));

export function StepNode({ data, selected }) {
  const { words } = useContext(Canvas);
  const handles = data.ways.map((way, number) => (
    <Handle key={way.name} id={way.name} type="source" position={Position.Bottom}
      style={{ left: `${((number + 0.5) * 100) / data.ways.length}%` }} />
  ));
  return (
    <div className={`abm-node abm-node-${data.kind}${selected ? " is-chosen" : ""}${data.flaws.length ? " has-flaws" : ""}`} data-step={data.key}>
      <Handle type="target" position={Position.Top} />
      <div className="abm-node-head">
        <span className={`abm-kind abm-kind-${data.kind}`}>{data.word}</span>
        {data.isStart && <span className="abm-node-start">{words.start}</span>}
      </div>
      <div className="abm-node-title">{data.title}</div>
      {data.count && <Counts count={data.count} kind={data.kind} />}
      {data.flaws.length > 0 && <ul className="abm-node-flaws">{data.flaws.map((text) => <li key={text}>{text}</li>)}</ul>}
      {handles}
    </div>
  );
}

function Counts({ count, kind }) {
  const { words } = useContext(Canvas);
  const told = kind === "mail" ? [fill(words.sent, count.sent), fill(words.withheld, count.withheld)] : [];
  return <div className="abm-node-counts">{[fill(words.here, count.waiting), ...told].join(" · ")}</div>;
}

export function EndNode() {
  const { words } = useContext(Canvas);
  return <div className="abm-node-end"><Handle type="target" position={Position.Top} />{words.end}</div>;
}

export function WayEdge(edge) {
  const { add, words } = useContext(Canvas);
  const [open, setOpen] = useState(false);
  const [stepped, middleX, middleY] = getSmoothStepPath({ ...edge, borderRadius: 10 });
  const { bends } = edge.data;
  const path = bends.length > 1 ? bent(edge, bends) : stepped;
  const middle = bends.length > 1 ? bends[Math.floor(bends.length / 2)] : { x: middleX, y: middleY };
  // Two ways may lead to one step: each is named where it begins.
  const [x, y] = edge.data.word ? [edge.sourceX, edge.sourceY + 24] : [middle.x, middle.y];
  return (
    <>
      <BaseEdge path={path} markerEnd={edge.markerEnd} />
      <EdgeLabelRenderer>
        <div className={`abm-way nodrag nopan${open ? " is-open" : ""}`} data-step={edge.data.step} data-way={edge.data.way}
          style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}>
          {edge.data.word && <span className="abm-way-word">{edge.data.word}</span>}
          <button type="button" className="abm-way-add" aria-label={words.insert} title={words.insert} aria-expanded={open}
            onClick={() => setOpen(!open)}>+</button>
          {open && <KindMenu close={() => setOpen(false)} choose={(kind) => { setOpen(false); add(kind, [edge.data.step, edge.data.way]); }} />}
        </div>
      </EdgeLabelRenderer>
    </>
  );
}

// Through every bend, rounded there, and straight down into the step.
function bent({ sourceX, sourceY, targetX, targetY }, bends) {
  const points = [{ x: sourceX, y: sourceY + 14 }, ...bends, { x: targetX, y: targetY - 14 }];
  const middle = (one, other) => `${(one.x + other.x) / 2} ${(one.y + other.y) / 2}`;
  const curves = points.slice(1, -1).map((point, at) => `Q ${point.x} ${point.y} ${middle(point, points[at + 2])}`);
  return `M ${sourceX} ${sourceY} L ${points[0].x} ${points[0].y} L ${middle(points[0], points[1])} ${curves.join(" ")} L ${points.at(-1).x} ${points.at(-1).y} L ${targetX} ${targetY}`;
}

function KindMenu({ choose, close }) {
  const { words } = useContext(Canvas);
  const menu = useRef(null);
  useEffect(() => {
    menu.current.querySelector("button").focus();
    const away = (event) => { if (!menu.current?.parentElement.contains(event.target)) close(); };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  return (
    <div className="abm-way-menu" ref={menu} onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } }}>
      {words.kinds.map(([kind, word]) => (
        <button type="button" key={kind} onClick={() => choose(kind)}><span className={`abm-kind abm-kind-${kind}`}>{word}</span></button>
      ))}
    </div>
  );
}
