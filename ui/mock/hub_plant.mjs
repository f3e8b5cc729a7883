// A company that never was, with two plants: what the mock hub has registered.

import { createHash } from 'node:crypto';

import { kRoles } from './hub_tables.mjs';

export const digestOf = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
const two = (n) => String(n).padStart(2, '0');
const three = (n) => String(n).padStart(3, '0');

const kSites = [
  ['acme', { title: 'Acme Works', level: 'enterprise', residency: 'eu' }],
  ['berlin', { title: 'Berlin plant', level: 'site', parent: 'acme', zone: 'Europe/Berlin' }],
  ['berlin-hall-2', { title: 'Hall 2, presses', level: 'area', parent: 'berlin' }],
  ['berlin-line-a', { title: 'Line A', level: 'line', parent: 'berlin-hall-2' }],
  ['lyon', { title: 'Lyon test stands', level: 'site', parent: 'acme', zone: 'Europe/Paris' }],
];

export const kPeople = [
  ['anna', 'Anna Berg', [{ role: 'admin' }], ['vibration analysis II', 'model review']],
  ['jonas', 'Jonas Lindqvist', [{ role: 'ot-engineer', site: 'berlin' }], ['model review']],
  ['mira', 'Mira Okafor', [{ role: 'data-scientist' }], ['model review']],
  ['sofia', 'Sofia Marchetti', [{ role: 'auditor' }], []],
  ['paul', 'Paul Renaud', [{ role: 'viewer', site: 'lyon' }], []],
  ['tomas', 'Tomás Ferreira', [{ role: 'operator', site: 'berlin-line-a' }], ['press set-up']],
];

const kSensors = [
  ['s2', 'degR', 'total temperature at LPC outlet'],
  ['s3', 'degR', 'total temperature at HPC outlet'],
  ['s4', 'degR', 'total temperature at LPT outlet'], ['s7', 'psia', 'total pressure at HPC outlet'],
  ['s8', 'rpm', 'physical fan speed'], ['s9', 'rpm', 'physical core speed'],
  ['s11', 'psia', 'static pressure at HPC outlet'], ['s15', '', 'bypass ratio'],
];

function machines() {
  const out = [];
  for (let i = 1; i <= 12; i += 1) {
    const press = `press-${two(i)}`;
    out.push(['Asset', press, {
      title: `Forging press ${i}`, site: i <= 6 ? 'berlin-line-a' : 'berlin-hall-2', type: 'press',
      manufacturer: 'Schuler', model: 'MSP 400', criticality: i === 7 ? 'high' : 'medium',
    }]);
    out.push(['Device', `plc-${press}`, {
      title: `PLC of press ${i}`, site: 'berlin-hall-2', asset: press, type: 's7-1500',
      owner: 'jonas', firmware: i % 4 === 0 ? '2.9.4' : '3.1.2', status: 'active',
      connection: 'plant-mqtt',
    }]);
    for (const [name, unit, text] of [['temperature', 'degC', 'oil temperature'],
      ['load', 'kN', 'ram load'], ['cycles', 'cycles', 'strokes since the last service']]) {
      out.push(['Stream', `${press}/${name}`, {
        asset: press, device: `plc-${press}`, connection: 'plant-mqtt', contract: 'presses', unit,
        type: 'number', description: text, owner: 'jonas', status: 'active',
      }]);
    }
  }
  for (let i = 1; i <= 40; i += 1) {
    const engine = `engine-${three(i)}`;
    out.push(['Asset', engine, {
      title: `Test engine ${i}`, site: 'lyon', type: 'engine', criticality: 'high',
    }]);
    for (const [name, unit, text] of kSensors) {
      out.push(['Stream', `${engine}/${name}`, {
        asset: engine, device: 'daq-lyon', connection: 'stand-mqtt', contract: 'engines',
        ...(unit ? { unit } : {}), type: 'number', description: text, owner: 'mira',
        status: 'active',
      }]);
    }
  }
  return out;
}

const kEngineStreams = kSensors.map(([name]) => name);

const pipeline = (title, assets, streams, version, site, threshold) => ({
  title, assets, streams,
  windows: [{ name: 'w30', count: 30 }, { name: 'init', first: 20 }], every: { count: 1 },
  features: [{ window: 'w30', kinds: ['mean', 'sd', 'slope', 'q90'] }],
  model: { version },
  decisions: [
    { name: 'maintenance-due', when: 'below', threshold, clear: threshold + 10, k: 3, n: 5,
      severity: 'warning', message: '{asset}: about {value} cycles left' },
    { name: 'stop-now', when: 'below', threshold: threshold / 2, severity: 'critical' },
  ],
  site,
});

const version = (model, number, author, datasets) => ['ModelVersion', `${model}-${number}`, {
  model, digest: digestOf(`${model} ${number}`), signer: 'lineside-training',
  envelope: digestOf(`envelope ${model} ${number}`), author, report: digestOf(`report ${number}`),
  inputs: ['s2.w30.mean', 's3.w30.mean', 's4.w30.slope', 's11.w30.q90'], outputs: ['rul'],
  trained_on: datasets, revision: `4be1c09d77a${number}`, seed: 1,
}];

function data() {
  return [
    ['DeviceType', 's7-1500', { title: 'SIMATIC S7-1500', manufacturer: 'Siemens',
      model: 'CPU 1515-2 PN', protocol: 'opcua', firmware_latest: '3.1.2',
      support_until: '2034-10-01' }],
    ['DeviceType', 'edge-box', { title: 'Edge box', manufacturer: 'Advantech', model: 'UNO-148',
      protocol: 'mqtt', support_until: '2031-12-31' }],
    ['Connection', 'plant-mqtt', { protocol: 'mqtt', address: 'broker.berlin.acme.example:8883',
      qos: 1, mappings: [{ topic: 'plant/{asset}/telemetry', format: 'json',
        time: { path: '$.ts', format: 'iso8601', zone: 'UTC' }, sequence: '$.n',
        streams: ['temperature', 'load', 'speed'].map((stream) => ({ stream, path: `$.${stream}`,
          type: 'number', unit: 'degC', title: `Main ${stream} of the press`,
          optional: true, scale: 1 })) },
      { topic: 'plant/{asset}/state', format: 'json',
        streams: [{ stream: 'state', path: '$.state', type: 'text' }] }], site: 'berlin' }],
    ['Connection', 'stand-mqtt', { protocol: 'mqtt', address: 'broker.lyon.acme.example:8883',
      qos: 1, mappings: [{ topic: 'stand/{asset}/cycle' }], site: 'lyon' }],
    ['Contract', 'presses', { assets: 'press-*', owner: 'maintenance', classification: 'internal',
      retention: '90d', residency: 'on-premises', site: 'berlin', streams: [
        { stream: 'temperature', unit: 'degC', min: -20, max: 140, interval: '10s' },
        { stream: 'load', unit: 'kN', min: 0, max: 4200, stale_after: '1m' }, { stream: '*' }] }],
    ['Contract', 'engines', { assets: 'engine-*', owner: 'engine shop',
      classification: 'confidential', retention: '730d', site: 'lyon',
      streams: [{ stream: '*' }] }],
    ['Device', 'daq-lyon', { title: 'Data acquisition rack', site: 'lyon', owner: 'mira',
      serial: 'DQ-40113', status: 'active', connection: 'stand-mqtt' }],
    ['Dataset', 'fd001-train', { title: 'Run to failure, 100 engines', site: 'lyon',
      streams: ['engine-001/s2', 'engine-001/s3', 'engine-001/s4', 'engine-001/s11'],
      from: '2024-01-08T00:00:00Z', to: '2024-11-30T00:00:00Z', digest: digestOf('fd001'),
      rows: 20631, location: 's3://acme-data/fd001.parquet' }],
    ['Dataset', 'press-2024', { title: 'Presses, a year', site: 'berlin',
      streams: ['press-01/temperature', 'press-02/temperature'], rows: 3153600,
      digest: digestOf('press-2024'), location: 'nas:/history/press-2024' }],
    ['Model', 'compressor-rul', { title: 'Remaining useful life of compressors',
      task: 'remaining life', owner: 'mira', site: 'lyon',
      description: 'Cycles left before the next shop visit. Not for engines under 20 cycles.' }],
    ['Model', 'press-anomaly', { title: 'Temperature course of presses', task: 'anomaly',
      owner: 'mira', site: 'berlin' }],
    version('compressor-rul', 6, 'mira', ['fd001-train']),
    version('compressor-rul', 7, 'mira', ['fd001-train']),
    version('compressor-rul', 8, 'mira', ['fd001-train']),
    version('press-anomaly', 2, 'mira', ['press-2024']),
    version('press-anomaly', 3, 'anna', ['press-2024']),
    ['Pipeline', 'engine-rul', pipeline('Remaining useful life', 'engine-*', kEngineStreams,
      'compressor-rul-7', 'lyon', 30)],
    ['Pipeline', 'press-anomaly', pipeline('Temperature anomaly', 'press-*', ['temperature'],
      'press-anomaly-2', 'berlin', 1)],
    ['Pipeline', 'press-features', { title: 'Hourly features of presses, for the historian',
      assets: 'press-*', streams: ['temperature', 'load'], windows: [{ name: 'h1',
        duration: '1h' }], every: { duration: '1h' }, features: [{ window: 'h1',
        kinds: ['mean', 'sd'] }], site: 'berlin' }],
  ];
}

// As an edge says it: with the place on its own disk.
const kDisk = '/var/lib/lineside/edge/follow';
export const kRefused = `${kDisk}/config-41/pipelines.press-anomaly.yaml:14:3: `
  + `pipeline press-anomaly: spec.features: ${kDisk}/artifacts/`
  + `${digestOf('press-anomaly 2').slice(7)}: the model asks for 4 features, found 5`;

// name, site, state, why, desired, reported, seen ms ago, days of the certificate left
export const kEdges = [
  ['edge-berlin-1', 'berlin', 'in_sync', '', 41, 41, 4_000, 71],
  ['edge-berlin-2', 'berlin', 'applying', 'downloads press_pca.onnx, 61 %', 41, 40, 2_000, 64],
  ['edge-berlin-3', 'berlin-hall-2', 'failed',
    `keeps version 39: ${kRefused}`, 41, 39, 9_000, 80],
  ['edge-lyon-1', 'lyon', 'in_sync', '', 17, 17, 6_000, 9],
  ['edge-lyon-2', 'lyon', 'behind', 'has not asked since v17 was made', 17, 16, 340_000, 55],
  ['edge-lyon-3', 'lyon', 'silent', 'not seen for 3 d: no answer since its line lost power', 17, 15,
    262_000_000, 41],
  ['edge-lyon-4', 'lyon', 'in_sync', '', 17, 17, 11_000, 77],
  ['edge-spare', 'berlin', 'never', 'enrolled, and has not reported yet', 41, 0, Infinity, 89],
];

const kUnclaimed = [
  ['Device', 'opc-10.4.0.31', { site: 'berlin-hall-2', connection: 'plant-mqtt',
    serial: '6ES7 515-2FM02', status: 'unclaimed' }],
  ['Device', 'gw-0c4f', { title: 'answers as “gateway”', site: 'lyon', connection: 'stand-mqtt',
    status: 'unclaimed' }],
  ['Stream', 'press-07/vibration', { asset: 'press-07', connection: 'plant-mqtt', type: 'number',
    status: 'unclaimed' }],
  ['Stream', 'press-07/oil_level', { asset: 'press-07', connection: 'plant-mqtt', type: 'number',
    status: 'unclaimed' }],
];

export const roleObjects = () => Object.entries(kRoles).map(([name, [title, permissions]]) =>
  ['Role', name, { title, permissions }]);

export const personObject = ([name, title, roles, skills]) => ['Person', name, {
  title, email: `${name}@acme.example`, active: true, roles, ...(skills.length ? { skills } : {}),
}];

// Everything, as it was taken over.
export function fill(catalog, now) {
  const day = 86_400_000;
  let time = now - 38 * day;
  const put = ([kind, name, spec], author, note = '') =>
    catalog.put({ kind, name, spec }, author, note, time);
  roleObjects().forEach((each) => put(each, ''));
  kSites.forEach(([name, spec]) => put(['Site', name, spec], 'anna', 'the plants'));
  kPeople.forEach((each) => put(personObject(each), 'anna'));
  time += day;
  [...data().slice(0, 6), ...machines(), ...data().slice(6)].forEach((each) =>
    put(each, 'jonas', 'taken over from the asset list'));
  kEdges.forEach(([name, site]) => put(['Device', name, {
    title: `Edge ${name.slice(5)}`, site, type: 'edge-box', owner: 'jonas', status: 'active',
    edge: true,
  }], 'jonas'));
}

// What happened since: [days ago, what]...
export function happenings(catalog, now) {
  const day = 86_400_000;
  const put = (daysAgo, list, author, note = '') => [daysAgo, () => list.forEach(
    ([kind, name, spec]) => catalog.put({ kind, name, spec }, author, note, now - daysAgo * day))];
  const edit = (kind, name, change, author, note, daysAgo) => [daysAgo, () => {
    const spec = { ...catalog.specOf(catalog.find(kind, name)), ...change };
    catalog.put({ kind, name, spec }, author, note, now - daysAgo * day);
  }];
  return [
    edit('Asset', 'press-07', { criticality: 'high', serial: 'MSP-40-0717' }, 'jonas',
      'on the bottleneck line now', 20),
    edit('Device', 'plc-press-07', { firmware: '2.9.4' }, 'jonas', '', 14),
    edit('Device', 'plc-press-07', { firmware: '3.0.1' }, 'jonas', 'as the maker advises', 9),
    edit('Contract', 'presses', { retention: '180d' }, 'anna', 'after the audit', 6),
    edit('Device', 'plc-press-07', { firmware: '3.1.2', serial: '6ES7 515-2AM02' }, 'anna', '', 2),
    put(0.4, [
      ['Token', 'ci', { title: 'applies manifests from the repository', role: 'ot-engineer',
        site: 'berlin', expires: new Date(now + 80 * day).toISOString() }],
      ['Token', 'dashboard', { title: 'wall display in hall 2', role: 'viewer', site: 'berlin',
        expires: new Date(now + 5 * day).toISOString() }],
      ['Token', 'old-import', { person: 'jonas',
        expires: new Date(now - 3 * day).toISOString() }],
    ], 'anna'),
    put(0.02, kUnclaimed, '', 'appeared on its connection'),
    edit('Pipeline', 'engine-rul', { title: 'Remaining useful life of engines' }, 'mira', '',
      0.008),
  ];
}
