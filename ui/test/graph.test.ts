// The picture of a graph: the ways of its wires.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Graph, GraphNode } from '../src/hub/api';
import { draw, kBox, neighbour } from '../src/hub/layers';
import type { Picture } from '../src/hub/layers';
import { place } from '../src/hub/lanes';
import type { Stop } from '../src/hub/lanes';

const node = (kind: string, name: string, depth: number) =>
  ({ kind, name, depth, site: '', title: '' }) as GraphNode;
const edge = (from: GraphNode, to: GraphNode, field: string) => ({ from, to, field });
const none: Graph = { nodes: [], edges: [], next: null };

// A site that everything is of, near and far.
function plant() {
  const site = node('Site', 'hall', 0);
  const presses = [1, 2, 3].map((i) => node('Asset', `press-${i}`, 1));
  const plcs = presses.map(({ name }) => node('Device', `plc-${name}`, 2));
  const streams = plcs.flatMap(({ name }) => ['heat', 'load'].map((stream) =>
    node('Stream', `${name}/${stream}`, 3)));
  const pipeline = node('Pipeline', 'anomaly', 4);
  const nodes = [...presses, ...plcs, ...streams, pipeline];
  const edges = [
    ...[...presses, ...plcs, pipeline].map((each) => edge(each, site, 'site')),
    ...plcs.map((plc, i) => edge(plc, presses[i]!, 'asset')),
    ...streams.map((stream, i) => edge(stream, plcs[i >> 1]!, 'device')),
    ...streams.map((stream) => edge(pipeline, stream, 'streams')),
  ];
  return { site, up: { nodes, edges, next: null } as Graph };
}

// Boxes that a wire touches besides those at its ends.
function touched({ boxes, wires }: Picture): string[] {
  return wires.flatMap(({ from, to, way }) => way.slice(1).flatMap(([x, y], i) => {
    const [x0, y0] = way[i]!;
    const [low, high] = [Math.min(y0, y), Math.max(y0, y)];
    return boxes.filter((box) => box.key !== from && box.key !== to
      && box.x < x && x0 < box.x + kBox.width && box.y <= high && low <= box.y + kBox.height)
      .map(({ key }) => `${from} to ${to} behind ${key}`);
  }));
}

test('no wire runs behind a box', () => {
  const { site, up } = plant();
  for (const room of [Infinity, 700]) {
    const picture = draw(site, none, up, new Set(), room);
    assert.deepEqual(touched(picture), []);
    const boxes = new Map(picture.boxes.map((box) => [box.key, box]));
    for (const { from, to, way } of picture.wires) {
      const [left, right] = [boxes.get(from)!, boxes.get(to)!];
      assert.deepEqual(way[0], [left.x + kBox.width, left.y + kBox.height / 2]);
      assert.deepEqual(way.at(-1), [right.x, right.y + kBox.height / 2]);
      way.forEach(([, y], i) => i > 0 && i % 2 === 0
        && assert.equal(y, way[i - 1]![1], 'straight past a column'));
      assert.ok(way.every(([, y]) => y >= 0 && y <= picture.height));
    }
    const far = picture.wires.find(({ to }) => to === 'Pipeline/anomaly')!;
    assert.ok(far.way.length === 2 || far.from === 'Site/hall');
  }
});

test('wires of one box go together as far as they can', () => {
  const { site, up } = plant();
  const { wires } = draw(site, none, up, new Set());
  const past = wires.filter(({ from, way }) => from === 'Site/hall' && way.length > 2);
  assert.equal(past.length, 4, 'to three devices and the pipeline');
  assert.equal(new Set(past.map(({ way }) => String(way.slice(0, 3)))).size, 1);
});

const stop = (key: string, rank: number, size = 40): Stop =>
  ({ key, rank, size, group: '', y: 0 });

test('columns are in an order in which few wires cross', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((key, i) => stop(key, i));
  const [x, y, z] = ['x', 'y', 'z'].map((key, i) => stop(key, i));
  const [p, q] = [stop('p', 0), stop('q', 1)];
  const pairs: [Stop, Stop][] = [[a!, z!], [b!, y!], [c!, x!], [z!, q], [x!, p], [y!, q]];
  const links = pairs.map(([left, right]) => ({ left, right }));
  const { columns, height } = place([[a!, b!, c!], [x!, y!, z!], [p, q]], links, 0, 10);
  const order = columns.map((column) => column.map(({ key }) => key).join('')).join(' ');
  assert.equal(order, 'abc zyx qp');
  assert.equal(height, 140);
  for (const column of columns) {
    column.forEach((each, i) => {
      assert.ok(each.y >= 0 && each.y + each.size <= height);
      assert.ok(i === 0 || each.y >= column[i - 1]!.y + 50, 'apart');
    });
  }
  assert.equal(q.y, 25, 'beside the middle of the two that lead to it');
});

test('arrow keys lead along a wire past a column', () => {
  const [centre, asset, contract] =
    [node('Site', 'a', 0), node('Asset', 'b', 1), node('Contract', 'd', 1)];
  const [device, dataset] = [node('Device', 'c', 2), node('Dataset', 'e', 3)];
  const at = (...wired: [GraphNode, GraphNode][]) => draw(centre, none, {
    nodes: [asset, contract, device, dataset], next: null,
    edges: [[asset, centre], [contract, centre], [device, asset], [dataset, device], ...wired]
      .map(([from, to]) => edge(from!, to!, 'x')),
  }, new Set());
  assert.equal(neighbour(at([dataset, contract]), 'Contract/d', 'ArrowRight')?.key, 'Dataset/e');
  assert.equal(neighbour(at([dataset, contract]), 'Dataset/e', 'ArrowLeft')?.key, 'Device/c');
  assert.equal(neighbour(at(), 'Contract/d', 'ArrowRight')?.key, 'Device/c', 'where none leads on');
});
