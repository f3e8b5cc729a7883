// The order of a live list. It follows the values, but never under somebody's finger: at most every
// two seconds, and not while the pointer, the focus or a scroll is in the list, nor while paused.

import { useEffect, useRef, useState } from 'preact/hooks';

import { current } from './store';

const kEveryMs = 2_000;
const kTouchMs = 3_000;

interface Held {
  key: string;
  order: readonly string[];
  at: number; // when the order was last taken over
  pointed: boolean;
  focused: boolean;
  touchedAt: number;
}

function same(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}

export interface LiveOrder {
  order: readonly string[];
  isHeld: boolean; // the values say another order, which waits
  hold: Record<string, (event: PointerEvent | FocusEvent) => void>; // goes on the list's element
}

// `sorted` is the order by the values now; a new `key` (another filter or sort) applies at once.
export function useLiveOrder(sorted: readonly string[], key: string): LiveOrder {
  const [, redraw] = useState(0);
  const box = useRef<Held>({
    key, order: sorted, at: 0, pointed: false, focused: false, touchedAt: -Infinity,
  });
  const held = box.current;
  const now = performance.now();
  const touched = now - held.touchedAt < kTouchMs;
  const busy = held.pointed || held.focused || touched || current().pausedAt > 0;
  if (held.key !== key || (!busy && now - held.at >= kEveryMs)) {
    if (held.key !== key || !same(held.order, sorted)) held.at = now;
    held.key = key;
    held.order = sorted;
  } else if (!same(held.order, sorted)) {
    const present = new Set(sorted);
    const known = new Set(held.order);
    const kept = held.order.filter((name) => present.has(name));
    held.order = [...kept, ...sorted.filter((name) => !known.has(name))];
  }
  const isWaiting = !same(held.order, sorted);

  useEffect(() => {
    if (!isWaiting || held.pointed || held.focused) return;
    const timer = setTimeout(() => redraw((n) => n + 1), kEveryMs);
    return () => clearTimeout(timer);
  });
  useEffect(() => {
    const scrolled = () => (held.touchedAt = performance.now());
    window.addEventListener('touchmove', scrolled, { passive: true });
    return () => window.removeEventListener('touchmove', scrolled);
  }, []);

  const set = (change: Partial<Held>) => {
    Object.assign(held, change);
    redraw((n) => n + 1);
  };
  const hold: LiveOrder['hold'] = {
    onPointerEnter: (e) => (e as PointerEvent).pointerType === 'mouse' && set({ pointed: true }),
    onPointerLeave: () => set({ pointed: false }),
    onPointerDown: () => (held.touchedAt = performance.now()),
    onFocusIn: () => set({ focused: true }),
    onFocusOut: () => set({ focused: false }),
  };
  return { order: held.order, isHeld: isWaiting && busy && current().pausedAt === 0, hold };
}
