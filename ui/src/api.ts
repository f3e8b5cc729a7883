// The edge's local API (docs/formats/edge-api.md): its types and the calls the page makes.

import { jsonOf, request } from './http';

export type Health = 'ok' | 'warning' | 'critical' | 'stale' | 'unknown';
export type Severity = 'info' | 'warning' | 'critical';
export type StreamState = 'ok' | 'stale' | 'flat' | 'out_of_contract';
export type Judgement = 'confirmed' | 'false' | 'unsure';
export type LinkState = 'connected' | 'connecting' | 'waiting' | 'stopped';

export interface Connection {
  name: string;
  protocol: string;
  address: string;
  state: LinkState;
  since: string;
  last_error: string;
  next_try?: string; // while it waits to connect again
  received: number;
  accepted: number;
  rejected: number;
  reconnects: number;
  gaps: number;
  without_readings?: number; // messages of which nothing came; older edges do not tell
}

export interface Status {
  edge: string;
  version: string;
  now: string;
  started: string;
  ready: boolean;
  config: {
    revision: string;
    loaded: string;
    state: 'ok' | 'refused' | 'last_good';
    last_good: string | null; // when what stands in for broken manifests was taken
    problems: string[];
  };
  connections: Connection[];
  counts: {
    readings: number;
    rejected: number;
    predictions: number;
    alerts_open: number;
    alerts_total: number;
  };
  lag_ms: number | null;
  queues: { name: string; depth: number; capacity: number }[];
  store: {
    history_bytes: number;
    history_cap_bytes: number;
    outbox: number;
    state: 'ok' | 'full' | 'failed';
    error: string;
  };
}

export interface Prediction {
  pipeline: string;
  title: string;
  output: string;
  unit: string;
  value: number | null;
  time: string;
  risk: number | null;
}

export interface Asset {
  asset: string;
  risk: number | null;
  health: Health;
  last_seen: string;
  open_alerts: number;
  predictions: Prediction[];
}

export interface StreamNow {
  stream: string;
  title?: string; // what people call it; empty, or from older edges: its name
  unit: string;
  value: number | null;
  time: string;
  quality: string;
  state: StreamState;
}

export interface Decision {
  name: string;
  output: string;
  when: 'above' | 'below';
  threshold: number;
  clear: number | null;
  k?: number;
  n?: number;
  severity: Severity;
}

export interface Pipeline {
  name: string;
  title: string;
  version: string;
  model: { file: string; digest: string } | null;
  outputs: unknown[];
  decisions: Decision[];
  // How its frames are joined; older edges do not tell.
  lateness?: string; // "2s"
  missing?: 'skip' | 'hold';
  streams?: string[];
}

export interface Contribution {
  feature: string;
  value: number | null;
  reference: number | null;
  effect: number | null;
}

export interface Verdict {
  alert: string;
  verdict: Judgement;
  cause: string;
  note: string;
  author: string;
  author_verified: boolean;
  time: string;
}

export interface AlertView {
  id: string;
  edge: string;
  pipeline: string;
  pipeline_version: string;
  asset: string;
  decision: string;
  severity: Severity;
  state: 'open' | 'cleared';
  opened: string;
  updated: string;
  cleared: string | null;
  value: number | null;
  opened_value?: number | null; // at opening; older edges do not tell
  worst: number | null;
  threshold: number | null;
  message: string;
  why: Contribution[];
  titles?: Record<string, string>; // of the streams behind `why`, where they have one
  verdicts: Verdict[];
}

export interface AssetDetail extends Asset {
  streams: StreamNow[];
  pipelines: Pipeline[];
  alerts: AlertView[];
}

export interface Series {
  stream: string;
  unit: string;
  from: string;
  to: string;
  reduced: boolean;
  time: number[];
  value: (number | null)[];
}

export interface Reject {
  connection: string;
  reason: string;
  count: number;
  since?: string; // when counting began; older edges do not tell
  last: string;
  sample: string;
}

export interface Config {
  revision: string;
  loaded: string;
  folder: string;
  follows_hub: boolean; // what runs comes from there, and is not read anew here
  state: 'ok' | 'refused' | 'last_good';
  last_good: string | null;
  problems: string[];
  pipelines: unknown[];
  connections: unknown[];
  contracts: unknown[];
}

export interface Reloaded {
  revision: string;
  changed: unknown[];
}

export interface NewVerdict {
  verdict: Judgement;
  cause: string;
  note: string;
  author: string;
}

const kEdge = 'the edge';

async function call<T>(path: string, init?: RequestInit): Promise<T> {
  return jsonOf<T>(await request(kEdge, path, init), kEdge);
}

function post<T>(path: string, body: unknown): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return call<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

const part = encodeURIComponent;

export const getStatus = () => call<Status>('status');
export const getAsset = (name: string) => call<AssetDetail>(`assets/${part(name)}`);
export const getAlert = (id: string) => call<AlertView>(`alerts/${part(id)}`);
export const getConfig = () => call<Config>('config');
export const reloadConfig = () => post<Reloaded>('config/reload', {});

export async function getAssets(): Promise<Asset[]> {
  return (await call<{ assets: Asset[] }>('assets')).assets;
}

export async function getAlerts(limit: number, state = 'all'): Promise<AlertView[]> {
  return (await call<{ alerts: AlertView[] }>(`alerts?state=${state}&limit=${limit}`)).alerts;
}

export async function getRejects(): Promise<Reject[]> {
  return (await call<{ rejects: Reject[] }>('rejects')).rejects;
}

// Times are in ms since 1970; without `from` the series starts where the history does, without `to`
// it ends there.
export function getHistory(
  stream: string, points: number, from?: number, to?: number): Promise<Series> {
  const border = (name: string, ms?: number) =>
    (ms === undefined ? '' : `&${name}=${part(new Date(ms).toISOString())}`);
  const span = border('from', from) + border('to', to);
  return call<Series>(`history?stream=${part(stream)}${span}&points=${points}`);
}

export function giveVerdict(alert: string, verdict: NewVerdict): Promise<Verdict> {
  return post<Verdict>(`alerts/${part(alert)}/verdicts`, verdict);
}
