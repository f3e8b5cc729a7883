// Whether an object may go, asked before anybody tries: what names it stands in the way, what takes
// it by a pattern does not, and loses something.

import { count } from '../format';
import { ApiError } from '../http';
import { useResource } from '../resource';
import { getGraph, tryDelete } from './api';
import type { CatalogObject, Graph, NodeName } from './api';
import { refusalText } from './faults';
import { kKinds } from './kinds';
import { kNamed } from './runners';
import type { Runners } from './runners';
import { useReloadAfter, useTouches } from './store';

export interface Deletion {
  refused: string; // why it must stay, as the hub says it; empty: it may go
  isFixed: boolean; // it cannot be edited either
  referrers: NodeName[]; // those in the way that may be seen
  areMore: boolean;
  warnings: string[]; // what loses something by it
}

const kAsked = 50;
const kAll = ['edges', ...kKinds.map(({ kind }) => kind)];
const kReferred = / is referred to by /;

// Those that name the object; a pattern, a place or a person's word names nothing.
export function namersOf({ edges }: Graph, { kind, name }: NodeName): NodeName[] {
  const isNaming = ({ from, field }: Graph['edges'][number]): boolean => {
    if (kind === 'Stream') return field !== 'streams' || from.kind === 'Dataset';
    if (kind === 'Device') return field !== 'site';
    return kind !== 'Person' || !['owner', 'approval'].includes(field);
  };
  const own = edges.filter((edge) =>
    edge.to.kind === kind && edge.to.name === name && isNaming(edge));
  const unique = new Map(own.map(({ from }) => [`${from.kind}/${from.name}`, from]));
  return [...unique.values()];
}

const kFree: Deletion = {
  refused: '', isFixed: false, referrers: [], areMore: false, warnings: [],
};

// Whether what forbids to delete an object forbids to edit it as well.
export const isFixed = (refused: string): boolean => /\bbuilt-in\b/.test(refused);

export const isReferred = (refused: string): boolean => kReferred.test(refused);

// How to go on, where the hub tells more than who refers to it.
export const adviceOf = (refused: string): string =>
  (isReferred(refused) ? /; (.*)$/s.exec(refused)?.[1] ?? ''
    : refused.replace(/^[A-Z]\w+\/\S+: /, '').replace(/, on the page Edges or by .*$/s, ''));

// The edge that stands in the way; empty: none does.
export const enrolledAs = (refused: string): string =>
  /^Device\/(\S+): an edge is enrolled as this device;/.exec(refused)?.[1] ?? '';

async function ask({ kind, name, meta }: CatalogObject): Promise<Deletion> {
  try {
    const { warnings } = await tryDelete(kind, name, meta.revision);
    return { ...kFree, warnings };
  } catch (error) {
    // Whatever else it is, the deletion itself will say it.
    if (!(error instanceof ApiError) || error.body.latest) return kFree;
    const refused = error.message;
    if (error.status === 403) {
      return { ...kFree, refused: refusalText(refused), isFixed: isFixed(refused) };
    }
    if (error.status !== 409) return kFree;
    if (!isReferred(refused)) return { ...kFree, refused };
    const graph = await getGraph(kind, name, { direction: 'up', depth: 1, limit: kAsked });
    return { ...kFree, refused, referrers: namersOf(graph, { kind, name }),
      areMore: graph.next !== null };
  }
}

// What a deletion ends at them.
export function runnersText({ names, areMore }: Runners): string {
  if (names.length === 0) return 'No edge that has joined is to run it.';
  if (names.length === 1) return `Edge ${names[0]} is to run it, and will run it no more.`;
  const rest = names.length - kNamed;
  const all = rest <= 0 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
    : `${names.slice(0, kNamed).join(', ')} and ${areMore ? 'at least ' : ''}${count(rest)} more`;
  return `Edges ${all} are to run it, and will run it no more.`;
}

// `mayDelete`: nobody else is interested. While it is refused, each change may have ended that.
export function useDeletion(object: CatalogObject, mayDelete: boolean): Deletion | null {
  const key = `${object.kind}/${object.name}`;
  const touches = useTouches(kAll);
  const { data, reload } = useResource(`deletion ${key} ${mayDelete}`, object.meta.revision,
    async () => (mayDelete ? ask(object) : null));
  useReloadAfter(touches, () => data?.refused && reload());
  return data;
}
