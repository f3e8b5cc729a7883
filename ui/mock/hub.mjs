// The hub's REST API (docs/formats/hub-api.md) over an invented company, for developing the page
// and for testing states of it that are hard to reach with a real hub.
//
//   node mock/hub.mjs [--port 8091] [--fresh]
//
// With --fresh nothing is registered yet and nobody has an account: the printed address is that of
// the first set-up. Otherwise anna (admin), jonas, mira, sofia, paul and tomas sign in with the
// password "correct horse battery".
//
// POST /mock/mode?set= one of: normal, fail, offline, mute, expired (as in server.mjs), slow
// (answers take a while), damaged (two rows of each list cannot be read) and tamper-entry, -words,
// -path, -signature, -history (the audit log lies);
// POST /mock/edit?kind=&name=&field=&value= changes an object as somebody else;
// POST /mock/edges?site=&count= lets so many more edges be there that run what they shall, and
// those of the last time be gone;
// POST /mock/edge?name=&state=&why= lets an edge stand otherwise, and no event tells.

import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { closed, open } from './hub_routes.mjs';
import { Hub } from './hub_state.mjs';
import { Refusal, sendFile, sendJson, textOf } from './http.mjs';

const { values: args } = parseArgs({
  options: {
    port: { type: 'string', default: '8091' },
    fresh: { type: 'boolean', default: false },
    root: { type: 'string', default: fileURLToPath(new URL('../../build/ui/', import.meta.url)) },
  },
});

const kRing = 1024;
const kSlowMs = 1500;
const streams = new Set();
const ring = [];
let nextId = 1;
let mode = 'normal';

function emit(type, data) {
  const text = `id: ${nextId}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`;
  ring.push({ id: nextId, text });
  nextId += 1;
  if (ring.length > kRing) ring.shift();
  for (const response of streams) response.write(text);
}

const hub = new Hub({ isFresh: args.fresh, emit });

function events(request, response) {
  response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
  const last = Number(request.headers['last-event-id'] ?? 0);
  const resumes = last > 0 && ring.length > 0 && last >= ring[0].id - 1 && last < nextId;
  if (resumes) ring.filter((event) => event.id > last).forEach((e) => response.write(e.text));
  else response.write(`id: ${nextId - 1}\nevent: reset\ndata: {}\n\n`);
  streams.add(response);
  request.on('close', () => streams.delete(response));
}

function sessionOf(request) {
  const [, id] = /lineside_hub_session=(\w+)/.exec(request.headers.cookie ?? '') ?? [];
  const session = mode === 'expired' ? undefined : hub.sessions.get(id);
  if (!session) throw new Refusal(401, 'unauthenticated', 'sign in first');
  const changes = request.method !== 'GET';
  if (changes && request.headers['x-lineside-csrf'] !== session.csrf) {
    throw new Refusal(403, 'denied', 'the request does not come from the page');
  }
  if (request.method === 'DELETE' && request.url.endsWith('/session')) hub.sessions.delete(id);
  return session;
}

async function answer(request, url) {
  const { method, headers } = request;
  const parts = url.pathname.replace('/api/v1/', '').split('/').map(decodeURIComponent);
  const call = {
    hub, method, headers, query: url.searchParams, body: await textOf(request),
    origin: `http://${headers.host}`, tamper: mode.startsWith('tamper-') ? mode.slice(7) : '',
  };
  if (mode === 'fail') throw new Refusal(500, 'internal', 'the database cannot be read');
  const free = open(call, parts);
  if (free) return free;
  call.session = sessionOf(request);
  if (method === 'DELETE' && parts[0] === 'session') return { status: 204 };
  return closed(call, parts);
}

async function api(request, response, url) {
  if (url.pathname === '/api/v1/events') {
    sessionOf(request);
    if (mode === 'mute') throw new Refusal(503, 'unavailable', 'no events now');
    return events(request, response);
  }
  const result = await answer(request, url);
  if (mode === 'damaged' && result.body?.items) result.body.damaged = 2;
  if (mode === 'slow') await new Promise((resolve) => setTimeout(resolve, kSlowMs));
  if (result.text === undefined) return sendJson(response, result);
  response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' });
  return response.end(result.text);
}

// What tests do behind the page's back.
function control(response, url) {
  const get = (key) => url.searchParams.get(key) ?? '';
  if (url.pathname === '/mock/edit') {
    const object = hub.catalog.find(get('kind'), get('name'));
    const spec = { ...hub.catalog.specOf(object), [get('field')]: get('value') };
    hub.catalog.put({ kind: get('kind'), name: get('name'), spec }, 'jonas', 'on the floor');
  } else if (url.pathname === '/mock/edges') {
    hub.setMoreEdges(get('site'), Number(get('count')));
  } else if (url.pathname === '/mock/edge') {
    Object.assign(hub.edges.get(get('name')), { state: get('state'), why: get('why') });
  } else {
    mode = get('set') || mode;
    if (mode === 'tamper-history') hub.log.rewrite(3);
    if (!['normal', 'slow', 'damaged'].includes(mode) && !mode.startsWith('tamper')) {
      streams.forEach((stream) => stream.destroy());
    }
  }
  response.end(mode);
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://127.0.0.1');
  try {
    if (url.pathname.startsWith('/mock/')) control(response, url);
    else if (mode === 'offline') request.socket.destroy();
    else if (url.pathname.startsWith('/api/')) await api(request, response, url);
    else await sendFile(response, args.root, url);
  } catch (error) {
    const internal = { status: 500, body: { error: { code: 'internal', text: String(error) } } };
    if (!error.answer) console.error(error);
    if (!response.headersSent) sendJson(response, error.answer ?? internal);
    else response.end();
  }
});

setInterval(() => {
  const awake = [...hub.edges.values()].filter((edge) =>
    ['in_sync', 'applying', 'failed'].includes(edge.state) && !edge.revoked);
  const edge = awake[Math.floor(Math.random() * awake.length)];
  if (!edge) return;
  edge.seen = new Date().toISOString();
  if (edge.state === 'applying' && edge.reported_version === 0) {
    Object.assign(edge, { state: 'in_sync', why: '', reported_version: edge.desired_version });
  }
  emit('edge', { edge: edge.name, change: 'reported' });
}, 3_000);
setInterval(() => streams.forEach((response) => response.write(': still here\n\n')), 15_000);

server.listen(Number(args.port), '127.0.0.1', () => {
  const start = args.fresh ? `#/setup?token=${hub.setupToken}` : '';
  console.log(`http://127.0.0.1:${server.address().port}/${start}`);
});
