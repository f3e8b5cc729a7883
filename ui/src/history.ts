// Series of one asset in the browser: loaded from history, then lengthened by live readings.

import { useEffect } from 'preact/hooks';

import { getHistory } from './api';
import type { Series } from './api';

const kAtOnce = 4; // requests for history that run at the same time
const kLiveMax = 1_500; // live points after which the history is asked for again
const kGapFactor = 10;
const kPaces = 5;

let running = 0;
const waiting: (() => void)[] = [];

// Many charts ask together; the edge has better things to do than to answer all at once.
export async function loadHistory(
  stream: string, points: number, from?: number, to?: number): Promise<Series> {
  if (running >= kAtOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await getHistory(stream, points, from, to);
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

export class Track {
  times: number[] = [];
  values: (number | null)[] = [];
  // A live point left a hole: readings may lie in it that did not come live.
  hasHole = false;
  private step = 0; // usual distance of two points, ms
  private live = 0;
  private paces: number[] = []; // distances of the last live points, ms
  private readonly listeners = new Set<() => void>();

  // `joinsLive`: a live point is joined to whatever stands before it. For who asks for the history
  // again often enough, and misses live points in between without any gap in the readings.
  constructor(private readonly joinsLive = false) {}

  // Points that came live while the history was on its way stay behind it.
  replace(series: Series): void {
    const end = series.time.at(-1) ?? -Infinity;
    const keep = this.live > 0 ? this.times.findIndex((time) => time > end) : -1;
    const newer = keep < 0 ? [] : this.times.slice(keep).map((t, i) => [t, this.values[keep + i]]);
    const steps = series.time.slice(1).map((time, i) => time - series.time[i]!);
    this.step = median(steps.filter((ms) => ms > 0));
    this.times = [];
    this.values = [];
    series.time.forEach((time, i) => this.put(time, series.value[i] ?? null));
    this.hasHole = false; // what the history lacks is nowhere
    for (const [time, value] of newer) this.putLive(time!, value ?? null);
    this.live = newer.length;
    this.changed();
  }

  // Returns false for what is not newer than what is there.
  append(time: number, value: number | null): boolean {
    if (!Number.isFinite(time) || time <= (this.times.at(-1) ?? -Infinity)) return false;
    const last = this.end;
    this.putLive(time, value);
    if (this.live > 0) this.paces = [...this.paces.slice(1 - kPaces), time - last];
    this.live += 1;
    this.changed();
    return true;
  }

  get isLong(): boolean {
    return this.live > kLiveMax;
  }

  get start(): number {
    return this.times[0] ?? NaN;
  }

  get end(): number {
    return this.times.at(-1) ?? NaN;
  }

  // The newest value that is a number.
  get newest(): number | null {
    return this.values.findLast((value) => value !== null) ?? null;
  }

  listen(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  // In a fast replay live points are as far apart as the clock is fast: a line joins those that
  // keep their own pace, until the history tells what lies between.
  private putLive(time: number, value: number | null): void {
    this.hasHole ||= this.isFar(time, this.step);
    const usual = this.joinsLive ? Infinity : Math.max(this.step, median(this.paces));
    this.put(time, value, usual);
  }

  private isFar(time: number, usual: number): boolean {
    return this.step > 0 && time - this.end > kGapFactor * usual;
  }

  // A silence much longer than usual is drawn as a gap, not bridged by a line.
  private put(time: number, value: number | null, usual = this.step): void {
    if (this.isFar(time, usual)) {
      this.times.push(this.end + this.step);
      this.values.push(null);
    }
    this.times.push(time);
    this.values.push(value);
  }

  private changed(): void {
    for (const listener of [...this.listeners]) listener();
  }
}

const kAskAgainMs = 3_000;

// Calls `reload` when what came live is not enough to draw: it has grown too long, or has holes, as
// in a fast replay, of which only some readings come live. The latter waits for others like it.
export function useCompletion(track: Track, reload: () => void): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = () => {
      timer = undefined;
      if (track.hasHole) reload();
    };
    const stop = track.listen(() => {
      if (track.isLong) reload();
      else if (track.hasHole) timer ??= setTimeout(ask, kAskAgainMs);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [track]);
}

// Where a point has no neighbour that a line could lead to.
export function lonePoints(values: readonly (number | null)[]): number[] {
  const isNone = (i: number) => (values[i] ?? null) === null;
  return values.flatMap((value, i) =>
    (value !== null && isNone(i - 1) && isNone(i + 1) ? [i] : []));
}

export interface Span {
  label: string;
  ms: number; // 0: everything there is
}

export const kSpans: readonly Span[] = [
  { label: '15 min', ms: 15 * 60_000 },
  { label: '1 h', ms: 3_600_000 },
  { label: '6 h', ms: 6 * 3_600_000 },
  { label: '24 h', ms: 86_400_000 },
  { label: '7 d', ms: 7 * 86_400_000 },
  { label: '30 d', ms: 30 * 86_400_000 },
  { label: 'All', ms: 0 },
];

const kEnoughPoints = 60;

// The spans that the history of `stream` fills, and the shortest one (from an hour on) that shows
// enough points to read a course from: sources differ from many readings a second to one a day.
export async function findSpans(
  stream: string, end: number): Promise<{ spans: Span[]; best: number }> {
  const all = await loadHistory(stream, 300);
  const length = end - (all.time[0] ?? end);
  const spans = kSpans.filter((span) => span.ms < length);
  if (!all.reduced) return { spans, best: 0 };
  for (const span of spans.filter(({ ms }) => ms >= 3_600_000)) {
    const part = await loadHistory(stream, 300, end - span.ms);
    if (part.time.length >= kEnoughPoints) return { spans, best: span.ms };
  }
  return { spans, best: 0 };
}
