// Addresses of the page's views: #/assets, #/assets/NAME, #/alerts, #/alerts/ID, ...

import { useEffect, useRef, useState } from 'preact/hooks';

export type Page = 'assets' | 'alerts' | 'quality' | 'config';

export interface Route {
  page: Page;
  id: string; // empty: the page's overview
  unknown?: string; // an address that is none of ours, as it was given
}

const kPages: readonly Page[] = ['assets', 'alerts', 'quality', 'config'];

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function parseRoute(hash: string): Route {
  const [page = '', ...rest] = hash.replace(/^#\/?/, '').split('/');
  const known = kPages.find((name) => name === page);
  if (known) return { page: known, id: decode(rest.join('/')) };
  return { page: 'assets', id: '', ...(page ? { unknown: decode(hash) } : {}) };
}

export function href(page: Page, id = ''): string {
  return id ? `#/${page}/${encodeURIComponent(id)}` : `#/${page}`;
}

// Overviews come back where they were left; a view of one thing starts at its top.
const scrolled = new Map<string, number>();
const viewOf = (hash: string): string => hash.replace(/\?.*$/, '');

// The address after #; `keeps` tells the views that are left and come back to.
export function useHash(keeps: (hash: string) => boolean): string {
  const [hash, setHash] = useState(location.hash);
  const last = useRef(hash);
  useEffect(() => {
    let shown = location.hash;
    const remember = () => void scrolled.set(shown, window.scrollY);
    const changed = () => {
      shown = location.hash;
      setHash(shown);
    };
    window.addEventListener('scroll', remember, { passive: true });
    window.addEventListener('hashchange', changed);
    changed(); // it may have changed since it was drawn
    return () => {
      window.removeEventListener('scroll', remember);
      window.removeEventListener('hashchange', changed);
    };
  }, []);
  useEffect(() => {
    // Another filter of the same view leaves everything where it is.
    const isSameView = viewOf(last.current) === viewOf(hash) && last.current !== hash;
    last.current = hash;
    if (!isSameView) window.scrollTo(0, keeps(hash) ? (scrolled.get(hash) ?? 0) : 0);
  }, [hash]);
  return hash;
}

export function useRoute(): Route {
  return parseRoute(useHash((hash) => !parseRoute(hash).id));
}
