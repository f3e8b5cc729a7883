import assert from 'node:assert/strict';
import { test } from 'node:test';

import { foldsOf, kColumn } from '../src/hub/bundles';
import { draw, kBox, keyOf, neighbour, scaleFor, shortened } from '../src/hub/layers';
import { queryText, tryRestore, walkGraph } from '../src/hub/api';
import {
  elsewhere, faultsByPath, nameTaken, nearName, refusalText, withTimes,
} from '../src/hub/faults';
import type { Graph, GraphNode } from '../src/hub/api';
import { isUnrated, wordsOf } from '../src/hub/kinds';
import { hubHref, objectHref, parseHubRoute } from '../src/hub/route';
import { floodText, isFlood, withFloods } from '../src/hub/floods';
import type { Told } from '../src/hub/floods';
import { fullAt, readReport } from '../src/hub/report';
import { absentText, filtersOf, tablesOf } from '../src/hub/tables';
import { desiredOf, sameDigest } from '../src/hub/twins';
import {
  adviceOf, enrolledAs, isFixed, isReferred, namersOf, runnersText,
} from '../src/hub/deletion';
import { refusalsOf, runnersOf } from '../src/hub/runners';
import { onlyPlace, placesOf } from '../src/hub/where';
import { toYaml } from '../src/hub/yaml';
import { planOf } from '../src/hub/plan';
import { some } from '../src/format';
import { ApiError } from '../src/http';
import { isLikelyHub } from '../src/which';
import { openApi } from '../mock/hub_tables.mjs';
import { parseYaml } from '../mock/hub_yaml.mjs';

test('addresses carry names with slashes, and filters', () => {
  const href = objectHref('Stream', 'press-7/oil level', { tab: 'graph' });
  assert.equal(href, '#/registry/streams/press-7%2Foil%20level?tab=graph');
  const route = parseHubRoute(href);
  assert.deepEqual(route.path, ['streams', 'press-7/oil level']);
  assert.equal(route.query.get('tab'), 'graph');
  assert.equal(parseHubRoute('#/setup?token=a%2Bb').query.get('token'), 'a+b');
  assert.equal(parseHubRoute('#/nowhere/else').page, 'unknown');
  assert.equal(parseHubRoute('').page, 'overview');
  assert.equal(hubHref('edges', [], { state: '', join: 1 }), '#/edges?join=1');
});

test('what an edge discovers at once is told at once', () => {
  const tell = (name: string): Told => {
    const [kind = '', author = ''] = name.split(' ');
    return { kind, name, author, isNew: !name.endsWith('!') };
  };
  const shown = (names: string[]) => withFloods(names, tell).map((item) =>
    (isFlood(item) ? `${item.edge}: ${floodText(item.items.map(tell))}` : item));
  const four = Array.from({ length: 4 }, () => 'Stream Edge/a');
  assert.deepEqual(shown([...four, 'Asset Edge/a', 'Site anna', ...four.slice(1)]),
    ['a: 4 streams and 1 asset', 'Site anna', ...four.slice(1)]);
  assert.deepEqual(shown([...four, ...four.map((name) => name.replace('/a', '/b'))]),
    ['a: 4 streams', 'b: 4 streams']);
  const inTurns = four.flatMap((name) => [name, name.replace('/a', '/b')]);
  assert.deepEqual(shown(inTurns), ['a: 4 streams', 'b: 4 streams']);
  assert.deepEqual(
    shown(Array.from({ length: 1400 }, () => 'Stream Edge/a')), ['a: 1,400 streams']);
  assert.deepEqual(shown(Array.from({ length: 5 }, () => 'Stream Edge/a !')).length, 5);
  assert.deepEqual(shown(Array.from({ length: 5 }, () => 'Site anna')).length, 5);
});

test('a hub is not asked for what it refuses to strangers', () => {
  const at = (hash: string, protocol = 'http:') => ({ hash, protocol });
  assert.equal(isLikelyHub(at('#/setup?token=a'), null), true);
  assert.equal(isLikelyHub(at('#/welcome?token=a'), 'edge'), true);
  assert.equal(isLikelyHub(at('', 'https:'), null), true);
  assert.equal(isLikelyHub(at('#/assets', 'https:'), 'edge'), false);
  assert.equal(isLikelyHub(at('#/assets'), 'hub'), true);
  assert.equal(isLikelyHub(at('#/setups'), null), false);
});

test('a walk that comes in pages is put together, and says where it was cut', async () => {
  const real = globalThis.fetch;
  const asked: string[] = [];
  globalThis.fetch = (async (url: string) => {
    asked.push(new URL(url, 'http://hub').search);
    const at = Number(new URL(url, 'http://hub').searchParams.get('cursor') ?? 0);
    const limit = Number(new URL(url, 'http://hub').searchParams.get('limit'));
    const nodes = Array.from({ length: Math.min(limit, 1400 - at) }, (_, i) =>
      ({ kind: 'Stream', name: `a/s${at + i}`, site: '', depth: 1, title: '' }));
    const end = at + nodes.length;
    return Response.json({ nodes, edges: [], next: end < 1400 ? String(end) : null });
  }) as typeof fetch;
  const whole = await walkGraph('Pipeline', 'p', { direction: 'down' }, 3000);
  assert.deepEqual([whole.nodes.length, whole.next, asked.length], [1400, null, 2]);
  const part = await walkGraph('Pipeline', 'p', { direction: 'down' }, 1100);
  assert.deepEqual([part.nodes.length, part.next], [1100, '1100']);
  globalThis.fetch = real;
  const centre: GraphNode = { kind: 'Pipeline', name: 'p', site: '', depth: 0, title: '' };
  const none: Graph = { nodes: [], edges: [], next: null };
  const bundle = (graph: Graph) =>
    draw(centre, graph, none, new Set()).boxes.find((box) => box.name === '')!;
  assert.deepEqual([bundle(whole).count, bundle(whole).isCut], [1400, false]);
  assert.deepEqual([bundle(part).count, bundle(part).isCut], [1100, true]);
});

test('what comes back is tried first, and a hub that warns of nothing is believed', async () => {
  const real = globalThis.fetch;
  const asked: string[] = [];
  const spec = { streams: ['oik'] };
  let meta: Record<string, unknown> = { revision: 3, warnings: ['pipeline p reads oik'] };
  globalThis.fetch = (async (url: string, init: RequestInit = {}) => {
    asked.push(`${init.method ?? 'GET'} ${url} ${(init.body as string | null) ?? ''}`);
    return Response.json({ kind: 'Pipeline', name: 'p', spec, meta });
  }) as typeof fetch;
  const told = await tryRestore('Pipeline', 'p', 2);
  meta = { revision: 3 };
  const nothing = await tryRestore('Pipeline', 'p', 2);
  globalThis.fetch = real;
  assert.deepEqual([told, nothing], [['pipeline p reads oik'], []]);
  assert.deepEqual(asked.slice(0, 2), ['GET /api/v1/pipelines/p?revision=2 ',
    `PUT /api/v1/pipelines/p?dry_run=true ${JSON.stringify({ spec })}`]);
});

test('what is applied is tried first, and what the hub warns of is kept', async () => {
  const real = globalThis.fetch;
  const asked: string[] = [];
  const warnings = ["pipeline p reads 'oik', which no connection maps"];
  const item = { kind: 'Pipeline', name: 'p', change: 'created' };
  globalThis.fetch = (async (url: string, init: RequestInit) => {
    asked.push(`${url} ${init.body as string}`);
    return Response.json(url.includes('/apply')
      ? { items: [{ ...item, revision: 1 }], dry_run: true, warnings }
      : { items: [{ ...item, differences: [] }] });
  }) as typeof fetch;
  const plan = await planOf({ text: 'kind: Pipeline', type: 'application/yaml' });
  globalThis.fetch = real;
  assert.deepEqual(plan, { items: [{ ...item, differences: [] }], warnings });
  assert.deepEqual(asked,
    ['/api/v1/apply?dry_run=true kind: Pipeline', '/api/v1/diff kind: Pipeline']);
});

test('what only an edge has found is not rated', () => {
  const asset = (criticality: string, author: string) =>
    ({ kind: 'Asset', spec: { criticality }, meta: { author } });
  assert.equal(isUnrated(asset('low', 'Edge/berlin-1')), true);
  assert.equal(isUnrated(asset('low', 'anna')), false);
  assert.equal(isUnrated(asset('high', 'Edge/berlin-1')), false);
});

test('a report is read as far as it is one', () => {
  assert.equal(readReport('a text'), null);
  assert.equal(readReport({ validation: [] }), null);
  const report = readReport({
    method: 'pca', seed: 1, model: { sha256: 'ab' }, features: ['x', { name: 'a.w.mean' }],
    validation: { folds: [{ rows: 4, beyond_limits: 1 }, 7], rows: 4, beyond_limits: 1 },
    data: { files: [{ name: 'f.csv', bytes: 'many' }], rows: 9 }, outputs: [{ name: 'score' }],
  })!;
  assert.deepEqual(report.columns, ['beyond_share', 'beyond_limits', 'rows']);
  assert.deepEqual(report.folds.map((fold) => [fold.name, fold.values.beyond_share]),
    [['1', 0.25], ['all', 0.25]]);
  assert.deepEqual(report.files, [{ name: 'f.csv', bytes: null, sha256: '' }]);
  assert.deepEqual(report.features, [{ name: 'a.w.mean', reference: null }]);
  assert.equal(report.parameters, null);
});

test('empty filters are no filters', () => {
  assert.equal(queryText({ a: '', b: null, c: undefined, d: 0, e: false }), '?d=0&e=false');
  assert.equal(queryText({}), '');
});

test('kinds are written as people write them', () => {
  assert.equal(wordsOf('ModelVersion').one, 'Model version');
  assert.equal(wordsOf('Squad').many, 'Squad');
  assert.equal(some(1, 'entry', 'entries'), '1 entry');
  assert.equal(some(1200, 'edge'), '1,200 edges');
});

test('what is written as YAML reads back as the same', () => {
  const values = [
    { a: 1, b: -2.5, c: true, d: null, e: 'text', f: '', g: 'yes', h: '1.0', i: '- x', j: '#1' },
    { list: [1, 'two', '3'], empty: [], none: {}, deep: { er: { still: ['a: b', 'c # d'] } } },
    { rows: [{ stream: '*', min: 0 }, { stream: 'oil/level', window: ['1h', '30s'] }] },
    { plain: 'Forging press 12, rebuilt (a, b)' },
    { quoted: 'a "word", and \\ more', line: 'one\ntwo', '10s': 'key that is no word' },
    { long: Array.from({ length: 30 }, (_, i) => `stream-${i}`) },
  ];
  for (const value of values) {
    assert.deepEqual(parseYaml(toYaml(value)).map((each) => each.value), [value], toYaml(value));
  }
});

test('field tables come out of the API\'s description', () => {
  const tables = tablesOf(openApi() as Record<string, unknown>);
  assert.equal(tables.size, 14);
  const device = tables.get('Device')!;
  assert.deepEqual(device.find((row) => row.name === 'asset'), {
    name: 'asset', doc: 'machine it belongs to', type: 'text', isList: false, choices: [],
    refers: 'Asset', isFilter: true, isRequired: false, unit: '', fields: [],
  });
  assert.deepEqual(filtersOf(tables.get('Pipeline')!).map((row) => row.name),
    ['model.version', 'site', 'edge']);
});

const node = (kind: string, name: string, depth: number) =>
  ({ kind, name, depth, site: '', title: '' }) as GraphNode;
const edge = (from: GraphNode, to: GraphNode, field: string) => ({ from, to, field });

test('in the picture every wire leads from left to right', () => {
  const centre = node('Device', 'plc', 0);
  const [hall, plant] = [node('Site', 'hall', 1), node('Site', 'plant', 2)];
  const press = node('Asset', 'press', 1);
  const down: Graph = {
    nodes: [centre, hall, press, plant], next: null,
    edges: [edge(centre, hall, 'site'), edge(centre, press, 'asset'), edge(press, hall, 'site'),
      edge(hall, plant, 'parent')],
  };
  const streams = Array.from({ length: 9 }, (_, i) => node('Stream', `press/s${i}`, 1));
  const up: Graph = {
    nodes: [centre, ...streams], next: null,
    edges: streams.map((stream) => edge(stream, centre, 'device')),
  };
  const picture = draw(centre, down, up, new Set());
  const boxes = new Map(picture.boxes.map((box) => [box.key, box]));
  for (const { from, to } of picture.wires) {
    assert.ok(boxes.get(from)!.x < boxes.get(to)!.x, `${from} to ${to}`);
  }
  assert.deepEqual(picture.layers, [-3, -2, -1, 0, 1]);
  assert.equal(boxes.get('1 Stream')!.count, 9);
  assert.equal(draw(centre, down, up, new Set(['1 Stream'])).boxes.length, 13);
  assert.equal(picture.width, 1300);
  assert.equal(draw(centre, down, up, new Set(), 1218).width, 1216);
  const narrow = draw(centre, down, up, new Set(), 600);
  assert.equal(narrow.width, 1156, 'wires keep some way');
  assert.equal(scaleFor(narrow.width, 600), 0.8, 'letters stay readable');
  assert.equal(scaleFor(1000, 900), 0.9);
  assert.equal(scaleFor(400, 900), 1);
});

// An edge with so many objects of several kinds one step up.
function edgeWith(count: number) {
  const kinds = ['Stream', 'Connection', 'Pipeline', 'Contract', 'Dataset'];
  const centre = node('Device', 'edge', 0);
  const nodes = Array.from({ length: count }, (_, i) =>
    node(kinds[i % kinds.length]!, `n${i}`, 1));
  const up: Graph = {
    nodes: [centre, ...nodes], edges: nodes.map((each) => edge(each, centre, 'site')), next: null,
  };
  return { centre, up, none: { nodes: [], edges: [], next: null } as Graph };
}

test('a column is short and its boxes stand apart, however many nodes there are', () => {
  for (let count = 12; count <= 200; count += 1) {
    const { centre, up, none } = edgeWith(count);
    for (const open of [new Map(), new Map([['1 Stream', 0]])]) {
      const { boxes, height } = draw(centre, none, up, open);
      const column = boxes.filter(({ layer }) => layer === 1);
      const most = open.size === 0 ? kColumn : 2 * kColumn + 1;
      assert.ok(column.length <= most, `${count} nodes: ${column.length} boxes`);
      assert.equal(column.reduce((sum, box) => sum + (box.role === 'more' ? 0 : box.count), 0)
        + column.filter(({ role }) => role === 'more')
          .reduce((sum, box) => sum + box.count - (box.to - box.from + 1), 0), count);
      column.forEach((box, i) => {
        const next = column[i + 1];
        assert.ok(!next || next.y >= box.y + kBox.height, `${count}: ${box.key} and ${next?.key}`);
        assert.ok(box.y >= 0 && box.y + kBox.height <= height);
      });
    }
  }
});

test('an open bundle is shown in parts, and stays together', () => {
  const { centre, up, none } = edgeWith(200);
  const at = (part: number) => draw(centre, none, up, new Map([['1 Stream', part]]));
  const own = (part: number) => at(part).boxes.filter(({ group }) => group === '1 Stream');
  const [first, last] = [own(0), own(3)];
  assert.deepEqual([first.length, first[0]!.name, first[11]!.name], [13, 'n0', 'n55']);
  assert.deepEqual([first[12]!.from, first[12]!.to, first[12]!.count], [1, 12, 40]);
  assert.deepEqual([last.length, last[0]!.name, last[4]!.from, last[4]!.to],
    [5, 'n180', 37, 40]);
  assert.deepEqual(own(4).map(({ key }) => key), first.map(({ key }) => key));
  const places = at(0).boxes.map(({ group }) => group).join(' ').trim();
  assert.equal(places, Array(13).fill('1 Stream').join(' '), 'nothing stands between them');
  assert.ok(at(0).wires.some(({ to }) => to === '1 Stream more'), 'what is out of sight is wired');
});

test('a list folds what the picture draws as one box', () => {
  const many = (kind: Kind, number: number) =>
    Array.from({ length: number }, (_, i) => node(kind, `n${number - i}`, 1));
  const told = (...layer: GraphNode[]) => foldsOf(layer).map(({ kind, nodes, isFolded }) =>
    `${kind} ${isFolded ? nodes.length : nodes.map(({ name }) => name).join(' ')}`);
  assert.deepEqual(told(...many('Stream', 300), ...many('Pipeline', 2)),
    ['Pipeline n1 n2', 'Stream 300']);
  assert.deepEqual(told(...many('Stream', 6), ...many('Device', 6)),
    ['Device n1 n2 n3 n4 n5 n6', 'Stream n1 n2 n3 n4 n5 n6']);
  assert.deepEqual(told(...many('Stream', 11), ...many('Device', 1)), ['Device n1', 'Stream 11']);
  assert.equal(foldsOf(many('Stream', 300))[0]!.nodes[9]!.name, 'n10', 'each by its number');
});

test('a text that does not fit keeps its ends', () => {
  const fits = (part: string) => part.length <= 9;
  assert.equal(shortened('press-01', fits), 'press-01');
  assert.equal(shortened('press-01/temperature', fits), 'pres…ture');
  assert.equal(shortened('ab', () => false), '…');
  assert.equal(scaleFor(1156, 360), 1, 'on a phone it is moved about, not made small');
});

test('a graph with a cycle is drawn all the same', () => {
  const centre = node('Site', 'a', 0);
  const other = node('Site', 'b', 1);
  const graph: Graph = {
    nodes: [centre, other], edges: [edge(centre, other, 'parent'), edge(other, centre, 'parent')],
    next: null,
  };
  const none: Graph = { nodes: [], edges: [], next: null };
  assert.equal(draw(centre, graph, none, new Set()).boxes.length, 2);
});

test('arrow keys lead along the wires', () => {
  const centre = node('Model', 'm', 0);
  const versions = ['v1', 'v2', 'v3'].map((name) => node('ModelVersion', name, 1));
  const up: Graph = {
    nodes: [centre, ...versions], next: null,
    edges: versions.map((version) => edge(version, centre, 'model')),
  };
  const picture = draw(centre, { nodes: [], edges: [], next: null }, up, new Set());
  assert.equal(neighbour(picture, keyOf(centre), 'ArrowRight')?.name, 'v2');
  assert.equal(neighbour(picture, 'ModelVersion/v2', 'ArrowDown')?.name, 'v3');
  assert.equal(neighbour(picture, 'ModelVersion/v3', 'ArrowLeft')?.name, 'm');
  assert.equal(neighbour(picture, 'ModelVersion/v3', 'ArrowDown'), undefined);
});

test('what an edge shall run is read out of the envelope that it was sent', () => {
  const content = { manifests: [{ kind: 'Pipeline', name: 'p' }], artifacts: [] };
  const payload = btoa(JSON.stringify(content));
  for (const document of [content, { payload, payloadType: 'x', signatures: [] }]) {
    const desired = desiredOf({ version: 3, digest: 'ab', document });
    assert.deepEqual(desired?.manifests, content.manifests);
    assert.equal(desired?.version, 3);
  }
  assert.equal(desiredOf(null), null);
  assert.deepEqual(desiredOf({ version: 1, document: { payload: '%' } })?.manifests, []);
  assert.ok(sameDigest('sha256:ab', 'ab'));
  assert.ok(!sameDigest('', ''));
});

test('a bar of a share is full at 100 %, others at the worst fold', () => {
  const folds = [{ name: '1', values: { beyond_share: 0.03, rmse: 11 } },
    { name: 'all', values: { beyond_share: 0.02, rmse: 9 } }];
  assert.equal(fullAt('beyond_share', folds), 1);
  assert.equal(fullAt('rmse', folds), 11);
});

test('problems stand at their fields in words', () => {
  const problems = [
    { path: 'spec.roles[0].role', text: 'unknown Role', expected: 'an existing Role',
      found: "'enginer'" },
    { path: 'spec.site', text: 'unknown Site', expected: "'plant' perhaps", found: "'plan'" },
    { path: 'name', text: 'not a name', expected: '1 to 128 of A-Z', found: "'Lena Vogt'" },
    { path: 'spec.email', text: 'too long', expected: 'at most 9', found: '10' },
  ];
  const error = new ApiError(422, 'corrupt', 'the object has problems', { problems });
  const faults = faultsByPath(error);
  assert.equal(faults.get('spec.roles.role'), "There is no role 'enginer'.");
  assert.equal(faults.get('spec.site'), "There is no site 'plan'. Perhaps 'plant'?");
  assert.match(faults.get('name')!, /without blanks/);
  assert.equal(faults.get('spec.email'), 'Too long: expected at most 9, found 10.');
  assert.deepEqual(elsewhere(error, ['spec.roles.role', 'name', 'spec.email']), [problems[1]]);
  assert.equal(faultsByPath(null).size, 0);
});

test('a name that is taken is said at its field', () => {
  const latest = { revision: 1, author: 'anna' };
  for (const status of [409, 412]) {
    const error = new ApiError(status, 'conflict', 'expected none', { latest });
    const faults = faultsByPath(nameTaken(error, 'Token', 'ci'));
    assert.equal(faults.get('name'), 'This name is taken: there is a token ci already.');
  }
  const other = new ApiError(409, 'conflict', 'somebody of that name was erased');
  assert.equal(nameTaken(other, 'Person', 'lena'), other);
});

test('a field that is not there says what that means', () => {
  const row = { name: 'streams', doc: 'streams; absent: all of the pipeline', type: 'text',
    isList: true, choices: [], refers: '', isFilter: false, isRequired: false, unit: '',
    fields: [] };
  assert.equal(absentText(row), 'all of the pipeline');
  assert.equal(absentText({ ...row, doc: 'streams' }), '–');
});

test('what is built in cannot be edited either', () => {
  assert.equal(isFixed('a built-in role cannot be changed; make one of your own'), true);
  assert.equal(isFixed('expected permission manage_people at berlin'), false);
});

test('a refusal names the right that it takes', () => {
  assert.equal(refusalText('expected permission approve_models'),
    'It takes the right to put a model version into service that somebody else made.');
  assert.equal(refusalText("expected permission manage_edges at the edge's site"),
    "It takes the right to admit edges and revoke their certificates at the edge's site.");
  assert.equal(refusalText('expected permission read_audit or manage_hub'),
    'It takes the right to see the audit log with its proofs, '
    + 'or to back up and restore, keys and settings of the hub.');
  assert.equal(refusalText('you asked for it'), 'You asked for it.');
});

test('a right is given where its giver has it, and below', () => {
  const sites = [['acme', ''], ['berlin', 'acme'], ['hall', 'berlin'], ['lyon', 'acme']]
    .map(([name = '', parent = '']) => ({ name, parent, title: '' }));
  const places = (...given: (string[] | null)[]) => placesOf(
    given.map((each) => ({ permission: 'manage_tokens' as const, sites: each })),
    'manage_tokens', sites);
  const names = (...given: (string[] | null)[]) => places(...given).sites.map(({ name }) => name);
  assert.deepEqual([places(null).everywhere, names(null).length], [true, 4]);
  assert.equal(places(['lyon'], null).everywhere, true);
  assert.deepEqual([places(['berlin']).everywhere, names(['berlin'])], [false, ['berlin', 'hall']]);
  assert.equal(onlyPlace(places(['berlin'])), '', 'it may be the one or the other');
  assert.equal(onlyPlace(places(['lyon'])), 'lyon');
  assert.equal(onlyPlace(places(null)), '');
  assert.deepEqual(names(), []);
});

test('what names an object stands in its way, what takes it by a pattern does not', () => {
  const graphOf = (...edges: Graph['edges']): Graph => ({ nodes: [], edges, next: null });
  const [stream, device] = [node('Stream', 'a/s', 0), node('Device', 'box', 0)];
  const [pipeline, dataset] = [node('Pipeline', 'p', 1), node('Dataset', 'd', 1)];
  const names = (graph: Graph, of: GraphNode) => namersOf(graph, of).map(({ name }) => name);
  assert.deepEqual(names(graphOf(edge(pipeline, stream, 'streams'),
    edge(dataset, stream, 'streams'), edge(dataset, stream, 'streams')), stream), ['d']);
  assert.deepEqual(names(graphOf(edge(pipeline, device, 'site'), edge(stream, device, 'device'),
    edge(pipeline, stream, 'streams')), device), ['a/s']);
  assert.deepEqual(names(graphOf(edge(pipeline, node('Site', 'x', 0), 'site')),
    node('Site', 'x', 0)), ['p']);
  const refused = "Person 'dora' is referred to by Token 'ci'; delete the tokens first";
  assert.deepEqual([isReferred(refused), adviceOf(refused)], [true, 'delete the tokens first']);
  const enrolled = 'Device/box: an edge is enrolled as this device';
  assert.deepEqual([isReferred(enrolled), adviceOf(enrolled)],
    [false, 'an edge is enrolled as this device']);
  const whole = `${enrolled}; revoke or remove it first, on the page Edges or by DELETE /api/v1/`
    + 'edges/box';
  assert.equal(adviceOf(whole), 'an edge is enrolled as this device; revoke or remove it first');
  assert.deepEqual([enrolledAs(whole), enrolledAs(refused)], ['box', '']);
});

test('a name like the one that is not there is read out of the refusal', () => {
  assert.equal(nearName("no Pipeline 'press-oyl', did you mean 'press-oil'"), 'press-oil');
  assert.equal(nearName("no Pipeline 'press-oyl'"), '');
});

test('a time in what the hub says is on the clock of the page', () => {
  const text = 'token ci has expired at 2026-03-01T12:00:00.000Z: no secret of it is taken';
  assert.equal(withTimes(text, true),
    'token ci has expired at 1 Mar 2026 12:00:00 UTC: no secret of it is taken');
  assert.equal(withTimes(text, false),
    'token ci has expired at 1 Mar 2026 07:00:00: no secret of it is taken');
});

test('an edge that could not take an object over is told with its reason', async () => {
  const real = globalThis.fetch;
  const asked: string[] = [];
  const why = (name: string) => `keeps version 4: refused: /srv/pipelines.${name}.yaml:3:1: `
    + `pipeline ${name}: no such stream (and 1 more)`;
  const edge = (name: string, state: string, of: string) =>
    ({ name, state, why: why(of), reported_version: 4 });
  globalThis.fetch = (async (url: string) => {
    const { pathname, search } = new URL(url, 'http://hub');
    asked.push(pathname.replace('/api/v1', '') + search);
    if (pathname.endsWith('/one')) return Response.json(edge('one', 'in_sync', 'oil'));
    const items = [edge('a', 'failed', 'oil'), edge('b', 'failed', 'heat')];
    return Response.json({ items, next: null });
  }) as typeof fetch;
  const of = (spec: Record<string, unknown>) => refusalsOf({ kind: 'Pipeline', name: 'oil', spec });
  assert.deepEqual(await of({ site: 'berlin' }),
    [{ edge: 'a', reason: 'no such stream', version: 4 }]);
  assert.deepEqual(await of({ edge: 'one' }), []);
  assert.deepEqual(asked, ['/edges?site=berlin&state=failed&limit=50', '/edges/one']);
  globalThis.fetch = real;
});

test('whom a deletion reaches is told by name, as many as are read at once', async () => {
  assert.equal(runnersText({ names: [], areMore: false }),
    'No edge that has joined is to run it.');
  assert.equal(runnersText({ names: ['a'], areMore: false }),
    'Edge a is to run it, and will run it no more.');
  assert.equal(runnersText({ names: ['a', 'b', 'c'], areMore: false }),
    'Edges a, b and c are to run it, and will run it no more.');
  assert.equal(runnersText({ names: ['a', 'b', 'c', 'd'], areMore: true }),
    'Edges a, b, c and at least 1 more are to run it, and will run it no more.');
});

test('an object is run by the edge that it names, else by those of its site', async () => {
  const real = globalThis.fetch;
  const asked: string[] = [];
  globalThis.fetch = (async (url: string) => {
    const { pathname, search } = new URL(url, 'http://hub');
    asked.push(pathname.replace('/api/v1', '') + search);
    if (pathname.endsWith('/gone')) {
      return Response.json({ error: { code: 'not_found', text: 'no edge gone' } }, { status: 404 });
    }
    if (!pathname.endsWith('/edges')) return Response.json({ name: 'one', desired: null });
    return Response.json({ items: [{ name: 'a' }, { name: 'b' }], next: '2' });
  }) as typeof fetch;
  const of = (kind: Kind, spec: Record<string, unknown>) => runnersOf({ kind, spec });
  assert.deepEqual(await of('Pipeline', { site: 'berlin' }), { names: ['a', 'b'], areMore: true });
  assert.deepEqual(await of('Contract', {}), { names: ['a', 'b'], areMore: true });
  assert.deepEqual(await of('Connection', { site: 'berlin', edge: 'one' }),
    { names: ['one'], areMore: false });
  assert.deepEqual(await of('Pipeline', { edge: 'gone' }), { names: [], areMore: false });
  assert.equal(await of('Asset', { site: 'berlin' }), null);
  assert.deepEqual(asked,
    ['/edges?site=berlin&limit=50', '/edges?limit=50', '/edges/one', '/edges/gone']);
  globalThis.fetch = real;
});
