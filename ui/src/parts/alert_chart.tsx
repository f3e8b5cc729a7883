// The score around an alert: somewhat before it opened until it cleared, or until now.

import { useEffect, useMemo, useState } from 'preact/hooks';

import type { AlertView, AssetDetail } from '../api';
import { parseTime, unitText } from '../format';
import { loadHistory, Track } from '../history';
import { useStore } from '../store';
import { Chart } from './chart';
import { linesOf } from './cards';

interface Props {
  alert: AlertView;
  detail: AssetDetail;
  output: string;
  unit: string;
}

const kLeastMs = 10 * 60_000;
const kFewPoints = 40;

// The course from `from` on; of a source that speaks seldom, the last points before `opened`.
async function loadCourse(stream: string, opened: number, from: number) {
  const near = await loadHistory(stream, 300, from);
  if (near.time.length >= kFewPoints) return { series: near, start: from };
  const all = await loadHistory(stream, 300);
  const at = all.time.findLastIndex((time) => time <= opened);
  return { series: all, start: Math.min(from, all.time[Math.max(0, at - kFewPoints)] ?? from) };
}

export function AlertChart({ alert, detail, output, unit }: Props) {
  const track = useMemo(() => new Track(), [alert.id]);
  const [start, setStart] = useState<number | null>(null);
  const epoch = useStore((s) => s.epoch);
  const opened = parseTime(alert.opened);
  const end = alert.cleared ? parseTime(alert.cleared) : parseTime(alert.updated);
  const pipeline = detail.pipelines.find((each) => each.name === alert.pipeline);
  const decision = pipeline?.decisions.filter((each) => each.name === alert.decision) ?? [];
  const stream = `${alert.asset}/${alert.pipeline}.${output}`;

  useEffect(() => {
    let here = true;
    // Without its course the alert is still told in full, so a failure here is passed over.
    loadCourse(stream, opened, opened - Math.max(kLeastMs, end - opened)).then((course) => {
      if (!here) return;
      track.replace(course.series);
      if (track.times.length > 1) setStart(course.start);
    }, () => {});
    return () => void (here = false);
  }, [stream, alert.id, epoch]);

  const now = useStore((s) => s.assets.get(alert.asset));
  useEffect(() => {
    const own = now?.predictions.find((p) =>
      p.pipeline === alert.pipeline && p.output === output);
    if (own && start !== null) track.append(parseTime(own.time), own.value);
  }, [now, start]);

  if (start === null) return null;
  const range = (): [number, number] => {
    const shown = alert.cleared ? end + (end - opened) : track.end;
    const last = Math.min(track.end, shown);
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
