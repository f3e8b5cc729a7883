// The score around an alert: somewhat before it opened until it cleared, or until now.

import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';

import type { AlertView, AssetDetail } from '../api';
import { parseTime, unitText } from '../format';
import { loadHistory, Track, useCompletion } from '../history';
import { useStore } from '../store';
import { Chart } from './chart';
import { linesOf } from './cards';
import { Icon } from './icons';

// In place of the course of a score.
export function NoCourse({ children }: { children: ComponentChildren }) {
  return <p class="note no-course"><Icon name="info" size={14} /> <span>{children}</span></p>;
}

interface Props {
  alert: AlertView;
  detail: AssetDetail;
  output: string;
  unit: string;
}

const kLeastMs = 10 * 60_000;
const kFewPoints = 40;
const kPoints = 300;

// The course of [from, to]; of a source that speaks seldom, from the last points before `opened`
// on. An alert that is over asks for no more than its own time, or its course would be told in
// fewer points the older it is. `to` undefined: until now.
async function loadCourse(stream: string, opened: number, from: number, to?: number) {
  const near = await loadHistory(stream, kPoints, from, to);
  if (near.time.length >= kFewPoints) return { series: near, start: from };
  const all = await loadHistory(stream, kPoints, undefined, to);
  const at = all.time.findLastIndex((time) => time <= opened);
  return { series: all, start: Math.min(from, all.time[Math.max(0, at - kFewPoints)] ?? from) };
}

export function AlertChart({ alert, detail, output, unit }: Props) {
  const track = useMemo(() => new Track(), [alert.id]);
  const [start, setStart] = useState<number | null>(null);
  const [isNone, setNone] = useState(false);
  const [turn, setTurn] = useState(0);
  useCompletion(track, () => setTurn((n) => n + 1));
  const epoch = useStore((s) => s.epoch);
  const opened = parseTime(alert.opened);
  const end = alert.cleared ? parseTime(alert.cleared) : parseTime(alert.updated);
  const until = alert.cleared ? end + (end - opened) : undefined;
  const pipeline = detail.pipelines.find((each) => each.name === alert.pipeline);
  const decision = pipeline?.decisions.filter((each) => each.name === alert.decision) ?? [];
  const stream = `${alert.asset}/${alert.pipeline}.${output}`;

  useEffect(() => {
    let here = true;
    // Without its course the alert is still told in full, so a failure here is passed over.
    const from = opened - Math.max(kLeastMs, end - opened);
    loadCourse(stream, opened, from, until).then((course) => {
      if (!here) return;
      track.replace(course.series);
      if (track.times.length > 1) setStart(course.start);
      setNone(track.times.length < 2);
    }, () => here && setNone(true));
    return () => void (here = false);
  }, [stream, alert.id, epoch, turn, until]);

  const now = useStore((s) => s.assets.get(alert.asset));
  useEffect(() => {
    const own = now?.predictions.find((p) =>
      p.pipeline === alert.pipeline && p.output === output);
    const isShown = own && !(parseTime(own.time) > (until ?? Infinity));
    if (isShown && start !== null) track.append(parseTime(own.time), own.value);
  }, [now, start]);

  if (start === null && isNone) {
    return (
      <NoCourse>
        {track.times.length === 1 ? 'The edge holds one score of this alert'
          : 'The edge holds no scores of this time'}: there is no course to draw.
      </NoCourse>
    );
  }
  // Its place is kept while it loads: what stands below must not jump.
  if (start === null) {
    return (
      <div class="alert-chart alert-chart-place" role="status">
        <span class="sr-only">Loading</span>
        <div class="bone" aria-hidden="true" />
      </div>
    );
  }
  const range = (): [number, number] => {
    const last = Math.min(track.end, until ?? Infinity);
    return [Math.max(track.start, start), Math.max(last, opened + 1000)];
  };
  return (
    <div class="alert-chart">
      <Chart
        track={track} height={170} range={range} sync={`alert ${alert.id}`}
        lines={linesOf(decision)}
        periods={[{
          from: opened, to: alert.cleared ? parseTime(alert.cleared) : null, tone: alert.severity,
        }]}
        label={`Course of ${output}${unit ? ` in ${unitText(unit)}` : ''} around the alert`}
      />
    </div>
  );
}
