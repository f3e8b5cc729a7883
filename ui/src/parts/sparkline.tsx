// The course of a prediction in a table row. History is asked for whenever the row comes into view:
// what came live while it was out of view is not in its track.

import { useEffect, useRef, useState } from 'preact/hooks';

import { parseTime } from '../format';
import { loadHistory, Track } from '../history';

const kWidth = 104;
const kHeight = 24;
const kPoints = 48;
const kFreshMs = 60_000;
const kSettleMs = 120; // rows that only fly past ask for nothing

const kept = new Map<string, Track>(); // what to show until the history is there

async function fill(stream: string): Promise<Track> {
  const track = kept.get(stream) ?? new Track(true);
  track.replace(await loadHistory(stream, kPoints));
  kept.set(stream, track);
  return track;
}

function pathOf(track: Track): { d: string; x: number; y: number } | null {
  const values = track.values.filter((value): value is number => value !== null);
  if (values.length < 2) return null;
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const length = track.end - track.start || 1;
  const height = high - low || 1;
  let d = '';
  let pen = 'M';
  let [x, y] = [0, 0];
  track.times.forEach((time, i) => {
    const value = track.values[i];
    if (value === null || value === undefined) {
      pen = 'M';
      return;
    }
    x = 2 + ((time - track.start) / length) * (kWidth - 6);
    y = kHeight - 3 - ((value - low) / height) * (kHeight - 6);
    d += `${pen}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = 'L';
  });
  return { d, x, y };
}

interface Props {
  stream: string;
  time: string;
  value: number | null;
}

export function Sparkline({ stream, time, value }: Props) {
  const box = useRef<SVGSVGElement>(null);
  const [track, setTrack] = useState<Track | null>(kept.get(stream) ?? null);
  const [seen, setSeen] = useState(false);
  const minute = Math.floor(Date.now() / kFreshMs);

  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => {
      setSeen(entries.some((entry) => entry.isIntersecting));
    });
    watcher.observe(box.current!);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (!seen) return;
    let here = true;
    const timer = setTimeout(() => {
      // A row without its trend is still right; the next minute tries again.
      fill(stream).then((filled) => here && setTrack(filled), () => {});
    }, kSettleMs);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [seen, stream, minute]);

  track?.append(parseTime(time), value);
  const shape = seen && track ? pathOf(track) : null;
  return (
    <svg
      class="spark" ref={box} width={kWidth} height={kHeight}
      viewBox={`0 0 ${kWidth} ${kHeight}`} aria-hidden="true"
    >
      {shape && <path d={shape.d} />}
      {shape && <circle cx={shape.x} cy={shape.y} r="2" />}
    </svg>
  );
}
