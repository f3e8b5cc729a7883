// The mock hub's API: what each call answers to whom.

import { differences } from './hub_catalog.mjs';
import { reportOf } from './hub_report.mjs';
import { secret } from './hub_state.mjs';
import { kReadRight, kRoles, kSegments, kWriteRight, openApi } from './hub_tables.mjs';
import { parseYaml, YamlError } from './hub_yaml.mjs';
import { Refusal } from './http.mjs';

const kJoinAfterMs = 2_500;

const ok = (body) => ({ status: 200, body });
const created = (body) => ({ status: 201, body });
const none = { status: 204 };
const text = (body) => ({ status: 200, text: body });

function need(call, permission) {
  if (call.session.permissions.some((grant) => grant.permission === permission)) return;
  call.hub.log.append('access.denied', call.session.person, '', { reason: permission });
  throw new Refusal(403, 'denied', `it takes the permission ${permission}`);
}

function pageOf(items, query, view = (item) => item) {
  const limit = Number(query.get('limit') ?? 100);
  const start = Number(query.get('cursor') ?? 0);
  const end = start + limit;
  return {
    items: items.slice(start, end).map(view), next: end < items.length ? String(end) : null,
    ...(query.get('count') ? { count: { count: items.length, exact: true } } : {}),
  };
}

const kListWords = new Set(['prefix', 'limit', 'cursor', 'count']);

function matches(spec, field, value) {
  const found = field.split('.').reduce((at, part) => at?.[part], spec);
  const texts = Array.isArray(found) ? found : [found];
  return texts.some((each) => String(each ?? '') === value);
}

function list(call, kind) {
  const { catalog } = call.hub;
  const filters = [...call.query].filter(([key]) => !kListWords.has(key));
  const prefix = call.query.get('prefix') ?? '';
  const items = catalog.all(kind).filter((object) => object.name.startsWith(prefix)
    && filters.every(([field, value]) => matches(catalog.specOf(object), field, value)));
  return ok(pageOf(items, call.query, (object) => catalog.view(object)));
}

function conflict(catalog, object, expected) {
  const { revision, author, time } = object.revisions.at(-1);
  const seen = object.revisions.find((each) => each.revision === expected);
  const changed = differences(seen?.spec ?? {}, catalog.specOf(object)).map(({ path }) => path);
  return new Refusal(412, 'conflict', `expected revision ${expected}, found ${revision}`,
    { latest: { revision, author, time, changed } });
}

function checkMatch(call, object) {
  if (call.headers['if-none-match'] === '*' && object) {
    throw conflict(call.hub.catalog, object, 0);
  }
  const expected = Number((call.headers['if-match'] ?? '').replaceAll('"', ''));
  if (expected && object && object.revisions.at(-1).revision !== expected) {
    throw conflict(call.hub.catalog, object, expected);
  }
}

const nowhere = () => ({ file: 'body', line: 0, column: 0 });

function unapproved(hub, items) {
  return items.flatMap(({ kind, spec, place }) => {
    const version = spec?.model?.version;
    if (kind !== 'Pipeline' || !version || hub.isApproved(version)
      || !hub.catalog.find('ModelVersion', version)) return [];
    return [{ ...place('spec.model.version'), path: 'spec.model.version',
      text: 'this version is not approved for service', expected: 'an approved version',
      found: `'${version}'` }];
  });
}

function checked(call, items) {
  const problems = [...call.hub.catalog.check(items), ...unapproved(call.hub, items)];
  if (problems.length === 0) return;
  const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
  throw new Refusal(422, 'corrupt', `the manifests have ${count}`, { problems });
}

// Those built in stay as they are.
function checkRole(kind, name) {
  if (kind !== 'Role' || !kRoles[name]) return;
  throw new Refusal(403, 'denied', 'a built-in role cannot be changed; make one of your own');
}

function put(call, kind, name) {
  const { catalog } = call.hub;
  need(call, kWriteRight[kind] ?? 'write_assets');
  const object = catalog.find(kind, name);
  checkMatch(call, object);
  const item = { kind, name, spec: JSON.parse(call.body).spec, place: nowhere };
  if (call.hub.catalog.changeOf(item) === 'updated') checkRole(kind, name);
  checked(call, [item]);
  const done = object ? ok : created;
  const warnings = unmapped(catalog, [item]);
  if (call.query.get('dry_run')) {
    return done({ ...item, meta: warnings.length > 0 ? { warnings } : {} });
  }
  catalog.put(item, call.session.person, call.query.get('note') ?? '');
  return done(warned(catalog.view(catalog.find(kind, name)), warnings));
}

// What is warned of stands in the meta of what was written, where it is anything.
const warned = (view, warnings) =>
  (warnings.length > 0 ? { ...view, meta: { ...view.meta, warnings } } : view);

function remove(call, kind, name) {
  const { catalog } = call.hub;
  need(call, kWriteRight[kind] ?? 'write_assets');
  const object = catalog.find(kind, name);
  if (!object) throw new Refusal(404, 'not_found', `no ${kind} ${name}`);
  checkRole(kind, name);
  checkMatch(call, object);
  const [first] = catalog.referrers(kind, name);
  if (first) {
    throw new Refusal(409, 'conflict',
      `${kind} '${name}' is referred to by ${first.kind} '${first.name}'`);
  }
  if (kind === 'Device' && call.hub.edges.has(name)) {
    throw new Refusal(409, 'conflict', `Device/${name}: an edge is enrolled as this device; revoke `
      + `or remove it first, on the page Edges or by DELETE /api/v1/edges/${name}`);
  }
  if (call.query.get('dry_run')) {
    const loses = `pipeline press-anomaly loses input ${name}`;
    return ok({ warnings: kind === 'Stream' ? [loses] : [] });
  }
  catalog.remove(object, call.session.person, call.query.get('note') ?? '');
  return none;
}

function history(call, object) {
  const before = Number(call.query.get('before') ?? Infinity);
  const limit = Number(call.query.get('limit') ?? 100);
  const all = object.revisions.filter((each) => each.revision < before).toReversed();
  const items = all.slice(0, limit).map(({ spec: _, ...meta }) => meta);
  return ok({ items, next: all.length > limit ? String(items.at(-1).revision) : null });
}

const isSlip = (a, b) => a !== b && a.length === b.length
  && [...a].filter((letter, i) => letter !== b[i]).length === 1;

function missing(catalog, kind, name) {
  const near = [...catalog.objects.values()].find((each) =>
    each.kind === kind && !each.deleted && isSlip(each.name, name));
  return new Refusal(404, 'not_found',
    `no ${kind} '${name}'${near ? `, did you mean '${near.name}'` : ''}`);
}

const specAt = (object, revision) => (revision === 0 ? {}
  : object.revisions.find((each) => each.revision === revision)?.spec ?? {});

function ofObject(call, kind, name, verb) {
  const { catalog } = call.hub;
  const object = catalog.objects.get(`${kind}/${name}`);
  const isOfThePast = ['history', 'diff', 'restore'].includes(verb) || call.query.has('revision');
  if (!object || (object.deleted && !isOfThePast)) throw missing(catalog, kind, name);
  if (verb === 'history') return history(call, object);
  if (verb === 'diff') {
    const [from, to] = ['from', 'to'].map((key) => specAt(object, Number(call.query.get(key))));
    return ok({ items: differences(from, to) });
  }
  if (verb === 'graph') {
    const [depth, limit] = ['depth', 'limit'].map((key) => Number(call.query.get(key)));
    return ok(catalog.graph(kind, name, call.query.get('direction'), depth || 4, limit || 1000));
  }
  if (verb === 'restore') {
    need(call, kWriteRight[kind] ?? 'write_assets');
    const { revision, note } = JSON.parse(call.body);
    if (object.revisions.find((each) => each.revision === revision)?.change === 'deleted') {
      throw new Refusal(409, 'conflict', 'the revision is a deletion, or its spec was erased');
    }
    catalog.put({ kind, name, spec: specAt(object, revision) }, call.session.person,
      note || `restored revision ${revision}`);
    const view = catalog.view(object);
    return ok(warned(view, unmapped(catalog, [view])));
  }
  const revision = Number(call.query.get('revision')) || undefined;
  return ok(catalog.view(object, revision));
}

function catalogCall(call, kind, parts) {
  if (call.method === 'GET' && kReadRight[kind]) need(call, kReadRight[kind]);
  if (parts.length === 0) return list(call, kind);
  const length = kind === 'Stream' ? 2 : 1;
  const name = parts.slice(0, length).join('/');
  const verb = parts[length];
  if (call.method === 'PUT') return put(call, kind, name);
  if (call.method === 'DELETE') return remove(call, kind, name);
  if (verb === 'invitation') {
    need(call, 'manage_people');
    const { token, expires } = call.hub.invite(name, call.session.person);
    return ok({ link: `${call.origin}/#/welcome?person=${name}&token=${token}`, expires });
  }
  if (verb === 'erasure') {
    need(call, 'erase');
    if (name === call.session.person) {
      throw new Refusal(403, 'denied', 'nobody erases himself');
    }
    const person = call.hub.catalog.find(kind, name);
    if (person) call.hub.catalog.remove(person, call.session.person);
    call.hub.log.salts.delete(name);
    call.hub.log.append('person.erased', call.session.person, '');
    return none;
  }
  if (verb === 'secret') {
    need(call, 'manage_tokens');
    call.hub.log.append('token.secret', call.session.person, `Token/${name}`);
    return ok({ secret: secret('lst') });
  }
  return ofObject(call, kind, name, verb);
}

// Manifests of a body, each with the place of its fields.
function manifestsOf(call) {
  const isYaml = call.headers['content-type'] === 'application/yaml';
  try {
    const documents = isYaml ? parseYaml(call.body)
      : [JSON.parse(call.body)].flat().flatMap((each) => each.items ?? each)
        .map((value) => ({ value, lines: new Map() }));
    return documents.map(({ value, lines }) => ({
      kind: value.kind, name: value.name, spec: value.spec,
      place: (path) => {
        let at = path;
        while (at && !lines.has(at)) at = at.replace(/(\.[^.[]+|\[\d+\])$|^[^.[]+$/, '');
        return { file: 'body', line: lines.get(at) ?? 0, column: 0 };
      },
    }));
  } catch (error) {
    const line = error instanceof YamlError ? error.line : 1;
    const problem = { file: 'body', line, column: 0, path: '', text: error.message };
    throw new Refusal(422, 'corrupt', 'the manifests cannot be read', { problems: [problem] });
  }
}

// Of pipelines, the streams that no connection maps; sites and edges do not matter here.
function unmapped(catalog, items) {
  const specs = [...catalog.objects.values()].filter((object) => !object.deleted
    && object.kind === 'Connection').map((object) => catalog.specOf(object));
  specs.push(...items.filter(({ kind }) => kind === 'Connection').map(({ spec }) => spec));
  const mapped = new Set(specs.flatMap(({ mappings }) => mappings ?? [])
    .flatMap(({ streams = [] }) => streams.map(({ stream }) => stream)));
  return items.filter(({ kind }) => kind === 'Pipeline').flatMap(({ name, spec }) =>
    spec.streams.filter((stream) => !mapped.has(stream)).map((stream) =>
      `pipeline ${name} reads '${stream}', which no connection maps; an edge that gets it takes `
      + 'over nothing new until one does'));
}

function apply(call) {
  const items = manifestsOf(call);
  for (const { kind } of items) need(call, kWriteRight[kind] ?? 'write_assets');
  checked(call, items);
  const { catalog } = call.hub;
  const isDry = Boolean(call.query.get('dry_run'));
  const note = call.query.get('note') ?? '';
  const outcomes = items.map((item) => (isDry
    ? { kind: item.kind, name: item.name, change: catalog.changeOf(item), revision: 0 }
    : catalog.put(item, call.session.person, note)));
  return ok({ items: outcomes, dry_run: isDry, warnings: unmapped(catalog, items) });
}

function diff(call) {
  const { catalog } = call.hub;
  return ok({ items: manifestsOf(call).map((item) => {
    const was = catalog.find(item.kind, item.name);
    return { kind: item.kind, name: item.name, change: catalog.changeOf(item),
      differences: differences(was ? catalog.specOf(was) : {}, item.spec) };
  }) });
}

function search(call) {
  const { catalog } = call.hub;
  const wanted = (call.query.get('text') ?? '').toLowerCase();
  const kind = call.query.get('kind');
  const has = (value) => String(value ?? '').toLowerCase().includes(wanted);
  const found = [...catalog.objects.values()].filter((object) => !object.deleted
    && (!kind || object.kind === kind) && !kReadRight[object.kind]
    && (has(object.name) || has(catalog.specOf(object).title)));
  found.sort((a, b) => Number(!a.name.startsWith(wanted)) - Number(!b.name.startsWith(wanted)));
  return ok({ items: found.slice(0, Number(call.query.get('limit') ?? 20))
    .map((object) => catalog.view(object)) });
}

function changes(call) {
  const after = Number(call.query.get('after') ?? -1);
  const limit = Number(call.query.get('limit') ?? 100);
  const items = call.hub.catalog.changes.filter(({ leaf }) => leaf > after);
  const next = items.length > limit ? items[limit - 1].leaf : null;
  return ok({ items: items.slice(0, limit), next });
}

// With `tamper` the mock is caught lying in one way or another.
function audit(call, [what, id]) {
  const { log } = call.hub;
  need(call, 'read_audit');
  const { tamper } = call;
  if (what === 'key') return text(`${log.vkey}\n`);
  if (what === 'checkpoint') return text(log.checkpoint(tamper === 'signature'));
  if (what === 'consistency') {
    const [from, to] = ['from', 'to'].map((key) => Number(call.query.get(key)));
    return ok({ from, to, path: log.consistency(from, 0, to).map((hash) => hash.toString('hex')) });
  }
  const index = Number(id);
  if (id !== undefined && !log.entries[index]) {
    throw new Refusal(404, 'not_found', `no entry ${id}`);
  }
  if (what === 'proof') {
    const proof = log.proof(index, tamper === 'signature');
    if (tamper === 'path' && proof.path[1]) proof.path[1] = proof.path[0];
    return ok(proof);
  }
  const show = ({ hash, ...entry }) => ({ ...entry, leaf_hash: hash.toString('hex'),
    entry: tamper === 'entry' ? entry.entry.replace('"revision":', '"revision":1') : entry.entry,
    action: tamper === 'words' ? 'object.deleted' : entry.action });
  if (id !== undefined) return ok(show(log.entries[index]));
  return entries(call, show);
}

function entries(call, show) {
  const get = (key) => call.query.get(key) ?? '';
  const { log } = call.hub;
  const before = get('before') ? Number(get('before')) : Infinity;
  const fits = (e) => e.index < before && e.action.startsWith(get('action'))
    && (!get('actor') || e.actor_name === get('actor') || e.actor === get('actor'))
    && (!get('subject') || e.subject === get('subject')) && (!get('from') || e.time >= get('from'))
    && (!get('until') || e.time < get('until'));
  const found = log.entries.filter(fits).toReversed();
  const limit = Number(get('limit') || 100);
  const items = found.slice(0, limit).map(show);
  return ok({ items, next: found.length > limit ? String(items.at(-1).index) : null });
}

function approvals(call, [id, verb]) {
  const { hub, session } = call;
  const show = (each) => {
    const why = hub.whyNot(each, session.person);
    return { ...each, may_decide: why === '', why_not: why };
  };
  if (id === undefined && call.method === 'POST') {
    need(call, 'write_models');
    const { model_version: name, reason } = JSON.parse(call.body);
    return created(show(hub.request(name, session.person, reason)));
  }
  if (id === undefined) {
    const state = call.query.get('state');
    const items = hub.approvals.filter((each) => !state || each.state === state).toReversed();
    return ok({ items: items.map(show) });
  }
  const approval = hub.approvals.find((each) => String(each.id) === id);
  if (!approval) throw new Refusal(404, 'not_found', `no approval ${id}`);
  if (verb !== 'decision') return ok(show(approval));
  const why = hub.whyNot(approval, session.person);
  if (why) throw new Refusal(403, 'denied', why);
  const { decision, digest, reason } = JSON.parse(call.body);
  if (digest !== approval.digest) throw new Refusal(409, 'conflict', 'the digest is another one');
  return ok(show(hub.decide(approval, session.person, decision, reason)));
}

function edges(call, [name, verb]) {
  const { hub } = call;
  if (name === undefined) {
    const [site, digest, state] = ['site', 'digest', 'state'].map((key) => call.query.get(key));
    const runs = (edge) => hub.twin(edge).reported?.runs.pipelines
      .some((each) => each.model_digest === digest);
    const items = [...hub.edges.values()]
      .filter((edge) => (!site || hub.catalog.sitesAbove(edge.site).includes(site))
        && (!digest || runs(edge)) && (!state || edge.state === state))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    return ok(pageOf(items, call.query));
  }
  const edge = hub.edges.get(name);
  if (!edge) throw new Refusal(404, 'not_found', `no edge ${name}`);
  if (verb === 'alerts') return ok(pageOf(hub.alertsOf(edge), call.query));
  if (verb === 'revoke') {
    need(call, 'manage_edges');
    const { reason } = JSON.parse(call.body);
    Object.assign(edge, { state: 'silent', why: `revoked: ${reason}`, reason,
      revoked: new Date().toISOString() });
    hub.log.append('edge.revoked', call.session.person, `Edge/${name}`, { reason });
    hub.emit('edge', { edge: name, change: 'revoked' });
    return none;
  }
  if (call.method === 'DELETE') {
    need(call, 'manage_edges');
    hub.edges.delete(name);
    hub.log.append('edge.removed', call.session.person, `Edge/${name}`);
    hub.emit('edge', { edge: name, change: 'removed' });
    return none;
  }
  return ok(hub.twin(edge));
}

function enrolments(call, [name]) {
  const { hub } = call;
  need(call, 'manage_edges');
  if (call.method === 'DELETE') {
    hub.enrolments = hub.enrolments.filter((each) => each.name !== name);
    return none;
  }
  if (call.method === 'GET') return ok({ items: hub.enrolments });
  const { name: own, site, edge = '', uses, expires_in: life } = JSON.parse(call.body);
  const [, amount, unit] = /^(\d+)([hd])$/.exec(life);
  const ms = Number(amount) * { h: 3_600_000, d: 86_400_000 }[unit];
  if (!hub.catalog.find('Site', site)) throw new Refusal(422, 'corrupt', `no site ${site}`);
  const token = secret('lse');
  hub.enrolments.push({ name: own, site, edge, uses: 0, max_uses: uses,
    expires: new Date(Date.now() + ms).toISOString() });
  hub.log.append('enrolment.made', call.session.person, `Site/${site}`, { name: own });
  // Somebody has run the command.
  setTimeout(() => hub.joined(edge || `${site}-new-1`, site), kJoinAfterMs);
  return created({ secret: token, command: `lineside edge join https://hub.acme.example:8443 `
    + `--token ${token} --ca-sha256 ${'5f0c'.repeat(16)}` });
}

// The report of a training, made up for whichever version names it.
function artifacts(call, [digest]) {
  const own = call.hub.catalog.all('ModelVersion')
    .map((object) => call.hub.catalog.specOf(object)).find(({ report }) => report === digest);
  if (!own) throw new Refusal(404, 'not_found', `no artifact ${digest}`);
  return ok(reportOf(own));
}

const kCalls = {
  audit, approvals, edges, enrolments, artifacts,
  status: (call) => ok(call.hub.status()),
  apply, diff, search, changes,
  password: (call) => {
    const { old, new: fresh } = JSON.parse(call.body);
    const { passwords } = call.hub;
    if (passwords.get(call.session.person) !== old) {
      throw new Refusal(403, 'denied', 'the password of now is another one');
    }
    passwords.set(call.session.person, fresh);
    return none;
  },
};

// Calls that need no session.
export function open(call, [first]) {
  const { hub } = call;
  if (first === 'openapi.json') return ok(openApi());
  if (call.method !== 'POST') return null;
  const begin = { session: 'signIn', setup: 'setUp', welcome: 'welcome' }[first];
  if (!begin) return null;
  const { session, cookie } = hub[begin](JSON.parse(call.body));
  return { status: 200, body: session, headers: { 'Set-Cookie': cookie } };
}

export function closed(call, [first, ...rest]) {
  if (first === 'session') return ok(call.session);
  if (kCalls[first]) return kCalls[first](call, rest);
  const kind = kSegments[first];
  if (!kind) throw new Refusal(404, 'not_found', `nothing at ${first}`);
  return catalogCall(call, kind, rest);
}
