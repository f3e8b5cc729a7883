// Addresses of the hub's views: #/registry/devices?status=unclaimed, #/audit/41, ...

import { useMemo } from 'preact/hooks';

import { useHash } from '../route';
import { queryText } from './api';
import type { Query } from './api';
import type { Kind } from './kinds';
import { wordsOf } from './kinds';

const kPages = [
  'overview', 'registry', 'edges', 'approvals', 'audit', 'access', 'apply', 'account', 'more',
  'setup', 'welcome', 'unknown',
] as const;
export type HubPage = (typeof kPages)[number];

export interface HubRoute {
  page: HubPage;
  path: string[]; // what follows the page, decoded
  query: URLSearchParams;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function parseHubRoute(hash: string): HubRoute {
  const text = hash.replace(/^#\/?/, '');
  const cut = text.indexOf('?');
  const [page = '', ...path] = (cut < 0 ? text : text.slice(0, cut)).split('/');
  const query = new URLSearchParams(cut < 0 ? '' : text.slice(cut + 1));
  const known = kPages.find((name) => name === page);
  if (page === '') return { page: 'overview', path: [], query: new URLSearchParams() };
  if (!known) return { page: 'unknown', path: [decode(hash)], query: new URLSearchParams() };
  return { page: known, path: path.filter((part) => part !== '').map(decode), query };
}

export function hubHref(page: HubPage, path: string[] = [], query: Query = {}): string {
  return `#/${[page, ...path.map(encodeURIComponent)].join('/')}${queryText(query)}`;
}

export const objectHref = (kind: Kind | string, name: string, query: Query = {}): string =>
  hubHref('registry', [wordsOf(kind).segment, name], query);

// Another query of the view that is shown, without another step for the browser's "back".
export function replaceQuery(route: HubRoute, change: Query): void {
  const query: Query = { ...Object.fromEntries(route.query), ...change };
  location.replace(hubHref(route.page, route.path, query));
}

export function useHubRoute(): HubRoute {
  const hash = useHash((text) => parseHubRoute(text).path.length < 2);
  return useMemo(() => parseHubRoute(hash), [hash]);
}
