// Which nodes of a layer are shown each by itself, and which together: a column of the picture and
// a part of the list stay as long as people look over at once, however many nodes there are.

import type { GraphNode } from './api';

export const kColumn = 12; // boxes of one column, and of an opened bundle
const kBundleFrom = 7; // so many of a kind in one layer are always drawn as one box

// Bundles that somebody opened, by their key "layer Kind"; a map tells which part of it is shown.
export interface Opened {
  has: (group: string) => boolean;
  get?: (group: string) => number | undefined;
}

export type Role = 'object' | 'bundle' | 'more';

export interface Unit {
  role: Role;
  key: string; // "Kind/name", of a bundle "layer Kind", of its rest "layer Kind more"
  group: string; // "layer Kind" where it is of an open bundle
  nodes: GraphNode[]; // that it stands for; of `more` all of the bundle
  from: number; // of `more`: the first and the last that are shown beside it, from 1
  to: number;
}

const keyOf = ({ kind, name }: GraphNode) => `${kind}/${name}`;
const byName = new Intl.Collator('en', { numeric: true }).compare;

const single = (node: GraphNode, group = ''): Unit =>
  ({ role: 'object', key: keyOf(node), group, nodes: [node], from: 0, to: 0 });

// One part of an open bundle, and what leads to the next.
function opened(group: string, members: GraphNode[], part: number): Unit[] {
  const nodes = members.toSorted((a, b) => byName(a.name, b.name));
  if (nodes.length <= kColumn) return nodes.map((node) => single(node, group));
  const from = (part % Math.ceil(nodes.length / kColumn)) * kColumn;
  const shown = nodes.slice(from, from + kColumn);
  return [...shown.map((node) => single(node, group)),
    { role: 'more', key: `${group} more`, group, nodes, from: from + 1, to: from + shown.length }];
}

// Groups of one layer that are shown as one each: the large ones, and then the largest until
// the column is short enough.
function bundled(groups: ReadonlyMap<string, GraphNode[]>): Set<string> {
  const out = new Set<string>();
  const bySize = [...groups].sort(([a, one], [b, two]) =>
    two.length - one.length || (a < b ? -1 : 1));
  let boxes = bySize.reduce((sum, [, members]) => sum + members.length, 0);
  for (const [group, members] of bySize) {
    if (members.length < 2 || (members.length < kBundleFrom && boxes <= kColumn)) break;
    out.add(group);
    boxes -= members.length - 1;
  }
  return out;
}

// Nodes have their layer as depth.
export function unitsOf(nodes: Iterable<GraphNode>, open: Opened): Unit[] {
  const layers = new Map<number, Map<string, GraphNode[]>>();
  for (const node of nodes) {
    const groups = layers.get(node.depth) ?? new Map<string, GraphNode[]>();
    layers.set(node.depth, groups);
    const group = `${node.depth} ${node.kind}`;
    groups.set(group, [...(groups.get(group) ?? []), node]);
  }
  return [...layers.values()].flatMap((groups) => {
    const closed = bundled(new Map([...groups].filter(([group]) => !open.has(group))));
    return [...groups].flatMap(([group, members]): Unit[] => {
      if (open.has(group)) return opened(group, members, open.get?.(group) ?? 0);
      if (!closed.has(group)) return members.map((node) => single(node));
      return [{ role: 'bundle', key: group, group: '', nodes: members, from: 0, to: 0 }];
    });
  });
}

export interface Fold {
  kind: string;
  nodes: GraphNode[]; // by name
  isFolded: boolean; // told by their number, as the picture draws them as one box
}

// The nodes of one layer by kind, in the order of a list.
export function foldsOf(layer: GraphNode[]): Fold[] {
  const kinds = [...new Set(layer.map(({ kind }) => kind))].sort();
  const groups = new Map<string, GraphNode[]>(kinds.map((kind) =>
    [kind, layer.filter((node) => node.kind === kind).sort((a, b) => byName(a.name, b.name))]));
  const folded = bundled(groups);
  return [...groups].map(([kind, nodes]) => ({ kind, nodes, isFolded: folded.has(kind) }));
}
