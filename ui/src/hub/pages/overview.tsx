// The hub at a glance: what needs somebody, how the edges are, what there is, what changed last.

import { count, shortDigest } from '../../format';
import { Icon } from '../../parts/icons';
import { Empty, Fault, Skeleton } from '../../parts/states';
import { Ago } from '../../parts/time';
import { useResource } from '../../resource';
import { getApprovals, getChanges, getObject, listObjects } from '../api';
import type { Approval, Change, EdgeWord, HubStatus } from '../api';
import { floodText, isFlood, withFloods } from '../floods';
import type { Flood, Told } from '../floods';
import { kGroups, wordsOf } from '../kinds';
import { ChangeMark, FindingMark, kEdgeStates, ObjectLink } from '../parts/marks';
import { Denied } from '../parts/trouble';
import { checkLog } from '../proof/log';
import { hubHref } from '../route';
import { useHub, useMay, useVersion } from '../store';

const kOrder: EdgeWord[] =
  ['in_sync', 'applying', 'behind', 'failed', 'silent', 'stopped', 'never'];

// The hub counts enrolled and connected edges; those of a state where it says so.
function edgeCounts(edges: Record<string, number>): [EdgeWord, number][] {
  const known = kOrder.map((state): [EdgeWord, number] => [state, edges[state] ?? 0]);
  const rest = (edges.enrolled ?? 0) - known.reduce((sum, [, some]) => sum + some, 0);
  if (edges.in_sync === undefined && rest > 0) known[0] = ['in_sync', rest];
  return known.filter(([, some]) => some > 0);
}

function Edges({ status }: { status: HubStatus }) {
  const counts = edgeCounts(status.edges);
  const all = Math.max(1, counts.reduce((sum, [, some]) => sum + some, 0));
  const { enrolled = 0, connected = 0 } = status.edges;
  return (
    <section class="panel panel-edges" aria-labelledby="edges-title">
      <div class="panel-head">
        <h2 id="edges-title">Edges</h2>
        <span class="quiet small-text num">
          {count(connected)} of {count(enrolled)} connected
        </span>
      </div>
      {enrolled === 0 ? (
        <Empty icon="chip" title="No edge has joined yet">
          <p>An edge runs beside the machines. One command there lets it join.</p>
          <a class="button" href={hubHref('edges', [], { join: 1 })}>Join an edge</a>
        </Empty>
      ) : (
        <div class="panel-body">
          <div class="bar" aria-hidden="true">
            {counts.map(([state, some]) => (
              <span
                key={state} class={`bar-part bar-${state}`}
                style={{ inlineSize: `${(some / all) * 100}%` }}
              />
            ))}
          </div>
          <ul class="bar-legend">
            {counts.map(([state, some]) => (
              <li key={state}>
                <a href={hubHref('edges', [], { state })}>
                  <span class={`bar-dot bar-${state}`} aria-hidden="true" />
                  <span>{kEdgeStates[state][2]}</span>
                  <strong class="num">{count(some)}</strong>
                </a>
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}

function Counts({ status }: { status: HubStatus }) {
  const all = Object.values(status.counts).reduce((sum, some) => sum + some, 0);
  return (
    <section class="panel" aria-labelledby="counts-title">
      <div class="panel-head">
        <h2 id="counts-title">Registry</h2>
        <span class="quiet small-text num">{count(all)} objects</span>
      </div>
      <div class="count-groups">
        {kGroups.map(([name, kinds]) => (
          <div key={name} class="count-group">
            <h3>{name}</h3>
            <ul>
              {kinds.filter((kind) => status.counts[kind] !== undefined).map((kind) => {
                const { many, icon, segment } = wordsOf(kind);
                return (
                  <li key={kind}>
                    <a href={hubHref('registry', [segment])}>
                      <Icon name={icon} size={14} />
                      <span>{many}</span>
                      <strong class="num">{count(status.counts[kind]!)}</strong>
                    </a>
                  </li>
                );
              })}
            </ul>
          </div>
        ))}
      </div>
    </section>
  );
}

function ApprovalRow({ approval }: { approval: Approval }) {
  return (
    <li>
      <a class="waiting-item" href={hubHref('approvals', [String(approval.id)])}>
        <span class="waiting-head">
          <strong>{approval.name}</strong>
          <span class="quiet small-text"><Ago time={approval.requested} /></span>
        </span>
        <span class="quiet small-text">
          {approval.requested_by} asks to put <code>{shortDigest(approval.digest)}</code> into
          service{approval.may_decide ? ' · you may decide' : ''}
        </span>
      </a>
    </li>
  );
}

// What appeared by itself, and whether it is a device or a stream.
function Unclaimed() {
  const version = useVersion('Device', 'Stream');
  const { data } = useResource('unclaimed', version, () =>
    Promise.all((['Device', 'Stream'] as const).map(async (kind) => {
      const { segment } = wordsOf(kind);
      const page = await listObjects(segment, { status: 'unclaimed', limit: 1, count: true });
      return { kind, some: page.count?.count ?? page.items.length };
    })));
  return (
    <>
      {data?.filter(({ some }) => some > 0).map(({ kind, some }) => {
        const { one, many, segment, icon } = wordsOf(kind);
        return (
          <a
            key={kind} class="waiting-row"
            href={hubHref('registry', [segment], { status: 'unclaimed' })}
          >
            <Icon name={icon} size={15} />
            <span>
              <strong class="num">{count(some)}</strong>{' '}
              {(some === 1 ? one : many).toLowerCase()} unclaimed
            </span>
            <Icon name="next" size={12} />
          </a>
        );
      })}
    </>
  );
}

function Waiting() {
  const version = useVersion('approvals');
  const { data, error, loading, reload } =
    useResource('open approvals', version, () => getApprovals('requested'));
  return (
    <section class="panel panel-waiting" aria-labelledby="waiting-title">
      <div class="panel-head">
        <h2 id="waiting-title">Waits for somebody</h2>
        <a class="small-text" href={hubHref('approvals')}>All approvals</a>
      </div>
      {error && <Fault text={`Approvals could not be loaded: ${error}.`} onAction={reload} />}
      {!data && loading && <Skeleton rows={2} />}
      {data?.items.length === 0 && (
        <p class="rail-empty quiet"><Icon name="ok" /> Nothing waits for an approval.</p>
      )}
      {data && data.items.length > 0 && (
        <ul class="alert-list">
          {data.items.slice(0, 5).map((each) => <ApprovalRow key={each.id} approval={each} />)}
        </ul>
      )}
      <Unclaimed />
    </section>
  );
}

const kRecent = 12;
const kLookedAt = 60; // leaves; not each one is a change of the catalog
const kLookedAtInFlood = 1000; // in one request
const kLookedAtMost = 6000;

const tellOf = ({ kind, name, author, change }: Change): Told =>
  ({ kind, name, author: author ?? '', isNew: change === 'created' });

// Which connection a flood came on is told by what came.
function FloodRow({ flood, isCut }: { flood: Flood<Change>; isCut: boolean }) {
  const newest = flood.items[0]!;
  const stream = flood.items.find(({ kind }) => kind === 'Stream')?.name ?? '';
  const { data } = useResource(`flood ${stream}`, '', async () =>
    (stream === '' ? '' : String((await getObject('Stream', stream)).spec.connection ?? '')));
  return (
    <li class="change-row">
      <ChangeMark change="created" />
      <span class="change-what">
        <a href={hubHref('registry', ['streams'], { status: 'unclaimed' })}>
          {isCut && 'at least '}{floodText(flood.items.map(tellOf))}
        </a>{' '}
        discovered {data ? <>on <ObjectLink kind="Connection" name={data} plain /></> : 'by itself'}
      </span>
      <span class="quiet small-text change-when">
        edge {flood.edge} · {newest.time ? <Ago time={newest.time} /> : <>entry {newest.leaf}</>}
      </span>
    </li>
  );
}

// The newest changes before the log had `size` leaves: so many that they fill the list with each
// flood told as one row.
async function changesBefore(size: number) {
  let from = Math.max(0, size - kLookedAt);
  let { items } = await getChanges(from - 1, kLookedAt);
  const isShort = () => withFloods(items, tellOf).length < kRecent
    && withFloods(items, tellOf).some(isFlood);
  while (from > 0 && isShort() && size - from < kLookedAtMost) {
    const end = from;
    from = Math.max(0, end - kLookedAtInFlood);
    const older = await getChanges(from - 1, kLookedAtInFlood);
    items = [...older.items.filter(({ leaf }) => leaf < end), ...items];
  }
  return { items, isCut: from > 0 };
}

function ChangeRow({ change }: { change: Change }) {
  return (
    <li class="change-row">
      <ChangeMark change={change.change} />
      <span class="change-what">
        <ObjectLink kind={change.kind} name={change.name} />
      </span>
      <span class="quiet small-text change-when">
        {change.author && <>{change.author} · </>}
        {change.time ? <Ago time={change.time} /> : <>entry {change.leaf}</>}
      </span>
    </li>
  );
}

function Recent({ size }: { size: number }) {
  const epoch = useHub((s) => s.epoch);
  const live = useHub((s) => s.changes);
  const mayRead = useMay('read_audit');
  const { data, error, loading, reload } =
    useResource('changes', epoch, () => changesBefore(size));
  const older = (data?.items ?? []).toReversed();
  const newest = new Set(live.map((change) => change.leaf));
  const all = [...live, ...older.filter((change) => !newest.has(change.leaf))];
  return (
    <section class="panel" aria-labelledby="recent-title">
      <div class="panel-head">
        <h2 id="recent-title">Changed last</h2>
        {mayRead && <a class="small-text" href={hubHref('audit')}>All in the audit log</a>}
      </div>
      {error && <Fault text={`Changes could not be loaded: ${error}.`} onAction={reload} />}
      {!data && loading && <Skeleton rows={6} />}
      {data && all.length === 0 && (
        <Empty icon="registry" title="Nothing is registered yet">
          <p>Apply manifests of your sites, assets and devices, or let an edge discover them.</p>
          <a class="button" href={hubHref('apply')}>Apply manifests</a>
        </Empty>
      )}
      <ul class="changes" aria-live="off">
        {withFloods(all, tellOf).slice(0, kRecent).map((item, i, shown) => (isFlood(item) ? (
          <FloodRow
            key={item.items.at(-1)!.leaf} flood={item}
            isCut={Boolean(data?.isCut) && i === shown.length - 1}
          />
        ) : <ChangeRow key={item.leaf} change={item} />))}
      </ul>
    </section>
  );
}

function Log({ status }: { status: HubStatus }) {
  const mayRead = useMay('read_audit');
  const { data, error } = useResource(
    'log', mayRead ? status.audit.size : -1, async () => (mayRead ? checkLog() : null));
  return (
    <section class="panel log-strip" aria-labelledby="log-title">
      <h2 id="log-title"><Icon name="log" /> Audit log</h2>
      <span class="num">{count(status.audit.size)} entries</span>
      <code class="quiet" title={status.audit.root}>root {shortDigest(status.audit.root)}</code>
      {data?.findings.map((finding) => (
        <span key={finding.title} title={finding.text}><FindingMark finding={finding} /></span>
      ))}
      {error && <span class="tone-warning">not checked: {error}</span>}
      {mayRead && <a href={hubHref('audit')}>Explore</a>}
    </section>
  );
}

export function OverviewPage() {
  const status = useHub((s) => s.status);
  const maySee = useMay('read');
  if (!status) {
    return (
      <main class="page" id="main">
        <h1 tabIndex={-1} class="sr-only">Overview</h1>
        <div class="panel">
          {maySee ? <Skeleton rows={3} tall />
            : <Denied text="You have no role here yet" permission="read" />}
        </div>
      </main>
    );
  }
  return (
    <main class="page page-overview" id="main">
      <div class="page-head"><h1 tabIndex={-1}>Overview</h1></div>
      <div class="overview">
        <div class="stack">
          <Edges status={status} />
          <Counts status={status} />
          <Log status={status} />
        </div>
        <div class="stack">
          <Waiting />
          <Recent size={status.audit.size} />
        </div>
      </div>
    </main>
  );
}
