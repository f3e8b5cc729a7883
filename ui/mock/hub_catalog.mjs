// The catalog of the mock hub: objects with revisions, checked against the field tables, and the
// graph of what names what.

import { kTables } from './hub_tables.mjs';

export const kinds = Object.keys(kTables);

// All texts of a spec that name objects: {field, kind, name, path}.
function namesIn(rows, spec, prefix = '', path = 'spec') {
  return rows.flatMap((row) => {
    const value = spec?.[row.name];
    if (value === undefined || value === null) return [];
    const items = Array.isArray(value) ? value : [value];
    const at = (i) => `${path}.${row.name}${Array.isArray(value) ? `[${i}]` : ''}`;
    if (row.refers) {
      return items.map((name, i) => ({
        field: prefix + row.name, kind: row.refers, name: String(name), path: at(i),
      }));
    }
    return row.fields
      ? items.flatMap((item, i) => namesIn(row.fields, item, `${prefix}${row.name}.`, at(i))) : [];
  });
}

const refsOf = (kind, spec) => namesIn(kTables[kind], spec);

function distance(a, b) {
  const row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i += 1) {
    let corner = row[0];
    row[0] = i;
    for (let j = 1; j <= b.length; j += 1) {
      const next = Math.min(row[j] + 1, row[j - 1] + 1, corner + (a[i - 1] === b[j - 1] ? 0 : 1));
      corner = row[j];
      row[j] = next;
    }
  }
  return row[b.length];
}

function nearest(word, candidates) {
  const [best] = [...candidates].map((each) => [distance(word, each), each])
    .sort((a, b) => a[0] - b[0]);
  return best && best[0] <= Math.max(2, word.length / 4) ? best[1] : null;
}

const typeName = (value) => (value === null ? 'nothing' : Array.isArray(value) ? 'a list'
  : typeof value === 'object' ? 'a map' : `'${value}'`);

function checkValue(row, value, path, out) {
  if (row.choices && !row.choices.includes(value)) {
    const near = nearest(String(value), row.choices);
    out.push({ path, text: 'unknown value',
      expected: row.choices.join(', ') + (near ? ` (did you mean '${near}'?)` : ''),
      found: typeName(value) });
  } else if (row.fields) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      out.push({ path, text: 'wrong type', expected: 'a map', found: typeName(value) });
    } else checkFields(row.fields, value, path, out);
  } else if ((row.type === 'number' || row.type === 'boolean') && typeof value !== row.type) {
    out.push({ path, text: 'wrong type', expected: `a ${row.type}`, found: typeName(value) });
  } else if (row.type === undefined && typeof value === 'object') {
    out.push({ path, text: 'wrong type', expected: 'a text', found: typeName(value) });
  }
}

function checkFields(rows, spec, path, out) {
  const names = rows.map((row) => row.name);
  for (const key of Object.keys(spec)) {
    if (names.includes(key)) continue;
    const near = nearest(key, names);
    out.push({ path: `${path}.${key}`, text: 'unknown field',
      expected: near ? `'${near}'` : names.join(', '), found: `'${key}'` });
  }
  for (const row of rows) {
    const value = spec[row.name];
    const at = `${path}.${row.name}`;
    if (value === undefined || value === null) {
      if (row.required) out.push({ path: at, text: 'missing field', expected: row.doc, found: '' });
    } else if (row.list !== Array.isArray(value) && (row.list || Array.isArray(value))) {
      out.push({ path: at, text: 'wrong type', expected: row.list ? 'a list' : 'one value',
        found: typeName(value) });
    } else if (row.list) value.forEach((item, i) => checkValue(row, item, `${at}[${i}]`, out));
    else checkValue(row, value, at, out);
  }
}

export function differences(before, after, path = 'spec') {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  const isMap = (value) => typeof value === 'object' && value !== null;
  if (!isMap(before) || !isMap(after) || Array.isArray(before) !== Array.isArray(after)) {
    const text = (value) => (value === undefined ? '' : JSON.stringify(value));
    return [{ path, before: text(before), after: text(after) }];
  }
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => differences(before[key], after[key],
    Array.isArray(before) ? `${path}[${key}]` : `${path}.${key}`));
}

export class Catalog {
  constructor(log, onChange) {
    this.log = log;
    this.onChange = onChange;
    this.objects = new Map();
    this.changes = [];
  }

  find(kind, name) {
    const object = this.objects.get(`${kind}/${name}`);
    return object && !object.deleted ? object : null;
  }

  all(kind) {
    return [...this.objects.values()].filter((each) => each.kind === kind && !each.deleted)
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
  }

  // As the API shows it, now or at a revision.
  view(object, revision = object.revisions.at(-1).revision) {
    const { spec, ...meta } = object.revisions.find((each) => each.revision === revision);
    return {
      apiVersion: 'lineside/v1', kind: object.kind, name: object.name, spec,
      meta: { ...meta, site: this.siteOf(object.kind, object.name, spec) },
    };
  }

  specOf(object) {
    return object.revisions.at(-1).spec;
  }

  siteOf(kind, name, spec) {
    if (kind === 'Site') return name;
    if (spec.site) return spec.site;
    const asset = spec.asset && this.find('Asset', spec.asset);
    return asset ? this.siteOf('Asset', asset.name, this.specOf(asset)) : '';
  }

  // The site itself and those that it is in.
  sitesAbove(name) {
    const above = [];
    for (let site = name; site;) {
      above.push(site);
      const object = this.find('Site', site);
      site = object ? this.specOf(object).parent : '';
    }
    return above;
  }

  // Everything that is wrong with a batch of {kind, name, spec, place(path)}.
  check(items) {
    const coming = new Set(items.map(({ kind, name }) => `${kind}/${name}`));
    return items.flatMap(({ kind, name, spec, place }) => {
      const out = [];
      if (!kTables[kind]) {
        const near = nearest(String(kind), kinds);
        out.push({ path: 'kind', text: 'unknown kind', found: `'${kind}'`,
          expected: near ? `'${near}'` : kinds.join(', ') });
      } else {
        checkFields(kTables[kind], spec ?? {}, 'spec', out);
        for (const ref of refsOf(kind, spec)) {
          if (coming.has(`${ref.kind}/${ref.name}`) || this.find(ref.kind, ref.name)) continue;
          const near = nearest(ref.name, this.all(ref.kind).map((each) => each.name));
          out.push({ path: ref.path, text: `no such ${ref.kind}`, found: `'${ref.name}'`,
            expected: near ? `an existing one (did you mean '${near}'?)` : 'an existing one' });
        }
      }
      if (!/^[A-Za-z0-9_:][A-Za-z0-9._:/-]*$/.test(String(name ?? ''))) {
        out.push({ path: 'name', text: 'not a name', expected: 'letters, digits, . _ : -',
          found: `'${name}'` });
      }
      return out.map((problem) => ({ ...place(problem.path), ...problem }));
    });
  }

  changeOf({ kind, name, spec }) {
    const was = this.find(kind, name);
    if (!was) return 'created';
    return JSON.stringify(this.specOf(was)) === JSON.stringify(spec) ? 'unchanged' : 'updated';
  }

  put({ kind, name, spec }, author, note = '', time = Date.now()) {
    const change = this.changeOf({ kind, name, spec });
    return change === 'unchanged'
      ? { kind, name, change, revision: this.find(kind, name).revisions.at(-1).revision }
      : this.store({ kind, name, spec }, change, author, note, time);
  }

  remove(object, author, note = '', time = Date.now()) {
    const gone = { kind: object.kind, name: object.name, spec: {} };
    return this.store(gone, 'deleted', author, note, time);
  }

  store({ kind, name, spec }, change, author, note, time) {
    const key = `${kind}/${name}`;
    const object = this.objects.get(key) ?? { kind, name, revisions: [] };
    const revision = (object.revisions.at(-1)?.revision ?? 0) + 1;
    const leaf = this.log.append(`object.${change}`, author, key, { revision }, time);
    object.deleted = change === 'deleted';
    const at = new Date(time).toISOString();
    object.revisions.push({ revision, change, time: at, author, note, leaf, spec });
    this.objects.set(key, object);
    const told = { leaf, kind, name, revision, change };
    this.changes.push({ ...told, time: at, author });
    this.onChange(told);
    return { kind, name, change, revision };
  }

  referrers(kind, name) {
    const names = (ref) => ref.kind === kind && ref.name === name;
    return [...this.objects.values()].filter((each) =>
      !each.deleted && refsOf(each.kind, this.specOf(each)).some(names));
  }

  graph(kind, name, direction, depth, limit) {
    const nodes = new Map();
    const edges = new Map();
    const add = (object, at) => {
      const key = `${object.kind}/${object.name}`;
      if (nodes.has(key)) return false;
      const spec = this.specOf(object);
      nodes.set(key, {
        kind: object.kind, name: object.name, depth: at,
        title: spec.title ?? spec.description ?? '',
        site: this.siteOf(object.kind, object.name, spec),
      });
      return true;
    };
    const nameOf = (object) => ({ kind: object.kind, name: object.name });
    const link = (from, to, field) => {
      const edge = { from: nameOf(from), to: nameOf(to), field };
      edges.set(JSON.stringify(edge), edge);
    };
    // What runs at an edge by its site refers to none of them.
    const runsAt = (object) => {
      const { edge, site } = this.specOf(object);
      if (object.kind !== 'Device' || !edge) return [];
      const above = this.sitesAbove(site);
      return ['Connection', 'Pipeline'].flatMap((each) => this.all(each))
        .filter((each) => above.includes(this.specOf(each).site))
        .map((each) => [each, { field: 'site' }]);
    };
    const steps = (object) => (direction === 'down'
      ? refsOf(object.kind, this.specOf(object)).map((ref) => [this.find(ref.kind, ref.name), ref])
      : [...runsAt(object), ...this.referrers(object.kind, object.name).map((each) =>
        [each, refsOf(each.kind, this.specOf(each)).find((ref) =>
          ref.kind === object.kind && ref.name === object.name)])]);
    let front = [this.find(kind, name)];
    add(front[0], 0);
    let isCut = false;
    for (let at = 1; at <= depth && front.length > 0; at += 1) {
      const next = [];
      for (const object of front) {
        for (const [other, ref] of steps(object)) {
          if (!other) continue;
          if (nodes.size >= limit && !nodes.has(`${other.kind}/${other.name}`)) {
            isCut = true;
            continue;
          }
          if (direction === 'down') link(object, other, ref.field);
          else link(other, object, ref.field);
          if (add(other, at)) next.push(other);
        }
      }
      front = next;
    }
    return { nodes: [...nodes.values()], edges: [...edges.values()], next: isCut ? 'more' : null };
  }
}
