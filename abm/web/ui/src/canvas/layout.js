// Where nodes stand: each below all that leads to it, so that a sequence is always tidy.
import { graphlib, layout } from "@dagrejs/dagre";

export const WIDTH = 232;
const END_WIDTH = 84, END_HEIGHT = 34, BASE = 74, LINE = 19;

// A node grows with what is wrong with it: about twenty-six full-width signs fit on two lines.
const heightOf = (node, counts) => BASE + (counts ? LINE : 0)
  + node.flaws.reduce((sum, text) => sum + LINE * Math.ceil(text.length / 17), node.flaws.length ? 8 : 0);

export function arrange(state, counts) {
  const graph = new graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: "TB", nodesep: 36, ranksep: 68, marginx: 24, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  const keys = new Set(state.nodes.map((node) => node.key));
  const nodes = [], edges = [];
  for (const node of state.nodes) {
    const height = heightOf(node, counts?.[node.key]);
    graph.setNode(node.key, { width: WIDTH, height });
    nodes.push({ id: node.key, type: "step", data: { ...node, ways: [...node.ways], isStart: node.key === state.start, count: counts?.[node.key] }, width: WIDTH, height });
  }
  for (const node of state.nodes) {
    for (const way of node.ways) {
      const reaches = way.target && keys.has(way.target);
      const target = reaches ? way.target : `end:${node.key}:${way.name}`;
      if (!reaches) {
        graph.setNode(target, { width: END_WIDTH, height: END_HEIGHT });
        nodes.push({ id: target, type: "end", data: {}, width: END_WIDTH, height: END_HEIGHT, selectable: false, focusable: false });
      }
      const id = `${node.key}|${way.name}`;
      graph.setEdge(node.key, target, {}, id);
      edges.push({ id, source: node.key, sourceHandle: way.name, target, type: "way", data: { step: node.key, way: way.name, word: way.word }, focusable: false });
    }
  }
  // Every step beside the one before it as ways are ordered: to swap them for fewer crossings would put B left of A.
  layout(graph, { disableOptimalOrderHeuristic: true });
  for (const node of nodes) {
    const { x, y } = graph.node(node.id);
    node.position = { x: x - node.width / 2, y: y - node.height / 2 };
  }
  const pointsOf = (edge) => graph.edge(edge.source, edge.target, edge.id).points;
  const heads = new Map(edges.map((edge) => [edge.id, pointsOf(edge)[1].x]));
  // Ways leave a step from left to right as they go on, so that they do not cross below it.
  for (const { id, data } of nodes) data.ways?.sort((one, other) => heads.get(`${id}|${one.name}`) - heads.get(`${id}|${other.name}`));
  // A way past other steps bends where the layout has left room for it.
  for (const edge of edges) edge.data.bends = pointsOf(edge).slice(1, -1);
  return { nodes, edges };
}
