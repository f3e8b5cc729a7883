// What edges discover comes in floods: hundreds of new streams at once. Neighbours of one flood are
// told together.

import { some } from '../format';

export interface Told {
  kind: string; // of the object
  name: string;
  author: string; // "Edge/berlin-1"
  isNew: boolean;
}

export interface Flood<T> {
  edge: string;
  items: T[]; // in the order they came in; at least kFloodFrom
}

const kFloodFrom = 4;
const kFound = new Set(['Stream', 'Asset', 'Device']);

const edgeOf = ({ author, isNew, kind }: Told): string =>
  (isNew && kFound.has(kind) && author.startsWith('Edge/') ? author.slice('Edge/'.length) : '');

// Items as they are, or several of them as one flood of an edge. Edges that discover at the same
// time take turns in the log, and have a flood each.
export function withFloods<T>(items: T[], tell: (item: T) => Told): (T | Flood<T>)[] {
  const out: (T | Flood<T>)[] = [];
  let runs = new Map<string, T[]>();
  const end = () => {
    for (const [edge, run] of runs) {
      if (run.length >= kFloodFrom) out.push({ edge, items: run });
      else out.push(...run);
    }
    runs = new Map();
  };
  for (const item of items) {
    const edge = edgeOf(tell(item));
    if (edge === '') {
      end();
      out.push(item);
    } else {
      const run = runs.get(edge) ?? [];
      runs.set(edge, run);
      run.push(item);
    }
  }
  end();
  return out;
}

export const isFlood = <T>(item: T | Flood<T>): item is Flood<T> =>
  typeof item === 'object' && item !== null && 'edge' in item && 'items' in item;

// "312 streams, 4 assets and 4 devices"
export function floodText(told: Told[]): string {
  const parts = ([['Stream', 'stream'], ['Asset', 'asset'], ['Device', 'device']] as const)
    .map(([kind, word]) => [told.filter((each) => each.kind === kind).length, word] as const)
    .filter(([n]) => n > 0).map(([n, word]) => some(n, word));
  const last = parts.pop() ?? '';
  return parts.length > 0 ? `${parts.join(', ')} and ${last}` : last;
}
