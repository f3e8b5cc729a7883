// Which edges are to run an object, and which of them could not take it over.

import { ApiError } from '../http';
import { useResource } from '../resource';
import { getEdge, getEdges } from './api';
import type { CatalogObject, Edge } from './api';
import { whySaid } from './standing';
import { useVersion } from './store';

export interface Runners {
  names: string[];
  areMore: boolean;
}

export interface Refusal {
  edge: string;
  reason: string; // what a sentence goes on with after "because"
  version: number; // what it goes on with; 0: nothing
}

export const kNamed = 3; // of many, by name

const kAsked = 50;
const kRun = new Set<string>(['Connection', 'Contract', 'Pipeline']);

type Told = Pick<CatalogObject, 'kind' | 'spec'>;

const placeOf = ({ spec }: Told): string[] =>
  [spec.edge, spec.site].map((name) => String(name ?? ''));

async function edgeOf(name: string): Promise<Edge[]> {
  try {
    return [await getEdge(name)];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

// The edges that shall run an object: the one it names, else those of its site and below. Null: of
// a kind that edges do not run.
export async function runnersOf(object: Told): Promise<Runners | null> {
  if (!kRun.has(object.kind)) return null;
  const [edge = '', site] = placeOf(object);
  if (edge) return { names: (await edgeOf(edge)).map(({ name }) => name), areMore: false };
  const { items, next } = await getEdges({ site, limit: kAsked });
  return { names: items.map(({ name }) => name), areMore: next !== null };
}

// Those of them that stay with what they ran, of which this object is the first reason.
export async function refusalsOf(object: Told & Pick<CatalogObject, 'name'>): Promise<Refusal[]> {
  if (!kRun.has(object.kind)) return [];
  const [edge = '', site] = placeOf(object);
  const failed = edge ? await edgeOf(edge)
    : (await getEdges({ site, state: 'failed', limit: kAsked })).items;
  return failed.filter(({ state }) => state === 'failed').flatMap((each) => {
    const { kind, name, reason } = whySaid(each);
    const isOfThis = kind === object.kind && name === object.name;
    return isOfThis ? [{ edge: each.name, reason, version: each.reported_version }] : [];
  });
}

export function useRunners(object: CatalogObject) {
  const { kind, name, meta } = object;
  const version = `${meta.revision} ${useVersion('edges')}`;
  const runners = useResource(`run ${kind}/${name}`, version, () => runnersOf(object));
  const refusals = useResource(`refuse ${kind}/${name}`, version, () => refusalsOf(object));
  return { runners: runners.data, refusals: refusals.data ?? [] };
}
