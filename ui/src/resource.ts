// One thing loaded from the server for one view, with its waiting and its failure.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

import { noticeError } from './contact';

export interface Resource<T> {
  data: T | null;
  error: string;
  status: number; // of the failed answer; 0: none came
  loading: boolean;
  reload: () => void;
}

interface Held<T> {
  key: string;
  data: T | null;
  error: string;
  status: number;
  loading: boolean;
}

// Loads at once, again when `key` changes (forgetting the old), and again when `version` changes
// (keeping what is shown until the new is there).
export function useResource<T>(
  key: string, version: number | string, load: () => Promise<T>): Resource<T> {
  const fresh = { key, data: null, error: '', status: 0, loading: true };
  const [held, setHeld] = useState<Held<T>>(fresh);
  const turn = useRef(0);
  const loader = useRef(load);
  loader.current = load;

  const run = useCallback(() => {
    const mine = ++turn.current;
    setHeld((was) => (was.key === key ? { ...was, loading: true } : { ...fresh }));
    loader.current().then(
      (data) => {
        if (mine === turn.current) setHeld({ key, data, error: '', status: 0, loading: false });
      },
      (error: Error & { status?: number }) => {
        noticeError(error);
        if (mine !== turn.current) return;
        const status = error.status ?? 0;
        setHeld((was) => ({ ...was, key, error: error.message, status, loading: false }));
      },
    );
  }, [key]);

  useEffect(run, [run, version]);
  useEffect(() => () => void (turn.current += 1), []);
  const shown = held.key === key ? held : fresh;
  return { ...shown, reload: run };
}
