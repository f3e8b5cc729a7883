// A list that comes in pages: the first at once, the others when asked for.

import { useRef, useState } from 'preact/hooks';

import { useResource } from '../resource';
import type { Resource } from '../resource';
import type { Page } from './api';
import { noticeError } from '../contact';
import { textOf } from '../http';

export interface Pages<T> extends Resource<Page<T>> {
  items: T[];
  damaged: number; // rows that the hub could not read among those of the pages
  hasMore: boolean;
  more: () => Promise<void>;
  moreError: string;
  busy: boolean;
}

// One page of all that two hold, one after the other.
export function joined<T>(page: Page<T>, after: Page<T>): Page<T> {
  return {
    ...page,
    items: [...page.items, ...after.items],
    next: after.next,
    damaged: (page.damaged ?? 0) + (after.damaged ?? 0),
  };
}

const kAgainAtMost = 10; // pages that one change lets us ask for

// `load` gets the cursor of the page before, null for the first. When `version` changes, all pages
// that were asked for are loaded again, up to ten, and shown once they are all there.
export function usePages<T>(
  key: string, version: string, load: (cursor: string | null) => Promise<Page<T>>): Pages<T> {
  const wanted = useRef({ key, pages: 1 });
  if (wanted.current.key !== key) wanted.current = { key, pages: 1 };
  const first = useResource(key, version, async () => {
    let page = await load(null);
    const pages = Math.min(wanted.current.pages, kAgainAtMost);
    for (let n = 1; n < pages && page.next; n++) page = joined(page, await load(page.next));
    return page;
  });
  // What came behind the pages loaded at once, until those are loaded anew.
  const [behind, setBehind] = useState<{ first: Page<T>; whole: Page<T> } | null>(null);
  const [moreError, setMoreError] = useState('');
  const [busy, setBusy] = useState(false);
  const whole = behind && behind.first === first.data ? behind.whole : first.data;
  const latest = useRef(first.data);
  latest.current = first.data;
  const more = async () => {
    if (!first.data || !whole) return;
    setBusy(true);
    setMoreError('');
    try {
      const page = await load(whole.next);
      wanted.current.pages += 1;
      // Behind what was loaded anew meanwhile the page may leave a gap.
      if (latest.current !== first.data) first.reload();
      else setBehind({ first: first.data, whole: joined(whole, page) });
    } catch (error) {
      noticeError(error);
      setMoreError(textOf(error));
    }
    setBusy(false);
  };
  return {
    ...first, items: whole?.items ?? [], damaged: whole?.damaged ?? 0,
    hasMore: Boolean(whole?.next), more, moreError, busy,
  };
}
