// What the page knows of the edge, kept current by the live link.

import * as api from './api';
import type { AlertView, Asset, Status, Verdict } from './api';
import { noticeError, setPeer, takeServerTime } from './contact';
import { parseTime } from './format';
import { holdState, restWhileHidden } from './held';
import { ApiError, lastAnswer } from './http';
import { LiveLink } from './live';
import type { Link, LiveTarget } from './live';
import { rememberSession } from './session';

export interface State {
  phase: 'loading' | 'ready' | 'failed' | 'expired';
  error: string;
  link: Link;
  retryAt: number; // ms since 1970; when the next try is due while there is no link
  pausedAt: number; // 0: not paused
  epoch: number; // grows each time everything must be loaded anew
  status: Status | null;
  rate: number | null; // readings per second
  assets: ReadonlyMap<string, Asset>;
  alerts: ReadonlyMap<string, AlertView>;
  alertLimit: number; // how many alerts are asked for
}

export interface ReadingsEvent {
  asset: string;
  time: string;
  values: Record<string, number | null>;
}

const kShowEveryMs = 250;
const kRateSpanMs = 6_000;

const held = holdState<State>({
  phase: 'loading', error: '', link: 'connecting', retryAt: 0, pausedAt: 0, epoch: 0,
  status: null, rate: null, assets: new Map(), alerts: new Map(), alertLimit: 100,
}, kShowEveryMs);
const readers = new Map<string, Set<(event: ReadingsEvent) => void>>();
let counted: { at: number; readings: number }[] = [];
let loading: Promise<void> | null = null;
let contact = 0; // when events last came, ms since 1970 by our clock

const { commit, draft, edit, latest } = held;
export const current = held.now;
export const useStore = held.use;
// When the edge was last heard, by our clock.
export const lastContact = (): number => Math.max(contact, lastAnswer());

// Calls `read` with each live reading of one asset until the returned function is called.
export function onReadings(asset: string, read: (event: ReadingsEvent) => void): () => void {
  const set = readers.get(asset) ?? new Set();
  readers.set(asset, set.add(read));
  return () => {
    set.delete(read);
    if (set.size === 0) readers.delete(asset);
  };
}

function takeStatus(status: Status): void {
  const at = parseTime(status.now);
  takeServerTime(at);
  const readings = status.counts.readings;
  const newest = counted.at(-1);
  if (newest && readings < newest.readings) counted = [];
  counted.push({ at, readings });
  counted = counted.filter((point) => at - point.at <= kRateSpanMs);
  const first = counted[0]!;
  const span = (at - first.at) / 1000;
  draft({ status, rate: span > 0.5 ? (readings - first.readings) / span : current().rate });
}

function takeAsset(asset: Asset): void {
  const assets = edit('assets', (all) => new Map(all)) as Map<string, Asset>;
  assets.set(asset.asset, asset);
}

export function takeAlert(alert: AlertView): void {
  const alerts = edit('alerts', (all) => new Map(all)) as Map<string, AlertView>;
  alerts.set(alert.id, { ...alert, verdicts: alert.verdicts ?? [] });
}

// A verdict reaches the giver twice (as the answer and as an event); it is listed once.
export function takeVerdict(verdict: Verdict): void {
  const alert = latest('alerts').get(verdict.alert);
  if (!alert) return;
  const known = alert.verdicts.some((v) => v.time === verdict.time && v.author === verdict.author);
  if (!known) takeAlert({ ...alert, verdicts: [verdict, ...alert.verdicts] });
}

async function loadNow(): Promise<void> {
  const epoch = current().epoch + 1;
  try {
    const [status, assets, alerts] = await Promise.all([
      api.getStatus(), api.getAssets(), api.getAlerts(current().alertLimit),
    ]);
    held.drop();
    takeStatus(status);
    commit({
      phase: 'ready', error: '', status, epoch,
      assets: new Map(assets.map((asset) => [asset.asset, asset])),
      alerts: new Map(alerts.map((alert) => [alert.id, alert])),
    });
    rememberSession();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return noticeError(error);
    const text = error instanceof Error ? error.message : String(error);
    if (current().phase !== 'ready') commit({ phase: 'failed', error: text });
    throw error;
  }
}

// Loads everything; callers that come while it runs share it.
export function load(): Promise<void> {
  loading ??= loadNow().finally(() => (loading = null));
  return loading;
}

function signedOut(): void {
  link.stop();
  commit({ phase: 'expired' });
}

const target: LiveTarget = {
  heard: () => void (contact = Date.now()),
  event(type, data) {
    if (current().pausedAt > 0) return;
    if (type === 'status') takeStatus(data as Status);
    else if (type === 'asset') takeAsset(data as Asset);
    else if (type === 'alert') takeAlert(data as AlertView);
    else if (type === 'verdict') takeVerdict(data as Verdict);
    else if (type === 'readings') {
      const event = data as ReadingsEvent;
      readers.get(event.asset)?.forEach((read) => read(event));
    }
  },
  reset() {
    // The load that runs may have begun before the stream did: load again behind it.
    if (current().pausedAt > 0) return;
    void (loading ?? Promise.resolve()).then(load, load).catch(() => {});
  },
  link: (next, retryAt) => commit({ link: next, retryAt }),
  expired: signedOut,
  poll: () => (current().pausedAt > 0 ? api.getStatus().then(() => {}) : load()),
};

const link = new LiveLink(target, '/api/v1/events');

export const retryNow = (): void => {
  if (current().phase === 'failed') commit({ phase: 'loading', error: '' });
  void load().catch(() => {});
  link.retryNow();
};

export function setPaused(paused: boolean): void {
  // What has come is shown at once, so that nothing moves afterwards.
  held.show();
  commit({ pausedAt: paused ? Date.now() : 0 });
  if (!paused) void load().catch(() => {});
}

export async function loadMoreAlerts(): Promise<void> {
  commit({ alertLimit: current().alertLimit * 2 });
  await load();
}

export function start(): void {
  setPeer({ name: 'the edge', signedOut });
  void load().catch(() => {});
  void link.run();
  restWhileHidden(() => link);
}
