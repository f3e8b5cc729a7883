// The audit log: whether it can be trusted, and what it says.

import { useEffect, useState } from 'preact/hooks';

import { bothClocks, count, dateTime, parseTime, words } from '../../format';
import { Filters } from '../../parts/filters';
import { Icon } from '../../parts/icons';
import { Empty, Fault, Skeleton } from '../../parts/states';
import { useResource } from '../../resource';
import { useSettings } from '../../settings';
import { getEntries } from '../api';
import type { AuditEntry, Query } from '../api';
import { floodText, isFlood, withFloods } from '../floods';
import type { Flood, Told } from '../floods';
import { kKinds } from '../kinds';
import { usePages } from '../pages_of';
import { Findings } from '../parts/findings';
import { TextField } from '../parts/form';
import { Digest, ObjectLink } from '../parts/marks';
import { Denied, Trouble } from '../parts/trouble';
import { checkLog, forgetSeen } from '../proof/log';
import { toHex } from '../proof/merkle';
import { hubHref, replaceQuery } from '../route';
import type { HubRoute } from '../route';
import { useHub, useMay, useVersion } from '../store';

const kPageSize = 100;
const kRowsAtLeast = 20; // floods told as one row leave room for more
const kLoadedAtMost = 2_000;

function LogPanel() {
  const size = useHub((s) => s.status?.audit.size ?? 0);
  const { utc } = useSettings();
  const { data, error, status, loading, reload } = useResource('log', size, checkLog);
  if (error && !data) {
    return <Trouble what="the log's checkpoint" error={error} status={status} onRetry={reload} />;
  }
  if (!data) return loading ? <div class="panel"><Skeleton rows={2} /></div> : null;
  const { checkpoint, seen, findings, keyText } = data;
  const isBroken = findings.some((finding) => finding.state === 'failed');
  return (
    <section class={`panel log-panel ${isBroken ? 'is-broken' : ''}`} aria-label="The log">
      {isBroken && (
        <div class="log-alarm" role="alert">
          <Icon name="critical" size={20} />
          <div>
            <strong>This log is not what it was, or not what it says.</strong>
            <p>
              Somebody may have altered it, or another hub answers in its place. Compare with a
              checkpoint that was kept elsewhere before you trust what it says.
            </p>
          </div>
          <button
            type="button" class="button small"
            onClick={() => {
              forgetSeen();
              reload();
            }}
          >
            Forget what this browser has seen
          </button>
        </div>
      )}
      <div class="log-facts">
        <div>
          <span class="quiet small-text">Entries</span>
          <strong class="log-size num">{checkpoint ? count(checkpoint.size) : '–'}</strong>
        </div>
        <div class="log-root">
          <span class="quiet small-text">Root</span>
          {checkpoint && <Digest text={toHex(checkpoint.root)} />}
          <span class="quiet small-text break">key {keyText}</span>
        </div>
        <Findings findings={findings} />
      </div>
      <p class="note log-note">
        Checked in this browser, not by the hub.{' '}
        {seen && <>Compared with {count(seen.size)} entries seen {dateTime(seen.time, utc)}. </>}
        <a href="/api/v1/audit/checkpoint">Checkpoint</a> ·{' '}
        <a href="/api/v1/audit/key">Key</a>
      </p>
    </section>
  );
}

const kActions = [
  ['', 'Everything'], ['object.', 'Changes'], ['session.', 'Sign-ins'],
  ['approval.', 'Approvals'], ['edge.', 'Edges'], ['access.', 'Denials'],
] as const;

const toIso = (text: string): string => {
  const ms = Date.parse(text);
  return Number.isFinite(ms) ? new Date(ms).toISOString() : '';
};

const two = (n: number) => String(n).padStart(2, '0');
// As the browser's field for a time wants it: local, to the minute.
function toField(iso: string): string {
  const ms = parseTime(iso);
  if (!Number.isFinite(ms)) return '';
  const t = new Date(ms);
  return `${t.getFullYear()}-${two(t.getMonth() + 1)}-${two(t.getDate())}` +
    `T${two(t.getHours())}:${two(t.getMinutes())}`;
}

function MoreFilters({ route }: { route: HubRoute }) {
  const now = (key: string) => route.query.get(key) ?? '';
  const [actor, setActor] = useState(now('actor'));
  const [subject, setSubject] = useState(now('subject'));
  const [from, setFrom] = useState(toField(now('from')));
  const [until, setUntil] = useState(toField(now('until')));
  const apply = (event: Event) => {
    event.preventDefault();
    replaceQuery(route, { actor, subject, from: toIso(from), until: toIso(until) });
  };
  return (
    <form class="panel audit-filters" onSubmit={apply}>
      <TextField label="Who" value={actor} onValue={setActor} placeholder="anna" />
      <TextField
        label="About" value={subject} onValue={setSubject} placeholder="Device/plc-1"
      />
      <TextField label="From" type="datetime-local" value={from} onValue={setFrom} />
      <TextField label="Until" type="datetime-local" value={until} onValue={setUntil} />
      <button type="submit" class="button">Filter</button>
    </form>
  );
}

const kWhyHidden = 'A commitment under a salt of the person: the log itself names nobody.';
const kKindNames = new Set<string>(kKinds.map(({ kind }) => kind));

let named = { version: '', names: new Map<string, Promise<string>>() };

// Whom a commitment speaks of is told with what that person did; empty: of nobody, or not to us.
function nameOf(hex: string, version: string): Promise<string> {
  if (named.version !== version) named = { version, names: new Map() };
  const known = named.names.get(hex);
  if (known) return known;
  const asked = getEntries({ actor: hex, limit: 1 }).then(({ items }) =>
    items.find((entry) => entry.actor === hex)?.actor_name ?? '');
  const { names } = named;
  names.set(hex, asked);
  asked.catch(() => names.delete(hex));
  return asked;
}

function HiddenName({ kind, hex }: { kind: string; hex: string }) {
  const version = useVersion('Person');
  const { data } = useResource(`name ${hex}`, version, () => nameOf(hex, version));
  if (data) return <ObjectLink kind={kind} name={data} />;
  return <span class="quiet">{kind} <code title={kWhyHidden}>{shorten(hex)}</code></span>;
}

export function Subject({ subject }: { subject: string }) {
  const cut = subject.indexOf('/');
  const [kind, name] = [subject.slice(0, cut), subject.slice(cut + 1)];
  // A person is in the log as a commitment, which is no name of the registry.
  if (/^[0-9a-f]{64}$/.test(name)) {
    return <HiddenName kind={kind} hex={name} />;
  }
  if (kind === 'Edge') return <a href={hubHref('edges', [name])}>{name}</a>;
  if (!kKindNames.has(kind)) return <span class="break">{subject}</span>;
  return <ObjectLink kind={kind} name={name} />;
}

const shorten = (text: string): string =>
  text.replace(/[0-9a-f]{64}/g, (hex) => `${hex.slice(0, 10)}…`);

export function Actor({ entry }: { entry: AuditEntry }) {
  if (entry.actor_name) return <span title={entry.actor}>{entry.actor_name}</span>;
  if (/^[0-9a-f]{64}$/.test(entry.actor)) {
    return <code class="quiet" title={kWhyHidden}>{shorten(entry.actor)}</code>;
  }
  return <span class={entry.actor ? '' : 'quiet'}>{entry.actor || '–'}</span>;
}

export function actionText(action: string): string {
  const [what = '', ...rest] = action.split('.');
  const more = rest.join(' ').replaceAll('_', ' ');
  return more === '' ? words(action) : `${words(what)} ${more}`;
}

function Row({ entry }: { entry: AuditEntry }) {
  const { utc } = useSettings();
  const ms = parseTime(entry.time);
  const isRefusal = /denied|rejected|failed|revoked/.test(entry.action);
  return (
    <tr>
      <th scope="row" class="num">
        <a class="row-name" href={hubHref('audit', [String(entry.index)])}>
          {count(entry.index)}
        </a>
      </th>
      <td class="num nowrap" data-label="Time">
        <time dateTime={entry.time} title={bothClocks(ms)}>
          {dateTime(ms, utc)}
        </time>
      </td>
      <td data-label="What" class={`cell-plain ${isRefusal ? 'tone-warning' : ''}`}>
        {isRefusal && <Icon name="warning" size={13} />} {actionText(entry.action)}
      </td>
      <td data-label="Who"><Actor entry={entry} /></td>
      <td data-label="About">{entry.subject && <Subject subject={entry.subject} />}</td>
      <td class="cell-proof">
        <a class="small-text" href={hubHref('audit', [String(entry.index)])}>
          Proof<span class="sr-only"> of entry {entry.index}</span>
        </a>
      </td>
    </tr>
  );
}

const tellOf = ({ action, actor, actor_name, subject }: AuditEntry): Told => {
  const cut = subject.indexOf('/');
  return { kind: subject.slice(0, cut), name: subject.slice(cut + 1), author: actor_name || actor,
    isNew: action === 'object.created' };
};

// A flood of what an edge has discovered, which can be opened.
function FloodRows({ flood }: { flood: Flood<AuditEntry> }) {
  const [open, setOpen] = useState(false);
  const { utc } = useSettings();
  const [newest, oldest] = [flood.items[0]!, flood.items.at(-1)!];
  return (
    <>
      <tr class="flood">
        <th scope="row" class="num nowrap">{count(oldest.index)}–{count(newest.index)}</th>
        <td class="num nowrap" data-label="Time">
          {dateTime(parseTime(newest.time), utc)}
        </td>
        <td data-label="What" class="cell-plain">Object created</td>
        <td data-label="Who"><Actor entry={newest} /></td>
        <td data-label="About">{floodText(flood.items.map(tellOf))} discovered</td>
        <td class="cell-proof">
          <button
            type="button" class="button small" aria-expanded={open} onClick={() => setOpen(!open)}
          >
            {open ? 'Fold' : 'Show each'}
          </button>
        </td>
      </tr>
      {open && flood.items.map((entry) => <Row key={entry.index} entry={entry} />)}
    </>
  );
}

function Entries({ route }: { route: HubRoute }) {
  const filters = ['action', 'actor', 'subject', 'from', 'until'] as const;
  const query: Query = Object.fromEntries(filters.map((key) => [key, route.query.get(key)]));
  const pages = usePages<AuditEntry>(
    `entries ${JSON.stringify(query)}`, useVersion('audit', 'approvals', 'edges'), (before) =>
      getEntries({ ...query, before, limit: kPageSize }));
  const { items, data, error, status, loading, reload } = pages;
  const rows = withFloods(items, tellOf);
  const isShort = rows.length < kRowsAtLeast && items.length < kLoadedAtMost;
  const wantsMore = isShort && pages.hasMore && !pages.busy && !pages.moreError;
  useEffect(() => {
    if (wantsMore) void pages.more();
  }, [wantsMore, items.length]);
  if (error && !data) {
    return <Trouble what="the entries" error={error} status={status} onRetry={reload} />;
  }
  if (!data) return loading ? <div class="panel"><Skeleton rows={10} /></div> : null;
  return (
    <section class="panel" aria-label="Entries">
      {items.length === 0 ? <Empty icon="log" title="No entry matches" /> : (
        <div class="table-box" tabIndex={0} role="group" aria-label="Entries">
          <table class="table registry-table audit-table">
            <thead>
              <tr>
                <th scope="col">Entry</th>
                <th scope="col">Time</th>
                <th scope="col">What</th>
                <th scope="col">Who</th>
                <th scope="col">About</th>
                <th scope="col"><span class="sr-only">Proof</span></th>
              </tr>
            </thead>
            <tbody>
              {rows.map((item) => (isFlood(item)
                ? <FloodRows key={item.items.at(-1)!.index} flood={item} />
                : <Row key={item.index} entry={item} />))}
            </tbody>
          </table>
        </div>
      )}
      {error && <Fault text={`Could not be brought up to date: ${error}.`} onAction={reload} />}
      {pages.moreError && <Fault text={`Not loaded: ${pages.moreError}.`} />}
      {pages.hasMore && (
        <button type="button" class="button small more" disabled={pages.busy} onClick={pages.more}>
          {pages.busy ? 'Loading…' : 'Load older'}
        </button>
      )}
    </section>
  );
}

export function AuditPage({ route }: { route: HubRoute }) {
  const mayRead = useMay('read_audit');
  const asked = ['actor', 'subject', 'from', 'until'].some((key) => route.query.get(key));
  const [open, setOpen] = useState(asked);
  const action = route.query.get('action') ?? '';
  return (
    <main class="page" id="main">
      <div class="page-head">
        <h1 tabIndex={-1}>Audit log</h1>
        {mayRead && (
          <Filters
            label="Filter entries" current={action}
            filters={kActions.map(([value, face]) => ({ value: String(value), face }))}
            onChoose={(value) => replaceQuery(route, { action: value })}
          >
            <button
              type="button" class="filter" aria-expanded={open} onClick={() => setOpen(!open)}
            >
              <Icon name={open ? 'up' : 'down'} size={12} /> Who, what about, when
            </button>
          </Filters>
        )}
      </div>
      {mayRead ? (
        <div class="stack">
          <LogPanel />
          {open && <MoreFilters route={route} />}
          <Entries route={route} />
        </div>
      ) : (
        <div class="panel">
          <Denied text="The audit log is not for everybody" permission="read_audit" />
        </div>
      )}
    </main>
  );
}
