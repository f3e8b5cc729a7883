// The layers of a graph picture: on the left what an object rests on, on the right what rests on
// it, farther away the more steps there are between.

import type { Graph, GraphNode } from './api';

export interface Box {
  key: string; // "Kind/name", of a bundle "layer Kind"
  kind: string;
  name: string; // of a bundle empty
  title: string;
  layer: number;
  count: number; // nodes it stands for
  isCut: boolean; // at least so many: the walk on its side had more
  x: number;
  y: number;
}

export interface Wire {
  from: string; // key of the box on the left
  to: string;
  fields: string[];
}

export interface Picture {
  boxes: Box[];
  wires: Wire[];
  layers: number[];
  width: number;
  height: number;
}

export const kBox = { width: 196, height: 46, gapX: 76, gapY: 12, edge: 8 };
const kLeastGapX = 40; // wires need some way to bend
const kBundleFrom = 7; // so many of a kind in one layer are drawn as one box

export const keyOf = ({ kind, name }: { kind: string; name: string }) => `${kind}/${name}`;

interface Link {
  left: string;
  right: string;
  field: string;
}

// Moves nodes outwards until every wire of one side leads from left to right. The hub allows no
// cycles; the number of rounds ends it where there is one all the same.
function straighten(nodes: Map<string, GraphNode>, links: Link[], side: -1 | 1): void {
  for (let round = 0; round < nodes.size; round += 1) {
    let moved = false;
    for (const { left, right } of links) {
      const [near, far] = side < 0 ? [nodes.get(right), nodes.get(left)]
        : [nodes.get(left), nodes.get(right)];
      if (!near || !far || far.depth * side <= 0 || near.depth * side < 0) continue;
      if (Math.abs(far.depth) > Math.abs(near.depth)) continue;
      far.depth = near.depth + side;
      moved = true;
    }
    if (!moved) return;
  }
}

const linksOf = (graph: Graph): Link[] => graph.edges.map(({ from, to, field }) =>
  ({ left: keyOf(to), right: keyOf(from), field }));

// Nodes with their layer: below 0 what the centre rests on, above 0 what rests on it.
function layered(centre: GraphNode, down: Graph, up: Graph): Map<string, GraphNode> {
  const nodes = new Map<string, GraphNode>([[keyOf(centre), { ...centre, depth: 0 }]]);
  const take = (node: GraphNode, sign: number) => {
    const depth = sign * Math.abs(node.depth);
    if (depth !== 0 && !nodes.has(keyOf(node))) nodes.set(keyOf(node), { ...node, depth });
  };
  down.nodes.forEach((node) => take(node, -1));
  up.nodes.forEach((node) => take(node, 1));
  straighten(nodes, linksOf(down), -1);
  straighten(nodes, linksOf(up), 1);
  return nodes;
}

// The box that a node is drawn in.
function boxesOf(nodes: Iterable<GraphNode>, open: ReadonlySet<string>) {
  const boxes = new Map<string, Box>();
  const boxOf = new Map<string, string>();
  const groups = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const group = `${node.depth} ${node.kind}`;
    groups.set(group, [...(groups.get(group) ?? []), node]);
  }
  for (const [group, members] of groups) {
    const isBundle = members.length >= kBundleFrom && !open.has(group);
    for (const node of members) {
      const key = isBundle ? group : keyOf(node);
      boxOf.set(keyOf(node), key);
      if (boxes.has(key)) continue;
      boxes.set(key, {
        key, kind: node.kind, name: isBundle ? '' : node.name, title: isBundle ? '' : node.title,
        layer: node.depth, count: isBundle ? members.length : 1, isCut: false,
        x: 0, y: 0,
      });
    }
  }
  return { boxes, boxOf };
}

function wiresOf(links: Link[], boxOf: ReadonlyMap<string, string>): Wire[] {
  const wires = new Map<string, Wire>();
  for (const { left, right, field } of links) {
    const [from, to] = [boxOf.get(left), boxOf.get(right)];
    if (!from || !to || from === to) continue;
    const known = wires.get(`${from}\n${to}`);
    if (!known) wires.set(`${from}\n${to}`, { from, to, fields: [field] });
    else if (!known.fields.includes(field)) known.fields.push(field);
  }
  return [...wires.values()];
}

// Each layer in the order of what its boxes are wired to nearer the centre.
function order(byLayer: Map<number, Box[]>, wires: Wire[]): void {
  const near = new Map<string, string[]>();
  const add = (a: string, b: string) => near.set(a, [...(near.get(a) ?? []), b]);
  wires.forEach(({ from, to }) => {
    add(from, to);
    add(to, from);
  });
  const place = new Map<string, number>();
  const layers = [...byLayer.keys()].sort((a, b) => Math.abs(a) - Math.abs(b));
  for (const layer of layers) {
    const boxes = byLayer.get(layer)!;
    const weight = (box: Box) => {
      const places = (near.get(box.key) ?? []).map((key) => place.get(key))
        .filter((each): each is number => each !== undefined);
      return places.length > 0 ? places.reduce((a, b) => a + b, 0) / places.length : 0.5;
    };
    const keyed = boxes.map((box) => ({ box, weight: weight(box) }));
    keyed.sort((a, b) => a.weight - b.weight || a.box.kind.localeCompare(b.box.kind)
      || a.box.name.localeCompare(b.box.name, 'en', { numeric: true }));
    byLayer.set(layer, keyed.map(({ box }) => box));
    keyed.forEach(({ box }, i) => place.set(box.key, (i + 1) / (keyed.length + 1)));
  }
}

// The way between so many columns in a picture of `room` px, where that is enough.
function gapFor(columns: number, room: number): number {
  if (columns < 2) return kBox.gapX;
  const left = room - 2 * kBox.edge - columns * kBox.width;
  return Math.min(kBox.gapX, Math.max(kLeastGapX, Math.floor(left / (columns - 1))));
}

// `room`: the width that there is, px; columns draw together for it before anything is scaled.
export function draw(
  centre: GraphNode, down: Graph, up: Graph, open: ReadonlySet<string>,
  room = Infinity): Picture {
  const nodes = layered(centre, down, up);
  const { boxes, boxOf } = boxesOf(nodes.values(), open);
  const wires = wiresOf([...linksOf(down), ...linksOf(up)], boxOf);
  const layers = [...new Set([...boxes.values()].map((box) => box.layer))].sort((a, b) => a - b);
  for (const box of boxes.values()) {
    box.isCut = box.count > 1 && Boolean(box.layer < 0 ? down.next : up.next);
  }
  const byLayer = new Map(layers.map((layer) =>
    [layer, [...boxes.values()].filter((box) => box.layer === layer)]));
  order(byLayer, wires);
  const rows = Math.max(...[...byLayer.values()].map((list) => list.length));
  const height = rows * (kBox.height + kBox.gapY) - kBox.gapY + 2 * kBox.edge;
  const gapX = gapFor(layers.length, room);
  layers.forEach((layer, column) => {
    const list = byLayer.get(layer)!;
    const size = list.length * (kBox.height + kBox.gapY) - kBox.gapY;
    list.forEach((box, i) => {
      box.x = kBox.edge + column * (kBox.width + gapX);
      box.y = (height - size) / 2 + i * (kBox.height + kBox.gapY);
    });
  });
  const width = layers.length * (kBox.width + gapX) - gapX + 2 * kBox.edge;
  return { boxes: layers.flatMap((layer) => byLayer.get(layer)!), wires, layers, width, height };
}

const kLeastScale = 0.8; // smaller letters are not read

// How large a picture of this width is drawn where there is so much room.
export const scaleFor = (width: number, room: number): number =>
  Math.min(1, Math.max(kLeastScale, room / width));

// The box that an arrow key leads to.
export function neighbour(picture: Picture, key: string, arrow: string): Box | undefined {
  const box = picture.boxes.find((each) => each.key === key);
  if (!box) return undefined;
  const column = (layer: number) => picture.boxes.filter((each) => each.layer === layer);
  if (arrow === 'ArrowUp' || arrow === 'ArrowDown') {
    const list = column(box.layer);
    return list[list.indexOf(box) + (arrow === 'ArrowUp' ? -1 : 1)];
  }
  const at = picture.layers.indexOf(box.layer) + (arrow === 'ArrowLeft' ? -1 : 1);
  const layer = picture.layers[at];
  if (layer === undefined) return undefined;
  const wired = new Set(picture.wires.flatMap(({ from, to }) =>
    from === key ? [to] : to === key ? [from] : []));
  const list = column(layer);
  const own = list.filter((each) => wired.has(each.key));
  const far = (each: Box) => Math.abs(each.y - box.y);
  return (own.length > 0 ? own : list).toSorted((a, b) => far(a) - far(b))[0];
}
