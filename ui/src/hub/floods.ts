// What edges discover comes in floods: hundreds of new streams at once. Neighbours of one flood are
// told together.

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

// Items as they are, or several of them as one flood.
export function withFloods<T>(items: T[], tell: (item: T) => Told): (T | Flood<T>)[] {
  const out: (T | Flood<T>)[] = [];
  let run: T[] = [];
  let edge = '';
  const end = () => {
    if (run.length >= kFloodFrom) out.push({ edge, items: run });
    else out.push(...run);
    run = [];
  };
  for (const item of items) {
    const own = edgeOf(tell(item));
    if (own !== edge || own === '') end();
    edge = own;
    run.push(item);
  }
  end();
  return out;
}

export const isFlood = <T>(item: T | Flood<T>): item is Flood<T> =>
  typeof item === 'object' && item !== null && 'edge' in item && 'items' in item;

// "312 streams, 4 assets and 4 devices"
export function floodText(told: Told[]): string {
  const parts = [['Stream', 'stream'], ['Asset', 'asset'], ['Device', 'device']]
    .map(([kind, word]) => [told.filter((each) => each.kind === kind).length, word] as const)
    .filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}${n === 1 ? '' : 's'}`);
  const last = parts.pop() ?? '';
  return parts.length > 0 ? `${parts.join(', ')} and ${last}` : last;
}
