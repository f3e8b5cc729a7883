// Facts of assets and alerts that take more than one field to tell.

import type { AlertView, Asset, AssetDetail, Prediction } from './api';
import { parseTime } from './format';

// When an asset was last heard: what the edge says, else the time of its newest value.
export function lastSeen(
  asset: Pick<Asset, 'last_seen' | 'predictions'>, more: { time: string }[] = []): string {
  if (Number.isFinite(parseTime(asset.last_seen))) return asset.last_seen;
  const times = [...asset.predictions, ...more].map(({ time }) => time)
    .filter((time) => Number.isFinite(parseTime(time)));
  return times.sort((a, b) => parseTime(b) - parseTime(a))[0] ?? '';
}

// The score as it is now; an alert itself is told of only when it has changed by much. Without
// `output` (an alert does not carry it) only where its pipeline gives no other.
export function scoreNow(
  alert: AlertView, asset: Asset | null | undefined, output = ''): Prediction | undefined {
  if (alert.state !== 'open') return undefined;
  const own = asset?.predictions.filter((p) => p.pipeline === alert.pipeline) ?? [];
  if (output) return own.find((p) => p.output === output);
  return own.length === 1 ? own[0] : undefined;
}

export interface OpenTime {
  ms: number;
  untilLast: boolean; // the newest score is not of now: nothing is known from there on
}

const kFreshMs = 60_000;

// How long an alert was or has been open, by the source's clock; null where that says nothing: its
// first score is the newest.
export function openTime(
  alert: AlertView, newest: string | undefined, now: number): OpenTime | null {
  const isOpen = alert.state === 'open';
  const end = parseTime(alert.cleared ?? newest ?? alert.updated);
  const ms = end - parseTime(alert.opened);
  if (!(ms >= 1000)) return null;
  return { ms, untilLast: isOpen && Math.abs(now - end) > Math.max(kFreshMs, ms / 20) };
}

export interface PipelineOutputs {
  main: Prediction;
  others: Prediction[];
}

// An asset's predictions by pipeline; of each the one that makes the risk, else the first, is main.
export function byPipeline(predictions: Prediction[]): PipelineOutputs[] {
  const groups = new Map<string, Prediction[]>();
  for (const p of predictions) groups.set(p.pipeline, [...(groups.get(p.pipeline) ?? []), p]);
  return [...groups.values()].map((group) => {
    const main = group.find((p) => p.risk !== null) ?? group[0]!;
    return { main, others: group.filter((p) => p !== main) };
  });
}

// What people call the streams of an asset, by name; those without a title are left out.
export function titlesOf(detail: AssetDetail): Record<string, string> {
  const titled = detail.streams.flatMap(({ stream, title }): [string, string][] =>
    (title ? [[stream, title]] : []));
  return Object.fromEntries(titled);
}
