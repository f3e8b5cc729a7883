// Times: relative ones that keep counting, absolute ones in the clock that the reader chose.

import { useEffect, useState } from 'preact/hooks';

import { serverNow } from '../contact';
import { ago, bothClocks, clock, dateTime, parseTime } from '../format';
import { useSettings } from '../settings';

const tickers = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

// Draws the caller again once a second, all callers together.
export function useSecond(): void {
  const [, redraw] = useState(0);
  useEffect(() => {
    const tick = () => redraw((n) => n + 1);
    tickers.add(tick);
    timer ??= setInterval(() => tickers.forEach((each) => each()), 1000);
    return () => {
      tickers.delete(tick);
      if (tickers.size > 0 || timer === null) return;
      clearInterval(timer);
      timer = null;
    };
  }, []);
}

// From here on (in a replay, say) the date tells more than the age.
const kOldMs = 60 * 86_400_000;

export const isOld = (time: string): boolean => serverNow() - parseTime(time) > kOldMs;

export function Ago({ time }: { time: string | null | undefined }) {
  useSecond();
  const { utc } = useSettings();
  const ms = parseTime(time);
  const age = serverNow() - ms;
  return (
    <time class="num" dateTime={time ?? ''} title={bothClocks(ms)}>
      {age > kOldMs ? dateTime(ms, utc).slice(0, -3) : ago(age)}
    </time>
  );
}

export function Until({ time }: { time: string }) {
  useSecond();
  const ms = parseTime(time);
  const left = Math.ceil((ms - serverNow()) / 1000);
  return (
    <time class="num nowrap" dateTime={time} title={bothClocks(ms)}>
      {left > 0 ? `in ${left} s` : 'now'}
    </time>
  );
}

// `short`: without the date when the time is of the last 20 hours.
export function When({ time, short }: { time: string | null | undefined; short?: boolean }) {
  const { utc } = useSettings();
  const ms = parseTime(time);
  if (!Number.isFinite(ms)) return <span>–</span>;
  const recent = short && Math.abs(serverNow() - ms) < 20 * 3_600_000;
  return (
    <time class="num" dateTime={time ?? ''} title={bothClocks(ms)}>
      {recent ? clock(ms, utc) : dateTime(ms, utc)}
      {utc ? ' UTC' : ''}
    </time>
  );
}
