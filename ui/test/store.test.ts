import assert from 'node:assert/strict';
import { test } from 'node:test';

import { begin, currentHub, endSession, touch } from '../src/hub/store';

test('the counts come with the list that something changed in', async () => {
  const real = globalThis.fetch;
  let devices = 7;
  let asked = 0;
  globalThis.fetch = (async (url: string) => {
    if (url.includes('events')) return new Promise<Response>(() => {});
    if (!url.includes('status')) return new Response(null, { status: 204 });
    asked += 1;
    return Response.json({ now: new Date().toISOString(), counts: { Device: devices }, edges: {} });
  }) as typeof fetch;
  const soon = () => new Promise((done) => setTimeout(done, 100));
  await begin({ person: 'ada', title: '', csrf: '', expires: '', permissions: [] });
  assert.deepEqual([asked, currentHub().status?.counts.Device], [1, 7]);
  devices = 6;
  touch('Device');
  await soon();
  assert.deepEqual([asked, currentHub().status?.counts.Device], [2, 6]);
  await endSession();
  touch('Device');
  await soon();
  assert.equal(asked, 2, 'who has signed out asks for nothing');
  globalThis.fetch = real;
});
