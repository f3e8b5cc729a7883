// The layers of a graph picture: on the left what an object rests on, on the right what rests on
// it, farther away the more steps there are between.

import type { Graph, GraphNode } from './api';
import { unitsOf } from './bundles';
import type { Opened, Unit } from './bundles';
import { place } from './lanes';
import type { Link, Stop } from './lanes';

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
  // From gap to gap: it bends from the first to the second, goes straight on to the third, ...
  way: Point[];
}

type Point = [x: number, y: number]; // px

export interface Picture {
  boxes: Box[];
  wires: Wire[];
  layers: number[];
  width: number;
  height: number;
}

export const kBox = { width: 196, height: 46, gapX: 76, gapY: 12, edge: 8 };
const kLeastGapX = 40; // wires need some way to bend
const kLane = 4; // px that a wire takes between the boxes of a column

export const keyOf = ({ kind, name }: { kind: string; name: string }) => `${kind}/${name}`;

interface Reference {
  left: string;
  right: string;
  field: string;
}

// Moves nodes outwards until every wire of one side leads from left to right. The hub allows no
// cycles; the number of rounds ends it where there is one all the same.
function straighten(nodes: Map<string, GraphNode>, links: Reference[], side: -1 | 1): void {
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

const linksOf = (graph: Graph): Reference[] => graph.edges.map(({ from, to, field }) =>
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

function wiresOf(links: Reference[], boxOf: ReadonlyMap<string, string>): Wire[] {
  const wires = new Map<string, Wire>();
  for (const { left, right, field } of links) {
    const [from, to] = [boxOf.get(left), boxOf.get(right)];
    if (!from || !to || from === to) continue;
    const known = wires.get(`${from}\n${to}`);
    if (!known) wires.set(`${from}\n${to}`, { from, to, fields: [field], way: [] });
    else if (!known.fields.includes(field)) known.fields.push(field);
  }
  return [...wires.values()];
}

const byName = new Intl.Collator('en', { numeric: true }).compare;

// Where the wires leave it open: by kind and name, what leads to the next part of a bundle last.
const compare = (a: Box, b: Box): number => a.kind.localeCompare(b.kind)
  || Number(a.role === 'more') - Number(b.role === 'more') || byName(a.name, b.name);

// Boxes and lanes of each column, with what links them from one to the next. Wires of one box share
// their lanes as far as they go together.
function stopsOf(byLayer: readonly Box[][], wires: readonly Wire[]) {
  const columns: Stop[][] = byLayer.map((boxes) => boxes.toSorted(compare).map((box, rank) =>
    ({ key: box.key, size: kBox.height, rank, group: box.group, y: 0 })));
  const at = new Map(columns.flatMap((stops, column) =>
    stops.map((stop) => [stop.key, { stop, column }])));
  const links = new Map<string, Link>();
  const stopIn = (column: number, from: string): Stop => {
    const key = `${column} past ${from}`;
    const known = at.get(key)?.stop;
    if (known) return known;
    const stop = { key, size: kLane, rank: columns[column]!.length, group: '', y: 0 };
    columns[column]!.push(stop);
    at.set(key, { stop, column });
    return stop;
  };
  const passed = new Map<Wire, Stop[]>();
  for (const wire of wires) {
    const [from, to] = [at.get(wire.from)!, at.get(wire.to)!];
    const lanes: Stop[] = [];
    for (let i = from.column + 1; i < to.column; i += 1) lanes.push(stopIn(i, wire.from));
    passed.set(wire, lanes);
    [from.stop, ...lanes].forEach((left, i) => {
      const right = lanes[i] ?? to.stop;
      if (from.column < to.column) links.set(`${left.key}\n${right.key}`, { left, right });
    });
  }
  return { columns, links: [...links.values()], at, passed };
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
  const { columns, links, at, passed } = stopsOf(layers.map((layer) =>
    [...boxes.values()].filter((box) => box.layer === layer)), wires);
  const placed = place(columns, links, layers.indexOf(0), kBox.gapY);
  const gapX = gapFor(layers.length, room);
  const left = (column: number) => kBox.edge + column * (kBox.width + gapX);
  const middle = ({ y, size }: Stop) => kBox.edge + y + size / 2;
  for (const [key, box] of boxes) {
    const { stop, column } = at.get(key)!;
    [box.x, box.y] = [left(column), kBox.edge + stop.y];
  }
  for (const wire of wires) {
    const [from, to] = [at.get(wire.from)!, at.get(wire.to)!];
    const lanes = passed.get(wire)!.flatMap((lane): Point[] => {
      const x = left(at.get(lane.key)!.column);
      return [[x, middle(lane)], [x + kBox.width, middle(lane)]];
    });
    wire.way = [[left(from.column) + kBox.width, middle(from.stop)], ...lanes,
      [left(to.column), middle(to.stop)]];
  }
  return {
    boxes: placed.columns.flatMap((stops) => stops.flatMap(({ key }) => boxes.get(key) ?? [])),
    wires, layers, width: left(layers.length) - gapX + kBox.edge,
    height: placed.height + 2 * kBox.edge,
  };
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
  const side = arrow === 'ArrowLeft' ? -1 : 1;
  const next = picture.layers[picture.layers.indexOf(box.layer) + side];
  if (next === undefined) return undefined;
  const wired = new Set(picture.wires.flatMap(({ from, to }) =>
    from === key ? [to] : to === key ? [from] : []));
  const own = picture.boxes.filter((each) =>
    wired.has(each.key) && (each.layer - box.layer) * side > 0);
  const steps = (each: Box) => Math.abs(each.layer - box.layer);
  const far = (each: Box) => Math.abs(each.y - box.y);
  return (own.length > 0 ? own : column(next))
    .toSorted((a, b) => steps(a) - steps(b) || far(a) - far(b))[0];
}
