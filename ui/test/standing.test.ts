import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { EdgeDetail } from '../src/hub/api';
import { withTimes } from '../src/hub/faults';
import { readProblem, standingOf, whyText } from '../src/hub/standing';
import { desiredOf } from '../src/hub/twins';

const kDigest = `sha256:${'ab'.repeat(32)}`;
const kDisk = '/var/lib/lineside/edge/follow';
const kRefused = `${kDisk}/config-41/pipelines.press-anomaly.yaml:14:3: pipeline press-anomaly: `
  + `spec.features: ${kDisk}/artifacts/${'ab'.repeat(32)}: the model asks for 4 features, found 5`;

const edge = (more: Partial<EdgeDetail> = {}): EdgeDetail => ({
  name: 'e', site: '', state: 'failed', why: '', enrolled: null, seen: null, desired_version: 41,
  reported_version: 39, certificate_expires: null, certificate_count: 0, certificates: [],
  desired: desiredOf({ version: 41, manifests: [
    { kind: 'Pipeline', name: 'press-anomaly',
      spec: { model: { version: 'press-anomaly-2', digest: kDigest } } }] }),
  reported: { version: 39, state: 'keeping', problems: [kRefused] },
  ...more,
});

test('a problem of an edge says which object and why, and no path', () => {
  assert.deepEqual(readProblem(kRefused), {
    kind: 'Pipeline', name: 'press-anomaly', field: 'spec.features',
    reason: 'the model asks for 4 features, found 5',
  });
  assert.deepEqual(readProblem('config-3/connections.plant.yaml:2:1: spec.qos: out of range'), {
    kind: 'Connection', name: 'plant', field: 'spec.qos', reason: 'out of range',
  });
  const { desired } = edge();
  assert.deepEqual(readProblem(`artifact ${kDigest}: the hub answers 503`, desired), {
    kind: 'ModelVersion', name: 'press-anomaly-2', field: '', reason: 'the hub answers 503',
  });
  assert.equal(readProblem(`artifact ${kDigest}: gone`).reason, 'artifact abababababab…: gone');
  assert.equal(readProblem('connection refused: 10.0.0.1').kind, '', 'that is no name');
  assert.equal(readProblem('cannot write /var/lib/x/config-7/a.yaml: disk full').reason,
    'cannot write a.yaml: disk full');
});

test('whatever folder an edge keeps its state in, it is not told', () => {
  for (const folder of ['/srv/max muster/edge', 'build/up/edge', './edge', '/srv/edge']) {
    const text = kRefused.replaceAll(kDisk, folder);
    assert.deepEqual(readProblem(text), readProblem(kRefused), folder);
  }
  const reasonOf = (text: string) => readProblem(text).reason;
  assert.equal(reasonOf('press-07/load: too fast'), 'press-07/load: too fast');
  assert.equal(reasonOf('https://hub.example/wire/v1/state: 503'),
    'https://hub.example/wire/v1/state: 503');
  assert.equal(reasonOf('cannot write build/up/edge/current: disk full'),
    'cannot write current: disk full');
});

test('a failed edge tells what failed, its reason once, and the text of it apart', () => {
  const one = standingOf(edge({ why: `keeps version 39: ${kRefused}` }));
  assert.deepEqual(one.about, { kind: 'Pipeline', name: 'press-anomaly', others: 0 });
  assert.equal(one.headline, 'could not be taken over. The edge goes on with version 39.');
  assert.deepEqual(one.reasons.map(({ reason }) => reason),
    ['the model asks for 4 features, found 5']);
  assert.deepEqual(one.raw, [kRefused]);
  const twice = standingOf(edge({ reported: { version: 39, state: 'keeping', problems: [
    kRefused, kRefused, kRefused.replace(/pipelines\.\S+ pipeline \S+/,
      'connections.plant.yaml:1:1: connection plant:')] } }));
  assert.equal(twice.reasons.length, 2);
  assert.equal(twice.about?.others, 1);
  const reported = { version: 0, state: 'failed' as const, problems: ['no room'] };
  const vague = standingOf(edge({ reported }));
  assert.deepEqual([vague.about, vague.headline, vague.raw],
    [null, 'Version 41 could not be taken over.', []]);
  const damaged = standingOf(edge({ why: 'its row is damaged', reported: null }));
  assert.equal(damaged.headline, 'Its row is damaged.');
});

test('an edge in sync is told as it is now', () => {
  const runs = (state: 'up' | 'waiting') => ({ version: 41, state: 'applied' as const,
    runs: { connections: [{ name: 'plant', state, problem: 'connection refused' }] } });
  const why = 'connection plant is not up: connection refused';
  const up = standingOf(edge({ state: 'in_sync', why, reported: runs('up') }));
  assert.deepEqual([up.headline, up.reasons], ['The edge runs what it shall run.', []]);
  const waiting = standingOf(edge({ state: 'in_sync', why, reported: runs('waiting') }));
  assert.deepEqual(waiting.reasons, [{ kind: 'Connection', name: 'plant', field: '',
    reason: 'not up when the edge last reported' }]);
  const first = standingOf(edge({ state: 'in_sync', why: 'connection plant is connecting',
    reported: { version: 41, state: 'applied',
      runs: { connections: [{ name: 'plant', state: 'waiting' }] } } }));
  assert.deepEqual(first.reasons.map(({ reason }) => reason),
    ['still connecting when the edge last reported']);
  const document = { manifests: [], held_back: [
    'pipeline a is held back: nobody has approved it', 'pipeline b is held back: no file'] };
  const held = standingOf(edge({
    state: 'in_sync', reported: runs('up'), desired: desiredOf({ version: 41, document }),
  }));
  assert.deepEqual(held.reasons.map(({ name, reason }) => `${name}: ${reason}`),
    ['a: held back, because nobody has approved it', 'b: held back, because no file']);
  const other = standingOf(
    edge({ state: 'in_sync', why: 'the clock is off', reported: runs('up') }));
  assert.deepEqual(other.reasons.map(({ reason }) => reason), ['The clock is off.']);
});

test('a list tells in one line why an edge stands as it does', () => {
  assert.equal(whyText({ why: `keeps version 39: ${kRefused} (and 2 more)` }),
    'Pipeline press-anomaly: the model asks for 4 features, found 5 (and 2 more); '
    + 'version 39 stays.');
  assert.equal(whyText({ why: 'runs version 3 of 4' }), 'Runs version 3 of 4.');
  assert.equal(whyText({ why: '' }), '');
});

test('an edge that was stopped in order is told as that, whatever it had reported before', () => {
  const why = 'stopped in order at 2026-03-04T05:06:07Z';
  const one = standingOf(edge({
    state: 'stopped', why, reported: { version: 39, state: 'stopped', problems: [kRefused] } }));
  assert.deepEqual(one, { about: null, headline: 'Stopped in order at 2026-03-04T05:06:07Z.',
    reasons: [], raw: [] });
  assert.equal(withTimes(whyText({ why }), true), 'Stopped in order at 4 Mar 2026 05:06:07 UTC.');
});
