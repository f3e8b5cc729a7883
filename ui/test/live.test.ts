import assert from 'node:assert/strict';
import { test } from 'node:test';

import { lonePoints, Track } from '../src/history';
import { lastAnswer, request } from '../src/http';
import { EventParser, LiveLink } from '../src/live';
import { href, parseRoute } from '../src/route';

test('events are read whatever the pieces they come in', () => {
  const text = ': hello\n\nid: 7\nevent: asset\ndata: {"a":1}\n\nid: 8\ndata: x\r\ndata: y\r\n\r\n';
  for (let size = 1; size <= text.length; size += 1) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) {
      events.push(...parser.push(text.slice(at, at + size)));
    }
    assert.deepEqual(events, [
      { id: '7', type: 'asset', data: '{"a":1}' },
      { id: '8', type: 'message', data: 'x\ny' },
    ], `pieces of ${size}`);
  }
});

test('an event without data is none, and keeps its id', () => {
  const parser = new EventParser();
  assert.deepEqual(parser.push('id: 3\nevent: asset\n\n'), []);
  assert.deepEqual(parser.push('data\n\n'), [{ id: '3', type: 'message', data: '' }]);
});

const series = (time: number[]) => ({
  stream: 'a/s', unit: '', from: '', to: '', reduced: false, time, value: time.map((t) => t / 10),
});

test('history goes before the live points that outran it', () => {
  const track = new Track();
  track.append(50, 1);
  track.append(60, 2);
  track.replace(series([10, 20, 30, 40, 50]));
  assert.deepEqual(track.times, [10, 20, 30, 40, 50, 60]);
  assert.deepEqual(track.values, [1, 2, 3, 4, 5, 2]);
});

test('what is not newer is not appended', () => {
  const track = new Track();
  track.replace(series([10, 20, 30]));
  assert.equal(track.append(30, 9), false);
  assert.equal(track.append(NaN, 9), false);
  assert.equal(track.append(40, null), true);
  assert.equal(track.newest, 3);
});

test('a long silence is a gap', () => {
  const track = new Track();
  track.replace(series([10, 20, 30, 500, 510]));
  assert.deepEqual(track.times, [10, 20, 30, 40, 500, 510]);
  assert.equal(track.values[3], null);
});

test('a live point that leaves a hole asks for the history, a hole in the history does not', () => {
  const track = new Track();
  track.replace(series([10, 20, 30, 500, 510]));
  assert.equal(track.hasHole, false);
  track.append(520, 1);
  assert.equal(track.hasHole, false);
  track.append(900, 2);
  assert.equal(track.hasHole, true);
  track.replace(series([500, 510, 520, 530, 540, 550, 560, 900]));
  assert.equal(track.hasHole, false);
});

test('a track that joins what comes live keeps the gaps of the history alone', () => {
  const track = new Track(true);
  track.replace(series([10, 20, 30, 500, 510]));
  for (const time of [9_000, 9_010, 70_000]) track.append(time, 1);
  assert.deepEqual(track.times, [10, 20, 30, 40, 500, 510, 9_000, 9_010, 70_000]);
  assert.deepEqual(track.values.slice(4), [50, 51, 1, 1, 1]);
});

test('live points of a fast replay are joined once their pace is known', () => {
  const track = new Track();
  track.replace(series([10, 20, 30]));
  for (const time of [1000, 2000, 3000, 4000]) track.append(time, 1);
  assert.deepEqual(track.times, [10, 20, 30, 40, 1000, 1010, 2000, 3000, 4000]);
  assert.deepEqual(lonePoints(track.values), [4]);
  track.append(40_000, 1);
  assert.equal(track.values.at(-2), null);
  track.append(41_000, 1);
  assert.equal(track.values.at(-2), 1);
  assert.equal(track.hasHole, true);
});

test('points that no line reaches are told', () => {
  assert.deepEqual(lonePoints([1, 2, null, 3, null, 4, 5, null, 6]), [3, 8]);
  assert.deepEqual(lonePoints([7]), [0]);
  assert.deepEqual(lonePoints([null, null]), []);
  assert.deepEqual(lonePoints([1, 2]), []);
});

test('addresses name a view and what it shows', () => {
  assert.deepEqual(parseRoute('#/assets/engine%2F042'), { page: 'assets', id: 'engine/042' });
  assert.deepEqual(parseRoute(''), { page: 'assets', id: '' });
  assert.deepEqual(parseRoute('#/nowhere'), { page: 'assets', id: '', unknown: '#/nowhere' });
  assert.deepEqual(parseRoute('#/'), { page: 'assets', id: '' });
  assert.deepEqual(parseRoute(href('alerts', 'a b/ü')), { page: 'alerts', id: 'a b/ü' });
});

test('a live link at rest holds no stream, and takes up where it ended', async () => {
  const asked: (string | null)[] = [];
  const open = new Set<AbortSignal>();
  const real = globalThis.fetch;
  globalThis.fetch = (async (_url: string, init: RequestInit) => {
    const signal = init.signal as AbortSignal;
    asked.push(new Headers(init.headers).get('Last-Event-ID'));
    open.add(signal);
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('id: 7\nevent: alert\ndata: {}\n\n'));
        signal.addEventListener('abort', () => {
          open.delete(signal);
          controller.error(new Error('aborted'));
        });
      },
    });
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
  }) as typeof fetch;
  const turn = () => new Promise((resolve) => setTimeout(resolve, 20));
  const seen: string[] = [];
  let heard = 0;
  const link = new LiveLink({
    heard: () => void (heard += 1),
    event: (type) => void seen.push(type),
    reset: () => {},
    link: () => {},
    expired: () => {},
    poll: async () => {},
  }, '/events');
  const run = link.run();
  await turn();
  assert.deepEqual([asked, seen, open.size], [[null], ['alert'], 1]);
  assert.equal(heard, 1);
  link.rest();
  await turn();
  assert.deepEqual([asked.length, open.size], [1, 0]);
  link.resume();
  await turn();
  assert.deepEqual([asked, open.size], [[null, '7'], 1]);
  link.stop();
  await run;
  globalThis.fetch = real;
});

test('only a good answer counts as contact', async () => {
  const real = globalThis.fetch;
  const answers = [500, 200];
  globalThis.fetch = (async () => new Response('{}', { status: answers.shift()! })) as typeof fetch;
  await assert.rejects(request('the edge', 'status'));
  assert.equal(lastAnswer(), 0);
  const before = Date.now();
  await request('the edge', 'status');
  assert.ok(lastAnswer() >= before);
  globalThis.fetch = real;
});
