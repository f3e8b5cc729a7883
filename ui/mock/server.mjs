// The edge's local API (docs/formats/edge-api.md) over an invented plant, for developing the page
// and for testing states of it that are hard to reach with a real edge.
//
//   node mock/server.mjs [--port 8090] [--empty] [--follows-hub] [--fail] [--engines N]
//       [--past DAYS] [--speed N] [--still]
//
// With --past the source times lie that far back, as in a replay of recorded data; with --speed
// they go that much faster than the clock, and only some of the readings come live. With --still
// every source fell silent a while ago, engine-100 with its alert, and engine-092 has lost its
// pipeline while an alert of it was open.
//
// POST /mock/mode with one of: normal, fail (the API answers 500), offline (connections are cut),
// mute (no events, requests answered), expired (no session holds) changes how it behaves.

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Refusal, sendFile, sendJson, textOf } from './http.mjs';
import { kHistoryMs, kRejects, kTitles, Plant } from './plant.mjs';

const { values: args } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    'follows-hub': { type: 'boolean', default: false },
    empty: { type: 'boolean', default: false },
    past: { type: 'string', default: '0' },
    speed: { type: 'string', default: '1' },
    engines: { type: 'string', default: '100' },
    fail: { type: 'boolean', default: false },
    still: { type: 'boolean', default: false },
    root: { type: 'string', default: fileURLToPath(new URL('../../build/ui/', import.meta.url)) },
  },
});

const kRing = 1024;
const kSilentMs = 300_000;

const booted = Date.now();
const sourceNow = () => booted + (Date.now() - booted) * Number(args.speed)
  - Number(args.past) * 86_400_000;
const start = sourceNow();
const plant = new Plant(start, Number(args.engines));
if (args.empty) plant.assets = [];
if (args.still) plant.fallSilent(start - kSilentMs);
const token = randomBytes(16).toString('hex');
const sessions = new Set();
const streams = new Set();
const ring = [];
const alerts = new Map();
let mode = args.fail ? 'fail' : 'normal';
let tokenUsed = false;
let nextId = 1;
let readings = 0;
let reloads = 0;
let revision = `sha256:${'4be1c09d77aa'.repeat(5)}0123`;

const iso = (ms) => new Date(ms).toISOString();

function emit(type, data) {
  const event = { id: nextId, text: `id: ${nextId}\nevent: ${type}\n`
    + `data: ${JSON.stringify(data)}\n\n` };
  nextId += 1;
  ring.push(event);
  if (ring.length > kRing) ring.shift();
  for (const response of streams) response.write(event.text);
}

// Alerts

function alertAt(asset, decision, opened, worst) {
  const pipeline = plant.pipelineOf(asset);
  const id = createHash('sha256').update(`${asset.name} ${decision.name} ${opened}`)
    .digest('hex').slice(0, 32);
  const text = decision.name === 'ground-now' ? 'Take out of service: about {value} cycles left'
    : decision.name === 'anomalous' ? 'Temperature course is unlike the learned ones'
      : decision.name === 'cold' ? ''
        : 'Plan maintenance: about {value} cycles left (limit 30)';
  return {
    id, edge: 'edge-1', pipeline: pipeline.name, pipeline_version: pipeline.version,
    asset: asset.name, decision: decision.name, severity: decision.severity, state: 'open',
    opened: iso(opened), updated: iso(opened), cleared: null, value: worst, worst,
    opened_value: worst,
    threshold: decision.threshold, message: text.replace('{value}', worst.toFixed(0)),
    why: plant.why(asset, opened), titles: kTitles, verdicts: [],
  };
}

function watch(asset, now, tell) {
  if (asset.unknown || now > asset.silent) return;
  const value = plant.score(asset, plant.newest(asset, now));
  for (const decision of plant.pipelineOf(asset).decisions) {
    const beyond = (limit) => (decision.when === 'below' ? value < limit : value > limit);
    const open = [...alerts.values()].find((a) => a.asset === asset.name && a.state === 'open'
      && a.decision === decision.name);
    if (!open && beyond(decision.threshold)) {
      const alert = alertAt(asset, decision, plant.newest(asset, now), value);
      alerts.set(alert.id, alert);
      if (tell) emit('alert', alert);
    } else if (open) {
      const worse = decision.when === 'below' ? Math.min : Math.max;
      Object.assign(open, { value, worst: worse(open.worst, value), updated: iso(now) });
      if (beyond(decision.clear)) continue;
      Object.assign(open, { state: 'cleared', cleared: iso(now) });
      if (tell) emit('alert', open);
    }
  }
}

// The alerts that this history would have raised.
for (let t = start - kHistoryMs; t < start; t += 30_000) {
  for (const asset of plant.assets) watch(asset, t, false);
}
if (args.still) {
  plant.byName.get('engine-092').unknown = true;
  for (const alert of [...alerts.values()].filter((a) => a.asset === 'engine-100')) {
    alert.opened = iso(plant.newest(plant.byName.get('engine-100'), start));
    alert.updated = alert.opened;
  }
}
[...alerts.values()].filter((a) => a.state === 'cleared').slice(0, 3).forEach((alert, i) => {
  alert.verdicts.push({
    alert: alert.id, verdict: ['confirmed', 'false', 'unsure'][i], time: alert.cleared,
    cause: ['coolant valve stuck', 'sensor was unplugged for service', ''][i],
    note: ['Valve replaced, flow back to normal.', '', 'Looked at it, nothing found yet.'][i],
    author: ['M. Okafor', 'J. Lindqvist', 'M. Okafor'][i], author_verified: false,
  });
});

// Views

function viewOf(asset, now) {
  const predictions = plant.prediction(asset, now);
  const open = [...alerts.values()].filter((a) => a.asset === asset.name && a.state === 'open');
  const health = now > asset.silent ? 'stale' : asset.unknown ? 'unknown'
    : open.some((a) => a.severity === 'critical') ? 'critical' : open.length > 0 ? 'warning' : 'ok';
  return {
    asset: asset.name, risk: predictions[0]?.risk ?? null, health,
    last_seen: asset.name === 'engine-005' ? null : iso(plant.newest(asset, now)),
    open_alerts: open.length, predictions,
  };
}

const newest = (list) => list.sort((a, b) => b.opened.localeCompare(a.opened));

function detailOf(asset, now) {
  const time = plant.newest(asset, now);
  const state = (stream) => (now > asset.silent ? 'stale' : stream === 's1' ? 'flat'
    : stream === 's7' && asset.name.endsWith('1') ? 'out_of_contract' : 'ok');
  return {
    ...viewOf(asset, now),
    streams: plant.streamsOf(asset).map(([stream, unit]) => ({
      stream, title: kTitles[stream] ?? '', unit, value: plant.value(asset, stream, time),
      time: iso(time),
      quality: state(stream) === 'out_of_contract' ? 'bad' : 'good', state: state(stream),
    })),
    pipelines: asset.unknown ? [] : [plant.pipelineOf(asset)],
    alerts: newest([...alerts.values()].filter((a) => a.asset === asset.name)).slice(0, 20),
  };
}

function statusOf(now) {
  const up = (now - booted) / 1000;
  const rejected = kRejects.reduce((sum, [, count]) => sum + count, 0) + Math.floor(up / 7);
  const connection = (name, state, last_error, more) => ({
    name, protocol: 'mqtt', address: '127.0.0.1:40001', state, since: iso(booted), last_error,
    received: readings + rejected, accepted: readings, rejected, without_readings: 12,
    reconnects: 1, gaps: 3, ...more,
  });
  const open = [...alerts.values()].filter((a) => a.state === 'open').length;
  return {
    edge: 'edge-1', version: '0.1.0', now: iso(now), started: iso(booted - 93_784_000), ready: true,
    config: {
      revision, loaded: iso(booted - 9e6), state: 'ok', last_good: null, problems: [],
    },
    connections: args.empty ? [] : [
      connection('plant', 'connected', '', {}),
      connection('annex', 'waiting', 'connect to 10.4.0.9:8883: connection refused', {
        address: '10.4.0.9:8883', received: 0, accepted: 0, rejected: 0, without_readings: 0,
        reconnects: 212, gaps: 0, next_try: iso(now + 34_000),
      }),
    ],
    counts: {
      readings, rejected: args.empty ? 0 : rejected, predictions: Math.floor(readings / 16),
      alerts_open: open, alerts_total: alerts.size,
    },
    lag_ms: 1.4 + Math.sin(now / 3000) * 0.3,
    queues: [['ingest', 12, 4096], ['flow', Math.floor(40 + 30 * Math.sin(now / 2000)), 256],
      ['infer', 3, 64], ['publish', 0, 1024]].map(([name, depth, capacity]) => (
      { name, depth, capacity })),
    store: { history_bytes: 412_000_000 + readings * 3, history_cap_bytes: 1e9, outbox: 0,
      state: 'ok', error: '' },
  };
}

function configOf() {
  return {
    revision, loaded: iso(booted - 9e6), folder: 'demo/config', follows_hub: args['follows-hub'],
    state: 'ok', last_good: null, problems: [],
    pipelines: args.empty ? [] : plant.pipelines(),
    connections: args.empty ? [] : [
      { name: 'plant', protocol: 'mqtt', address: '127.0.0.1:40001', tls: false, qos: 1 },
      { name: 'annex', protocol: 'mqtt', address: '10.4.0.9:8883', tls: true, qos: 1 },
    ],
    contracts: args.empty ? [] : [
      { name: 'engines', assets: 'engine-*', owner: 'engine shop', classification: 'internal' },
      { name: 'presses', assets: 'press-*', owner: 'maintenance', classification: 'internal' },
    ],
  };
}

// HTTP

function history(query, now) {
  const id = query.get('stream') ?? '';
  const cut = id.indexOf('/');
  const asset = plant.byName.get(id.slice(0, cut));
  const stream = id.slice(cut + 1);
  if (!asset) throw new Refusal(404, 'not_found', `no stream ${id}`);
  const from = query.get('from') ? Date.parse(query.get('from')) : start - kHistoryMs;
  const to = query.get('to') ? Date.parse(query.get('to')) : now;
  const series = plant.series(asset, stream, from, to, Number(query.get('points') ?? 300));
  const unit = plant.streamsOf(asset).find(([name]) => name === stream)?.[1] ?? 'cycles';
  return { stream: id, unit, from: iso(from), to: iso(to), ...series };
}

async function storeVerdict(id, request) {
  const alert = alerts.get(id);
  if (!alert) throw new Refusal(404, 'not_found', `no alert ${id}`);
  const { verdict, cause = '', note = '', author = '' } = JSON.parse(await textOf(request));
  if (cause === 'refuse me') throw new Refusal(507, 'exhausted', 'the store is full');
  const stored = { alert: id, verdict, cause, note, author, author_verified: false,
    time: iso(Date.now()) };
  alert.verdicts.unshift(stored);
  emit('verdict', stored);
  return { status: 201, body: stored };
}

function reload() {
  reloads += 1;
  if (reloads % 2 === 0) {
    throw new Refusal(422, 'corrupt', 'the configuration has 2 problems', { problems: [
      'pipelines/compressor.yaml:14: spec.windows[1].count: expected 1 to 65536, found 0',
      "contracts/engines.yaml:7: spec.streams[0].min: expected a number, found 'low'",
    ] });
  }
  revision = `sha256:${createHash('sha256').update(String(reloads)).digest('hex')}`;
  return { revision, changed: ['pipeline compressor-rul: decisions', 'contract presses: added'] };
}

function events(request, response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const last = Number(request.headers['last-event-id'] ?? 0);
  const resumes = last > 0 && ring.length > 0 && last >= ring[0].id - 1 && last < nextId;
  if (resumes) ring.filter((event) => event.id > last).forEach((e) => response.write(e.text));
  else response.write(`id: ${nextId - 1}\nevent: reset\ndata: {}\n\n`);
  streams.add(response);
  request.on('close', () => streams.delete(response));
}

async function answer(request, url) {
  const now = sourceNow();
  const path = url.pathname.replace('/api/v1/', '');
  const [, id] = /^(?:assets|alerts)\/([^/]+)/.exec(path) ?? [];
  if (request.method === 'POST') {
    if (path === 'config/reload') return { status: 200, body: reload() };
    if (id && path.endsWith('/verdicts')) return storeVerdict(id, request);
  }
  if (path === 'status') return { status: 200, body: statusOf(Date.now()) };
  if (path === 'config') return { status: 200, body: configOf() };
  if (path === 'history') return { status: 200, body: history(url.searchParams, now) };
  if (path === 'rejects') {
    const rejects = args.empty ? [] : kRejects.map(([reason, count, sample], i) => (
      { connection: 'plant', reason, count, sample, since: iso(booted - 93_784_000),
        last: iso(Date.now() - i * 93_000) }));
    return { status: 200, body: { rejects } };
  }
  if (path === 'assets') {
    const assets = plant.assets.map((asset) => viewOf(asset, now))
      .sort((a, b) => (b.risk ?? -1) - (a.risk ?? -1));
    return { status: 200, body: { assets } };
  }
  if (path === 'alerts') {
    const limit = Number(url.searchParams.get('limit') ?? 100);
    return { status: 200, body: { alerts: newest([...alerts.values()]).slice(0, limit) } };
  }
  const asset = id && path.startsWith('assets/') && plant.byName.get(decodeURIComponent(id));
  if (asset) return { status: 200, body: detailOf(asset, now) };
  const alert = id && path.startsWith('alerts/') && alerts.get(id);
  if (alert) return { status: 200, body: alert };
  throw new Refusal(404, 'not_found', `nothing at ${url.pathname}`);
}

async function api(request, response, url) {
  const [, session] = /lineside_session=(\w+)/.exec(request.headers.cookie ?? '') ?? [];
  if (mode === 'expired' || !sessions.has(session)) {
    throw new Refusal(401, 'unauthenticated', 'no session: open the address that the edge prints');
  }
  if (mode === 'fail') throw new Refusal(500, 'internal', 'the history file cannot be read');
  if (url.pathname !== '/api/v1/events') return sendJson(response, await answer(request, url));
  if (mode === 'mute') throw new Refusal(503, 'unavailable', 'no events now');
  return events(request, response);
}

function signIn(response, url) {
  if (tokenUsed || url.searchParams.get('token') !== token) {
    response.writeHead(303, { Location: '/' });
    response.end();
    return;
  }
  tokenUsed = true;
  const session = randomBytes(16).toString('hex');
  sessions.add(session);
  const cookie = `lineside_session=${session}; HttpOnly; SameSite=Strict; Path=/; Max-Age=43200`;
  response.writeHead(303, { Location: '/', 'Set-Cookie': cookie });
  response.end();
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  try {
    if (url.pathname === '/mock/mode') {
      mode = url.searchParams.get('set') ?? mode;
      if (mode !== 'normal') streams.forEach((stream) => stream.destroy());
      response.end(mode);
    } else if (mode === 'offline') request.socket.destroy();
    else if (url.pathname.startsWith('/api/')) await api(request, response, url);
    else if (url.searchParams.has('token')) signIn(response, url);
    else await sendFile(response, args.root, url);
  } catch (error) {
    const internal = { status: 500, body: { error: { code: 'internal', text: String(error) } } };
    if (!response.headersSent) sendJson(response, error.answer ?? internal);
    else response.end();
  }
});

setInterval(() => {
  const now = sourceNow();
  for (const asset of plant.assets) {
    const time = plant.newest(asset, now);
    if (asset.told === time) continue;
    asset.told = time;
    const values = Object.fromEntries(plant.streamsOf(asset)
      .map(([stream]) => [stream, plant.value(asset, stream, time)]));
    readings += Object.keys(values).length;
    watch(asset, now, true);
    emit('readings', { asset: asset.name, time: iso(time), values });
    emit('asset', viewOf(asset, now));
  }
}, 250);
setInterval(() => emit('status', statusOf(Date.now())), 1000);
setInterval(() => streams.forEach((response) => response.write(': still here\n\n')), 15_000);

server.listen(Number(args.port), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}/?token=${token}`);
});
