import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ago, axisTime, bytes, clock, compact, dateTime, duration, featureText, nearTime, number,
  parseTime, setting, shortDigest, signed, words,
} from '../src/format';

// Narrow spaces as plain ones, to be read easily here.
const plain = (text: string) => text.replaceAll('\u202f', ' ');

test('measured values keep their significant digits', () => {
  const cases: [number | null, number, string][] = [
    [642.153, 5, '642.15'], [9046.19, 5, '9046.2'], [21.4, 3, '21.4'], [0.021, 3, '0.0210'],
    [9.9996, 3, '10.0'],
    [-3.5, 3, '\u22123.50'], [0, 4, '0'], [null, 4, '–'], [NaN, 4, '–'], [Infinity, 4, '–'],
    [12_345.6, 4, '12,346'], [2.5e9, 4, '2.50e+9'], [3e-7, 4, '3.00e\u22127'],
  ];
  for (const [value, digits, text] of cases) assert.equal(number(value, digits), text);
});

test('chosen values are as short as they can be', () => {
  assert.equal(setting(30), '30');
  assert.equal(setting(0.8), '0.8');
  assert.equal(setting(100), '100');
  assert.equal(setting(null), '–');
});

test('effects carry their sign', () => {
  assert.equal(signed(2.4), '+2.40');
  assert.equal(signed(-17.8), '\u221217.8');
  assert.equal(signed(0), '0');
});

test('counts and sizes are short', () => {
  assert.equal(plain(compact(9_412)), '9,412');
  assert.equal(plain(compact(12_400)), '12.4 k');
  assert.equal(plain(compact(3_070_000)), '3.07 M');
  assert.equal(plain(bytes(412_000_000)), '412 MB');
  assert.equal(plain(bytes(999)), '999 B');
});

test('times with nanoseconds are read, local and UTC differ by the zone', () => {
  const ms = parseTime('2014-02-08T09:15:00.123456789Z');
  assert.equal(ms, Date.UTC(2014, 1, 8, 9, 15, 0, 123));
  assert.equal(dateTime(ms, true), '8 Feb 2014 09:15:00');
  assert.equal(clock(ms, false), '04:15:00');
  assert.ok(Number.isNaN(parseTime('')));
  assert.equal(clock(NaN, true), '–');
});

test('a day that is known is not repeated', () => {
  const ms = Date.UTC(2014, 1, 8, 9, 15, 30);
  assert.equal(nearTime(ms, ms + 3_600_000, true), '09:15:30');
  assert.equal(nearTime(ms, ms + 86_400_000, true), '8 Feb 09:15');
});

test('lengths of time name one unit, or two where that tells more', () => {
  const cases: [number, string][] = [
    [400, '400 ms'], [12_000, '12 s'], [100_000, '1 min 40 s'], [4_800_000, '1 h 20 min'],
    [45 * 60_000, '45 min'], [86_400_000, '1 d'],
  ];
  for (const [ms, text] of cases) assert.equal(plain(duration(ms)), text);
  assert.equal(ago(400), 'now');
  assert.equal(plain(ago(125_000)), '2 min ago');
  assert.equal(plain(ago(50 * 86_400_000)), '50 d ago');
  assert.equal(ago(NaN), 'never');
});

test('axes write what their step needs', () => {
  const ms = Date.UTC(2014, 1, 8, 9, 15, 30);
  assert.equal(axisTime(ms, 10_000, true), '09:15:30');
  assert.equal(axisTime(ms, 60_000, true), '09:15');
  assert.equal(axisTime(ms, 86_400_000, true), '8 Feb');
  assert.equal(axisTime(Date.UTC(2014, 1, 8), 3_600_000, true), '8 Feb');
});

test('feature names are said in words', () => {
  const cases: [string, string][] = [
    ['s2.w30.mean', 's2 · mean of last 30'],
    ['s2.w30.q90', 's2 · 90 % quantile of last 30'],
    ['s2.w30-init.mean', 's2 · mean of last 30, minus first readings'],
    ['oil_temp.w1h.sd', 'oil temp · standard deviation of last 1 h'],
    ['s4.w10.lag3', 's4 · value 3 back of last 10'],
    ['s4.all.max', 's4 · maximum of all readings'],
    ['a.b.w5.slope', 'a.b · slope of last 5'],
    ['bearing.temp', 'bearing.temp'],
    ['x.y.unheard', 'x.y.unheard'],
  ];
  for (const [name, text] of cases) assert.equal(featureText(name), text);
});

test('codes and digests are made readable', () => {
  assert.equal(words('out_of_range'), 'Out of range');
  assert.equal(words('not_json'), 'Not JSON');
  assert.equal(words('qos'), 'QoS');
  assert.equal(words('invalid_utf8'), 'Invalid UTF-8');
  assert.equal(shortDigest('sha256:0123456789abcdef0123'), '0123456789ab');
  assert.equal(shortDigest('v7'), 'v7');
});
