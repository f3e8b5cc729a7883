// Facts of assets and alerts that take more than one field to tell.

import type { AlertView, Asset, AssetDetail, Health, Pipeline, Prediction } from './api';
import { parseTime, shortDigest } from './format';

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

// Whether the newest score of an open alert, by the source's clock, is of so long ago that nothing
// is known of now. `newest` undefined: what the alert itself was told of last.
export function isPast(alert: AlertView, newest: string | undefined, now: number): boolean {
  const end = parseTime(newest ?? alert.updated);
  const ms = end - parseTime(alert.opened);
  return alert.state === 'open' && Math.abs(now - end) > Math.max(kFreshMs, ms / 20);
}

// How long an alert was or has been open, by the source's clock; null where that says nothing: its
// first score is the newest.
export function openTime(
  alert: AlertView, newest: string | undefined, now: number): OpenTime | null {
  const end = parseTime(alert.cleared ?? newest ?? alert.updated);
  const ms = end - parseTime(alert.opened);
  if (!(ms >= 1000)) return null;
  return { ms, untilLast: isPast(alert, newest, now) };
}

// A machine that nothing has judged is not well: it is only heard.
export type Standing = Health | 'unjudged';
export const standingOf = (asset: Pick<Asset, 'health' | 'predictions'>): Standing =>
  (asset.health === 'ok' && asset.predictions.length === 0 ? 'unjudged' : asset.health);

const kUrgency: Record<Standing, number> = {
  critical: 1, warning: 0.5, stale: -1, ok: -1.5, unjudged: -2, unknown: -3,
};

// By risk; where no pipeline tells one, an open alert of a severity stands for it.
export function urgencyOf(asset: Asset): number {
  const standing = kUrgency[standingOf(asset)] ?? -3;
  return asset.risk === null ? standing : Math.max(asset.risk, standing);
}

export interface PipelineOutputs {
  main: Prediction;
  others: Prediction[];
}

// An asset's predictions by pipeline; of each the one that makes the risk, else the first, is
// main. The riskiest come first.
export function byPipeline(predictions: Prediction[]): PipelineOutputs[] {
  const groups = new Map<string, Prediction[]>();
  for (const p of predictions) groups.set(p.pipeline, [...(groups.get(p.pipeline) ?? []), p]);
  const all = [...groups.values()].map((group) => {
    const main = group.find((p) => p.risk !== null) ?? group[0]!;
    return { main, others: group.filter((p) => p !== main) };
  });
  return all.sort((a, b) => (b.main.risk ?? -1) - (a.main.risk ?? -1));
}

const kSilentMs = 60_000;

// Since when readings of a pipeline's streams lie in frames that are not joined yet, in ms since
// 1970, although nothing comes any more; null: none do. Frames go on by the source's time alone, so
// without a newer reading the last ones stay.
export function waitingSince(
  detail: AssetDetail, pipeline: Pipeline | undefined, judged: string, now: number): number | null {
  const lateness = pipeline?.lateness ?? '';
  if (!pipeline || lateness === '' || /^0[a-z]*$/.test(lateness)) return null;
  const own = detail.streams.filter(({ stream }) =>
    pipeline.streams?.includes(stream.slice(stream.lastIndexOf('/') + 1)));
  const newest = Math.max(...own.map(({ time }) => parseTime(time)).filter(Number.isFinite));
  const isSilent = own.some(({ state }) => state === 'stale')
    || now - parseTime(lastSeen(detail)) > kSilentMs;
  const last = parseTime(judged);
  return isSilent && newest > last ? last : null;
}

// A model as the hub calls its version where the edge has it by its digest from there, else its
// file.
export function modelText(pipeline: string, { file = '', digest = '' }): string {
  const isFromHub = /(^|\/)artifacts\//.test(file);
  return isFromHub && digest !== '' ? `${pipeline}:${shortDigest(digest)}`
    : `${file} ${shortDigest(digest)}`.trim();
}

// What people call the streams of an asset, by name; those without a title are left out.
export function titlesOf(detail: AssetDetail): Record<string, string> {
  const titled = detail.streams.flatMap(({ stream, title }): [string, string][] =>
    (title ? [[stream, title]] : []));
  return Object.fromEntries(titled);
}
