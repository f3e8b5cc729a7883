// State that a page holds: it is committed at once, or drafted and shown together with other drafts
// a few times a second, so that a thousand events cost four renders.

import { useEffect, useRef, useState } from 'preact/hooks';

import type { LiveLink } from './live';

export interface HeldState<S> {
  now: () => S;
  commit: (change: Partial<S>) => void;
  draft: (change: Partial<S>) => void;
  latest: <K extends keyof S>(key: K) => S[K]; // with what is only drafted
  // A map to write into, copied once for each time that drafts are shown.
  edit: <K extends keyof S>(key: K, copy: (value: S[K]) => S[K]) => S[K];
  show: () => void; // what is drafted, at once
  drop: () => void; // what is drafted
  // The selected part; `select` must give the same object while nothing changed.
  use: <T>(select: (state: S) => T) => T;
}

export function holdState<S extends object>(initial: S, showEveryMs: number): HeldState<S> {
  let state = initial;
  let drafts: Partial<S> = {};
  let timer: ReturnType<typeof setTimeout> | null = null;
  const listeners = new Set<() => void>();
  const commit = (change: Partial<S>) => {
    state = { ...state, ...change };
    for (const listener of [...listeners]) listener();
  };
  const show = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const shown = drafts;
    drafts = {};
    commit(shown);
  };
  const draft = (change: Partial<S>) => {
    drafts = { ...drafts, ...change };
    timer ??= setTimeout(show, showEveryMs);
  };
  return {
    now: () => state,
    commit,
    show,
    draft,
    latest: (key) => (key in drafts ? (drafts as S)[key] : state[key]),
    edit(key, copy) {
      if (!(key in drafts)) draft({ [key]: copy(state[key]) } as unknown as Partial<S>);
      return (drafts as S)[key];
    },
    drop: () => void (drafts = {}),
    use(select) {
      const [, redraw] = useState(0);
      const latest = useRef({ select, shown: select(state) });
      latest.current = { select, shown: select(state) };
      useEffect(() => {
        const listener = () => {
          const { select: now, shown } = latest.current;
          if (!Object.is(now(state), shown)) redraw((n) => n + 1);
        };
        listener();
        listeners.add(listener);
        return () => void listeners.delete(listener);
      }, []);
      return latest.current.shown;
    },
  };
}

const kHiddenRestMs = 30_000; // a glance at another tab costs nothing

// A page that nobody sees asks for nothing.
export function restWhileHidden(link: () => LiveLink | null): void {
  let leaving: ReturnType<typeof setTimeout> | undefined;
  document.addEventListener('visibilitychange', () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(() => link()?.rest(), kHiddenRestMs);
    else link()?.resume();
  });
}
