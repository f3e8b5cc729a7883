import assert from 'node:assert/strict';
import { test } from 'node:test';

import { noticeError } from '../src/contact';
import { begin, currentHub, endSession, start, touch } from '../src/hub/store';
import { ApiError } from '../src/http';

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

test('a session that several answers refuse has ended, and is not told as one that never was',
  async () => {
    const real = { fetch: globalThis.fetch, setInterval: globalThis.setInterval };
    let isOver = false;
    const refusals: (() => void)[] = [];
    globalThis.fetch = (async (url: string) => {
      if (url.includes('events')) return new Promise<Response>(() => {});
      if (isOver) {
        await new Promise<void>((done) => refusals.push(done));
        return Response.json({ error: { code: 'unauthenticated', text: '' } }, { status: 401 });
      }
      return Response.json({
        person: 'ada', title: '', csrf: '', expires: '', permissions: [], counts: {}, edges: {},
        now: new Date().toISOString(),
      });
    }) as typeof fetch;
    globalThis.setInterval = (() => 0) as unknown as typeof setInterval;
    Object.assign(globalThis, { document: { addEventListener() {}, visibilityState: 'hidden' } });
    const soon = () => new Promise((done) => setTimeout(done, 50));
    start();
    await soon();
    assert.equal(currentHub().phase, 'ready');
    isOver = true;
    const refused = new ApiError(401, 'unauthenticated', '');
    noticeError(refused);
    noticeError(refused);
    await soon();
    assert.equal(refusals.length, 2, 'each is looked at');
    for (const refuse of refusals) {
      refuse();
      await soon();
    }
    const { phase, wasSignedIn } = currentHub();
    assert.deepEqual([phase, wasSignedIn], ['signed-out', true]);
    Object.assign(globalThis, real);
  });
