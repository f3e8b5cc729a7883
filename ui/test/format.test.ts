import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  ago, axisNumbers, axisTimes, bytes, clock, compact, dateTime, duration, featureText, nearTime,
  number, parseTime, setting, shortDigest, signed, timeLeft, unitText, withUnit, words,
} from '../src/format';

// Narrow spaces as plain ones, to be read easily here.
const plain = (text: string) => text.replaceAll('\u202f', ' ');

test('measured values keep their significant digits', () => {
  const cases: [number | null, number, string][] = [
    [642.153, 5, '642.15'], [9046.19, 5, '9,046.2'], [21.4, 3, '21.4'], [0.021, 3, '0.0210'],
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
  assert.equal(setting(2000), '2,000');
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

test('time that is left is rounded up', () => {
  const day = 86_400_000;
  const cases: [number, string][] = [
    [90 * day - 1500, '90 d'], [90 * day, '90 d'], [89 * day, '89 d'], [day - 1, '23 h'],
    [2 * day - 60_000, '2 d'], [5_400_000, '1 h 30 min'],
  ];
  for (const [ms, text] of cases) assert.equal(plain(timeLeft(ms)), text);
});

const axis = (marks: number[], step: number, now: number) =>
  axisTimes(marks, step, true, now).map((text) => text.replace('\n', ' / '));

test('axes write what their step needs, and the day where it is not today', () => {
  const hour = 3_600_000;
  const ms = Date.UTC(2014, 1, 8, 21);
  assert.deepEqual(axis([ms, ms + 10_000], 10_000, ms), ['21:00:00', '21:00:10']);
  assert.deepEqual(axis([ms, ms + hour], hour, ms), ['21:00', '22:00']);
  const night = [0, 1, 2, 3, 4].map((n) => ms + n * hour);
  assert.deepEqual(axis(night, hour, ms + 24 * hour),
    ['21:00 / 8 Feb', '22:00', '23:00', '00:00 / 9 Feb', '01:00']);
  assert.deepEqual(axis(night.slice(1, 3), hour, Date.UTC(2026, 1, 8)),
    ['22:00 / 8 Feb 2014', '23:00']);
});

test('the same day of another year is not today', () => {
  const ms = Date.UTC(2014, 1, 8, 9);
  assert.deepEqual(axis([ms], 60_000, Date.UTC(2026, 1, 8)), ['09:00 / 8 Feb 2014']);
});

test('axes of days and months write the year where it is new', () => {
  const day = 86_400_000;
  const ms = Date.UTC(2013, 11, 31);
  assert.deepEqual(axis([ms, ms + day, ms + 2 * day], day, ms),
    ['31 Dec', '1 Jan / 2014', '2 Jan']);
  assert.deepEqual(axis([ms + day], day, ms + day), ['1 Jan']);
  assert.deepEqual(axis([Date.UTC(2014, 1, 1)], 28 * day, 0), ['Feb 2014']);
});

test('feature names are said in words', () => {
  const cases: [string, string][] = [
    ['s4.life.slope', 'slope of s4 over window life'],
    ['s2.w30.q90', '90 % quantile of s2 over window w30'],
    ['s2.w30-init.mean', 'mean of s2 over window w30, minus that of window init'],
    ['oil_temp.w1h.sd', 'standard deviation of oil temp over window w1h'],
    ['s4.w10.lag3', 'value of s4 3 back in window w10'],
    ['s2.life.count', 'number of readings of s2 in window life'],
    ['a.b.w5.ewma20', 'smoothed mean (span 20) of a.b over window w5'],
    ['bearing.temp', 'bearing.temp'],
    ['x.y.unheard', 'x.y.unheard'],
  ];
  for (const [name, text] of cases) assert.equal(featureText(name), text);
  const titles = { s11: 'HPC outlet static pressure', 'a.b': 'Ambient' };
  const titled: [string, string][] = [
    ['s11.recent.mean', 'HPC outlet static pressure, mean over window recent'],
    ['s11.w30-init.mean',
      'HPC outlet static pressure, mean over window w30, minus that of window init'],
    ['s11.life.count', 'HPC outlet static pressure, number of readings in window life'],
    ['s11.w10.lag3', 'HPC outlet static pressure, value 3 back in window w10'],
    ['a.b.w5.max', 'Ambient, maximum over window w5'],
    ['s1.recent.mean', 'mean of s1 over window recent'],
    ['s11.x.unheard', 's11.x.unheard'],
  ];
  for (const [name, text] of titled) assert.equal(featureText(name, titles), text);
});

test('units are written as people write them, and none leaves no blank', () => {
  const cases: [string, string][] = [
    ['degR', '°R'], ['degC', '°C'], ['[degF]', '°F'], ['Cel', '°C'], ['degC/min', '°C/min'],
    ['cycles', 'cycles'], ['deg', 'deg'], ['', ''],
  ];
  for (const [unit, text] of cases) assert.equal(unitText(unit), text);
  assert.equal(withUnit('1', ''), '1');
  assert.equal(withUnit('84.9', 'degC'), '84.9 °C');
});

test('codes and digests are made readable', () => {
  assert.equal(words('out_of_range'), 'Out of range');
  assert.equal(words('not_json'), 'Not JSON');
  assert.equal(words('qos'), 'QoS');
  assert.equal(words('invalid_utf8'), 'Invalid UTF-8');
  assert.equal(shortDigest('sha256:0123456789abcdef0123'), '0123456789ab');
  assert.equal(shortDigest('v7'), 'v7');
});

test('an axis says nothing twice', () => {
  assert.deepEqual(axisNumbers([1], 1e-5), ['1']);
  assert.deepEqual(axisNumbers([-1500, 0, 1500], 1500), ['\u22121,500', '0', '1,500']);
  assert.deepEqual(axisNumbers([642.5, 642.6], 0.1), ['642.5', '642.6']);
  assert.deepEqual(axisNumbers([1234567.1, 1234567.2, 1234567.3], 0.1).slice(1), ['', '']);
});

test('a unit of frames is written without its braces', () => {
  assert.equal(unitText('Cel/{frame}'), '°C/frame');
});
