import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { AlertView, Asset, Prediction } from '../src/api';
import {
  byPipeline, isPast, lastSeen, modelText, openTime, scoreNow, standingOf, urgencyOf, waitingSince,
} from '../src/facts';
import { whyNoSession } from '../src/session';

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString();
const ms = (seconds: number) => Date.UTC(2026, 0, 1) + seconds * 1000;

const prediction = (pipeline: string, output: string, more: Partial<Prediction> = {}): Prediction =>
  ({ pipeline, output, title: '', unit: '', value: 7.46, time: at(0), risk: null, ...more });

const asset = (predictions: Prediction[], seen = ''): Asset =>
  ({ asset: 'a', risk: null, health: 'ok', last_seen: seen, open_alerts: 0, predictions });

const alert = (more: Partial<AlertView>): AlertView => ({
  id: '1', edge: 'e', pipeline: 'p', pipeline_version: '', asset: 'a', decision: 'd',
  severity: 'warning', state: 'open', opened: at(0), updated: at(0), cleared: null, value: 28.8,
  worst: 28.8, threshold: 30, message: '', why: [], verdicts: [], ...more,
});

test('an asset was last seen when the edge says, else when its newest value is of', () => {
  const predictions = [prediction('p', 'x', { time: at(5) }), prediction('p', 'y')];
  assert.equal(lastSeen(asset(predictions, at(9))), at(9));
  assert.equal(lastSeen(asset(predictions)), at(5));
  assert.equal(lastSeen(asset(predictions), [{ time: at(7) }, { time: '' }]), at(7));
  assert.equal(lastSeen(asset([])), '');
});

test('how long an alert is open ends at the last score, and says so when that is past', () => {
  assert.deepEqual(openTime(alert({}), at(300), ms(301)), { ms: 300_000, untilLast: false });
  assert.deepEqual(openTime(alert({}), at(4), ms(300)), { ms: 4_000, untilLast: true });
  assert.deepEqual(openTime(alert({ updated: at(60) }), undefined, ms(70)),
    { ms: 60_000, untilLast: false });
  assert.equal(openTime(alert({}), at(0), ms(300)), null);
  const cleared = alert({ state: 'cleared', cleared: at(90) });
  assert.deepEqual(openTime(cleared, at(300), ms(900)), { ms: 90_000, untilLast: false });
});

test('a score of long ago is none of now', () => {
  const told = alert({ updated: at(90) });
  assert.equal(isPast(told, at(300), ms(330)), false);
  assert.equal(isPast(told, at(300), ms(370)), true);
  assert.equal(isPast(told, at(86_400), ms(87_000)), false, 'by how long it is open');
  assert.equal(isPast(told, undefined, ms(120)), false);
  assert.equal(isPast(told, undefined, ms(200)), true);
  assert.equal(isPast({ ...told, state: 'cleared' }, at(300), ms(900)), false);
});

test('the score now is the newest of the output that the decision looks at', () => {
  const one = asset([prediction('q', 'z'), prediction('p', 'x')]);
  const two = asset([prediction('p', 'x'), prediction('p', 'y')]);
  assert.equal(scoreNow(alert({}), one)?.output, 'x');
  assert.equal(scoreNow(alert({}), two), undefined);
  assert.equal(scoreNow(alert({}), two, 'y')?.output, 'y');
  assert.equal(scoreNow(alert({ state: 'cleared' }), one), undefined);
  assert.equal(scoreNow(alert({}), undefined), undefined);
});

test('of each pipeline the output that makes the risk comes first', () => {
  const groups = byPipeline([
    prediction('p', 'x'), prediction('q', 'z'), prediction('p', 'y', { risk: 0.5 }),
  ]);
  assert.deepEqual(groups.map(({ main, others }) => [main.output, others.map((o) => o.output)]),
    [['y', ['x']], ['z', []]]);
});

test('a used link, an ended session and none are told apart', () => {
  assert.equal(whyNoSession(false, true, true), 'link');
  assert.equal(whyNoSession(false, false, true), 'ended');
  assert.equal(whyNoSession(false, false, false), 'none');
  assert.equal(whyNoSession(true, true, false), 'ended');
});

test('what nothing has judged is not well', () => {
  const one = asset([prediction('p', 'x')]);
  assert.equal(standingOf(one), 'ok');
  assert.equal(standingOf({ ...one, predictions: [] }), 'unjudged');
  assert.equal(standingOf({ ...one, predictions: [], health: 'warning' }), 'warning');
  assert.equal(standingOf({ ...one, predictions: [], health: 'unknown' }), 'unknown');
});

test('assets are ordered by risk, or by what stands for it', () => {
  const order = [
    { ...asset([prediction('p', 'x')]), asset: 'ok' },
    { ...asset([]), asset: 'heard' },
    { ...asset([]), asset: 'alarm', health: 'critical' as const },
    { ...asset([prediction('p', 'x')]), asset: 'low', risk: 0.1 },
    { ...asset([prediction('p', 'x')]), asset: 'high', risk: 0.9 },
  ].sort((a, b) => urgencyOf(b) - urgencyOf(a)).map((each) => each.asset);
  assert.deepEqual(order, ['alarm', 'high', 'low', 'ok', 'heard']);
});

test('the last readings of a stream that stopped are told to wait', () => {
  const detail = (state: 'ok' | 'stale', last: number) => ({
    ...asset([], at(last)), pipelines: [], alerts: [],
    streams: [{ stream: 'oil', unit: '', value: 1, time: at(last), quality: 'good', state }],
  });
  const pipeline = { name: 'p', title: '', version: '', model: null, outputs: [], decisions: [],
    lateness: '2s', streams: ['oil'] };
  const since = (state: 'ok' | 'stale', change = {}) =>
    waitingSince(detail(state, 100), { ...pipeline, ...change }, at(98), ms(110));
  assert.equal(since('stale'), ms(98));
  assert.equal(since('ok'), null, 'more may come');
  assert.equal(since('stale', { lateness: '0s' }), null);
  assert.equal(since('stale', { streams: ['force'] }), null);
  assert.equal(waitingSince(detail('stale', 100), pipeline, at(100), ms(110)), null);
});

test('a model of a hub is called as there, another by its file', () => {
  const digest = `sha256:${'688f0f154ec7'.repeat(5)}0000`;
  assert.equal(modelText('rul', { file: `../artifacts/${digest.slice(7)}`, digest }),
    'rul:688f0f154ec7');
  assert.equal(modelText('rul', { file: 'models/rul.onnx', digest }),
    'models/rul.onnx 688f0f154ec7');
  assert.equal(modelText('rul', {}), '');
});
