// What the mock hub holds beside its catalog and log: people who are signed in, approvals, edges.

import { randomBytes } from 'node:crypto';

import { Catalog } from './hub_catalog.mjs';
import { Log } from './hub_log.mjs';
import {
  digestOf, fill, happenings, kEdges, kPeople, kRefused, roleObjects,
} from './hub_plant.mjs';
import { Refusal } from './http.mjs';
import { kRoles } from './hub_tables.mjs';

const kDay = 86_400_000;
const kPassword = 'correct horse battery';
const iso = (ms) => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);
export const secret = (prefix) => `${prefix}_${randomBytes(18).toString('base64url')}`;

// Signed by nobody: the page shows what is in it, the edge checks it.
const envelopeOf = (content) => ({
  payloadType: 'application/vnd.lineside.desired-state+json', signatures: [],
  payload: Buffer.from(JSON.stringify(content)).toString('base64'),
});

export class Hub {
  constructor({ isFresh, emit }) {
    this.emit = emit;
    this.log = new Log('hub.acme.example/audit');
    this.catalog = new Catalog(this.log, (change) => emit('change', change));
    this.sessions = new Map();
    this.passwords = new Map();
    this.invitations = new Map();
    this.setupToken = isFresh ? 'first-start' : null;
    this.failures = 0;
    this.approvals = [];
    this.edges = new Map();
    this.enrolments = [];
    this.log.append('hub.started', '', '', { version: '0.1.0' }, Date.now() - 39 * kDay);
    if (!isFresh) return void this.fill(Date.now());
    for (const [kind, name, spec] of roleObjects()) this.catalog.put({ kind, name, spec }, '');
  }

  fill(now) {
    fill(this.catalog, now);
    kPeople.forEach(([name]) => this.passwords.set(name, kPassword));
    for (const row of kEdges) this.addEdge(row, now);
    const ask = (version, by, reason, daysAgo) => [daysAgo, () =>
      this.request(version, by, reason, now - daysAgo * kDay)];
    const decide = (version, by, decision, reason, daysAgo) => [daysAgo, () =>
      this.decide(this.approvals.find((each) => each.name === version), by, decision, reason,
        now - daysAgo * kDay)];
    const all = [
      ...happenings(this.catalog, now),
      ask('compressor-rul-6', 'mira', 'first version', 35),
      decide('compressor-rul-6', 'anna', 'rejected',
        'Trained on engines that are also in the validation.', 34),
      ask('compressor-rul-7', 'mira', 'RMSE 12.4 against 15.1 of version 6', 30),
      decide('compressor-rul-7', 'jonas', 'approved',
        'Looked at the report and ten engines by hand. Errors are early, not late.', 29),
      ask('press-anomaly-2', 'mira', 'finds both known faults', 22),
      decide('press-anomaly-2', 'jonas', 'approved',
        'Both faults found, two false alarms in a year.', 21),
      ask('press-anomaly-3', 'anna', 'half the false alarms on press 7', 1.5),
      ask('compressor-rul-8', 'mira', 'RMSE 11.2; better in the last 30 cycles, where it counts',
        0.1),
      [0.05, () => this.log.append('session.denied', '', 'Person/anna', { reason: 'password' },
        now - 0.05 * kDay)],
    ];
    all.sort(([a], [b]) => b - a).forEach(([, happen]) => happen());
    this.enrolments.push({ name: 'join-lyon', site: 'lyon', edge: '', uses: 4, max_uses: 10,
      expires: iso(now + 2.2 * kDay) });
  }

  // People

  grantsOf(person) {
    const object = this.catalog.find('Person', person);
    const roles = object ? this.catalog.specOf(object).roles ?? [] : [];
    const grants = new Map();
    for (const { role, site } of roles) {
      for (const permission of kRoles[role]?.[1] ?? []) {
        const sites = grants.get(permission);
        if (!site || sites === null) grants.set(permission, null);
        else grants.set(permission, [...(sites ?? []), site]);
      }
    }
    return [...grants].map(([permission, sites]) => ({ permission, sites }));
  }

  begin(person) {
    const id = randomBytes(16).toString('hex');
    const session = {
      person, title: this.catalog.specOf(this.catalog.find('Person', person)).title ?? '',
      csrf: secret('csrf'), expires: iso(Date.now() + 0.5 * kDay),
      permissions: this.grantsOf(person),
    };
    this.sessions.set(id, session);
    this.log.append('session.begun', person, `Person/${person}`);
    return { session, cookie: `lineside_hub_session=${id}; HttpOnly; SameSite=Strict; Path=/` };
  }

  signIn({ person, password }) {
    if (this.failures >= 5) throw new Refusal(429, 'unavailable', 'too many attempts');
    if (this.passwords.get(person) !== password || !this.catalog.find('Person', person)) {
      this.failures += 1;
      this.log.append('session.denied', '', `Person/${person}`, { reason: 'password' });
      throw new Refusal(401, 'unauthenticated', 'the name or the password is wrong');
    }
    this.failures = 0;
    return this.begin(person);
  }

  setUp({ token, person, title, password }) {
    if (!this.setupToken || token !== this.setupToken) {
      throw new Refusal(403, 'denied', 'this link was used before');
    }
    this.setupToken = null;
    const spec = { title, active: true, roles: [{ role: 'admin' }] };
    this.catalog.put({ kind: 'Person', name: person, spec }, person, 'the first account');
    this.passwords.set(person, password);
    return this.begin(person);
  }

  invite(person, by) {
    const token = secret('lsi');
    this.invitations.set(token, person);
    this.log.append('invitation.made', by, `Person/${person}`);
    return { token, expires: iso(Date.now() + 3 * kDay) };
  }

  welcome({ token, password }) {
    const person = this.invitations.get(token);
    if (!person) throw new Refusal(403, 'denied', 'this link was used before, or is too old');
    this.invitations.delete(token);
    this.passwords.set(person, password);
    return this.begin(person);
  }

  // Approvals

  request(name, by, purpose, time = Date.now()) {
    const version = this.catalog.find('ModelVersion', name);
    if (!version) throw new Refusal(404, 'not_found', `no ModelVersion ${name}`);
    const { digest } = this.catalog.specOf(version);
    if (this.approvals.some((each) => each.digest === digest && each.state === 'requested')) {
      throw new Refusal(409, 'conflict', 'this digest already waits for an approval');
    }
    const approval = {
      id: this.approvals.length + 1, kind: 'ModelVersion', name, digest, purpose,
      requested_by: by, requested: iso(time), state: 'requested', decided_by: '', decided: null,
      reason: '',
    };
    this.approvals.push(approval);
    this.log.append('approval.requested', by, `ModelVersion/${name}`, { digest }, time);
    this.emit('approval', approval);
    return approval;
  }

  // Why somebody may not decide; empty: may.
  whyNot(approval, person) {
    const version = this.catalog.find('ModelVersion', approval.name);
    if (approval.state !== 'requested') return 'It has been decided.';
    if (approval.requested_by === person) return 'You asked for it: it takes a second person.';
    if (version && this.catalog.specOf(version).author === person) {
      return 'You made this version: its author never decides on it.';
    }
    return this.grantsOf(person).some(({ permission }) => permission === 'approve_models') ? ''
      : 'It takes the right to approve models (approve_models), for example as an ot-engineer.';
  }

  decide(approval, by, decision, reason, time = Date.now()) {
    Object.assign(approval, { state: decision, decided_by: by, decided: iso(time), reason });
    const { digest, name } = approval;
    this.log.append(`approval.${decision}`, by, `ModelVersion/${name}`, { digest }, time);
    this.emit('approval', approval);
    return approval;
  }

  isApproved(name) {
    return this.approvals.some((each) => each.name === name && each.state === 'approved');
  }

  // Edges

  addEdge([name, site, state, why, desired, reported, ago, days], now) {
    this.edges.set(name, {
      name, site, state, why, enrolled: iso(now - (90 - days) * kDay), seen: iso(now - ago),
      desired_version: desired, reported_version: reported,
      certificate_expires: iso(now + days * kDay),
    });
  }

  // What has raised alerts: one is open, of the others operators have said what they were.
  alertsOf(edge) {
    const isNew = edge.name === 'edge-lyon-4'; // nobody has said a word yet
    if (edge.name !== 'edge-berlin-3' && !isNew) return [];
    return Array.from({ length: isNew ? 20 : 25 }, (_, i) => {
      const opened = Date.now() - (i * 7 + 1) * 3_600_000;
      const id = `alert-${i}`;
      const cleared = i === 0 ? null : iso(opened + 1_800_000);
      const said = { alert: id, verdict: i % 3 === 0 ? 'false' : 'confirmed', author: 'olga',
        cause: i % 3 === 0 ? 'sensor was cleaned' : 'oil pump worn', note: '', time: iso(opened) };
      return {
        alert: {
          id, edge: edge.name, pipeline: isNew ? 'spindle-bearing-temperature' : 'press-anomaly',
          pipeline_version: '', asset: isNew ? `milling-machine-${i + 1}` : 'press-1',
          decision: 'too_warm', severity: i % 4 === 0 ? 'critical' : 'warning',
          state: cleared ? 'cleared' : 'open', opened: iso(opened), updated: iso(opened), cleared,
          value: 4.2, worst: 5.1, threshold: 3, why: [],
          message: `Temperature course is ${4 + (i % 5)}.2, more than 3`
            + (isNew ? ', since the spindle was at full speed for half an hour' : ''),
        },
        verdicts: i === 0 || isNew ? [] : [said],
        verdicts_left_out: i === 2 && !isNew ? 42 : null,
      };
    });
  }

  // Their names stand before all others.
  setMoreEdges(site, count) {
    for (const name of this.edges.keys()) if (name.startsWith('box-')) this.edges.delete(name);
    for (let i = 1; i <= count; i += 1) {
      this.addEdge([`box-${site}-${i}`, site, 'in_sync', '', 5, 5, 4_000, 60], Date.now());
    }
    this.emit('edge', { edge: `box-${site}-1`, change: 'reported' });
  }

  joined(name, site) {
    if (!this.catalog.find('Device', name)) {
      const spec = { title: 'Joined by enrolment', site, status: 'active', edge: true };
      this.catalog.put({ kind: 'Device', name, spec }, '', 'joined by enrolment');
    }
    this.addEdge([name, site, 'applying', 'takes over its first state', 1, 0, 0, 90], Date.now());
    const edge = this.edges.get(name);
    edge.enrolled = iso(Date.now());
    this.log.append('edge.joined', '', `Edge/${name}`);
    this.emit('edge', { edge: name, change: 'enrolled' });
  }

  // What an edge shall run: what is meant for its site or one above it.
  twin(edge) {
    const above = this.catalog.sitesAbove(edge.site);
    const manifests = ['Connection', 'Contract', 'Pipeline'].flatMap((kind) =>
      this.catalog.all(kind)
        .map((each) => ({ kind, name: each.name, spec: this.catalog.specOf(each) }))
        .filter(({ spec }) => above.includes(spec.site)));
    const artifacts = [];
    for (const manifest of manifests) {
      const version = manifest.spec.model?.version;
      if (!version) continue;
      const { digest } = this.catalog.specOf(this.catalog.find('ModelVersion', version));
      manifest.spec = { ...manifest.spec, model: { version, digest } };
      artifacts.push({ digest, bytes: 412_000 });
    }
    const isOld = edge.reported_version < edge.desired_version;
    const pipelines = manifests.filter(({ kind }) => kind === 'Pipeline').map(({ name, spec }) => ({
      name, version: digestOf(name),
      model_digest: !spec.model ? '' : isOld ? digestOf(`${name} of before`) : spec.model.digest,
    }));
    const failed = edge.state === 'failed';
    const connections = manifests.filter(({ kind }) => kind === 'Connection')
      .map(({ name }) => (failed
        ? { name, state: 'waiting', problem: `connect to ${name}:8883: connection refused` }
        : { name, state: 'up' }));
    return {
      ...edge,
      desired: { version: edge.desired_version, digest: digestOf(edge.name).slice(7),
        time: iso(Date.now() - 0.3 * kDay), document: envelopeOf({ manifests, artifacts }) },
      reported: edge.reported_version === 0 ? null : {
        version: edge.reported_version, seen: edge.seen,
        state: failed ? 'keeping' : edge.state === 'applying' ? 'applying' : 'applied',
        problems: failed ? [kRefused] : [],
        runs: { pipelines, connections, streams: 36, lineside: '0.1.0' },
      },
      certificates: [
        { serial: digestOf(edge.name).slice(7, 39), issued: edge.enrolled,
          not_after: edge.certificate_expires, revoked: edge.revoked ?? null,
          reason: edge.reason ?? '' },
      ],
    };
  }

  status() {
    const edges = [...this.edges.values()];
    const of = (state) => edges.filter((edge) => edge.state === state).length;
    const states = ['in_sync', 'applying', 'behind', 'failed', 'silent', 'stopped', 'never'];
    return {
      hub: 'hub.acme.example', version: '0.1.0', now: iso(Date.now()),
      counts: Object.fromEntries(['Site', 'Asset', 'Device', 'DeviceType', 'Stream', 'Connection',
        'Contract', 'Pipeline', 'Dataset', 'Model', 'ModelVersion', 'Person', 'Role', 'Token']
        .map((kind) => [kind, this.catalog.all(kind).length])),
      edges: { enrolled: edges.length,
        connected: edges.length - of('silent') - of('stopped') - of('never'),
        ...Object.fromEntries(states.map((state) => [state, of(state)])) },
      approvals_open: this.approvals.filter((each) => each.state === 'requested').length,
      audit: { size: this.log.size, root: this.log.root().toString('hex') },
    };
  }
}
