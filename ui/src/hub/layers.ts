// The layers of a graph picture: on the left what an object rests on, on the right what rests on
// it, farther away the more steps there are between.

import type { Graph, GraphNode } from './api';
import { unitsOf } from './bundles';
import type { Opened, Unit } from './bundles';

export interface Box extends Pick<Unit, 'role' | 'key' | 'group' | 'from' | 'to'> {
  kind: string;
  name: string; // of an object
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

// The box that a node is drawn in; of an open bundle what is out of sight is in its last.
function boxesOf(nodes: Iterable<GraphNode>, open: Opened) {
  const boxes = new Map<string, Box>();
  const boxOf = new Map<string, string>();
  for (const { nodes: own, ...unit } of unitsOf(nodes, open)) {
    const [first] = own;
    const isObject = unit.role === 'object';
    for (const node of own) {
      if (!boxOf.has(keyOf(node))) boxOf.set(keyOf(node), unit.key);
    }
    boxes.set(unit.key, {
      ...unit, kind: first!.kind, name: isObject ? first!.name : '',
      title: isObject ? first!.title : '', layer: first!.depth, count: own.length, isCut: false,
      x: 0, y: 0,
    });
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

// What is of one open bundle gets one weight.
function keepTogether(keyed: { box: Box; weight: number }[]): void {
  for (const group of new Set(keyed.map(({ box }) => box.group).filter(Boolean))) {
    const own = keyed.filter(({ box }) => box.group === group);
    const mean = own.reduce((sum, { weight }) => sum + weight, 0) / own.length;
    own.forEach((each) => void (each.weight = mean));
  }
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
    keepTogether(keyed);
    keyed.sort((a, b) => a.weight - b.weight || a.box.kind.localeCompare(b.box.kind)
      || Number(a.box.role === 'more') - Number(b.box.role === 'more')
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
  centre: GraphNode, down: Graph, up: Graph, open: Opened,
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
const kHandy = 480; // px; on a phone one moves the picture about in any case

// How large a picture of this width is drawn where there is so much room.
export function scaleFor(width: number, room: number): number {
  const fits = room / width;
  if (room < kHandy && fits < kLeastScale) return 1;
  return Math.min(1, Math.max(kLeastScale, fits));
}

// The text, or as much of its two ends as fits.
export function shortened(text: string, fits: (part: string) => boolean): string {
  if (fits(text)) return text;
  const letters = [...text];
  const part = (kept: number) => `${letters.slice(0, Math.ceil(kept / 2)).join('')}…${
    letters.slice(letters.length - Math.floor(kept / 2)).join('')}`;
  let [least, most] = [0, letters.length - 1];
  while (least < most) {
    const kept = Math.ceil((least + most) / 2);
    if (fits(part(kept))) least = kept;
    else most = kept - 1;
  }
  return part(least);
}

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
