// A list that comes in pages: the first at once, the others when asked for.

import { useState } from 'preact/hooks';

import { useResource } from '../resource';
import type { Resource } from '../resource';
import type { Page } from './api';
import { noticeError } from '../contact';
import { textOf } from '../http';

export interface Pages<T> extends Resource<Page<T>> {
  items: T[];
  hasMore: boolean;
  more: () => Promise<void>;
  moreError: string;
  busy: boolean;
}

interface Rest<T> {
  key: string; // of the first page that these follow
  items: T[];
  next: string | null;
}

// `load` gets the cursor of the page before, null for the first. When `version` changes the first
// page is loaded again, and the others are asked for anew.
export function usePages<T>(
  key: string, version: string, load: (cursor: string | null) => Promise<Page<T>>): Pages<T> {
  const first = useResource(key, version, () => load(null));
  const [rest, setRest] = useState<Rest<T> | null>(null);
  const [moreError, setMoreError] = useState('');
  const [busy, setBusy] = useState(false);
  const shown = rest?.key === `${key} ${version}` ? rest : null;
  const next = shown ? shown.next : (first.data?.next ?? null);
  const more = async () => {
    setBusy(true);
    setMoreError('');
    try {
      const page = await load(next);
      const items = [...(shown?.items ?? []), ...page.items];
      setRest({ key: `${key} ${version}`, items, next: page.next });
    } catch (error) {
      noticeError(error);
      setMoreError(textOf(error));
    }
    setBusy(false);
  };
  const items = [...(first.data?.items ?? []), ...(shown?.items ?? [])];
  return { ...first, items, hasMore: Boolean(next), more, moreError, busy };
}
