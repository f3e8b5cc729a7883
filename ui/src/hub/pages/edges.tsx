// Enrolled edges, those that wait to join, and how another one joins.

import { useState } from 'preact/hooks';

import { serverNow } from '../../contact';
import { count, parseTime, shortDigest, timeLeft } from '../../format';
import { Filters } from '../../parts/filters';
import { Icon } from '../../parts/icons';
import { Empty, Fault, Skeleton } from '../../parts/states';
import { Ago } from '../../parts/time';
import { useResource } from '../../resource';
import { useSettings } from '../../settings';
import { useAction } from '../action';
import { endEnrolment, getEdges, getEnrolments } from '../api';
import type { Edge, EdgeWord, Enrolment } from '../api';
import { withTimes } from '../faults';
import { usePages } from '../pages_of';
import { EdgeState, kEdgeStates, ObjectLink } from '../parts/marks';
import { ActionFault, Trouble } from '../parts/trouble';
import { hubHref, replaceQuery } from '../route';
import type { HubRoute } from '../route';
import { whyText } from '../standing';
import { touch, useMay, useVersion } from '../store';
import { JoinDialog } from './join';

const kPageSize = 200;
const kSoonMs = 14 * 86_400_000;
// What needs somebody stands first.
const kRank: EdgeWord[] =
  ['failed', 'silent', 'behind', 'applying', 'stopped', 'never', 'in_sync'];

function Expiry({ time }: { time: string | null }) {
  const left = parseTime(time) - serverNow();
  if (!Number.isFinite(left)) return <>–</>;
  if (left < 0) {
    return <span class="tone-critical"><Icon name="critical" size={13} /> expired</span>;
  }
  if (left > kSoonMs) return <span class="quiet num">{timeLeft(left)}</span>;
  return <span class="tone-warning num"><Icon name="warning" size={13} /> {timeLeft(left)}</span>;
}

function Row({ edge }: { edge: Edge }) {
  const { utc } = useSettings();
  return (
    <tr>
      <th scope="row"><a class="row-name" href={hubHref('edges', [edge.name])}>{edge.name}</a></th>
      <td data-label="State" class="cell-plain"><EdgeState state={edge.state} /></td>
      <td class="cell-why" data-label="Why" title={edge.why}>{withTimes(whyText(edge), utc)}</td>
      <td data-label="Site">
        {edge.site && <ObjectLink kind="Site" name={edge.site} plain />}
      </td>
      <td class="num" data-label="Runs">
        {edge.reported_version ? `v${edge.reported_version}` : '–'}
        {edge.desired_version !== edge.reported_version && (
          <span class="quiet"> of v{edge.desired_version}</span>
        )}
      </td>
      <td class="quiet" data-label="Seen"><Ago time={edge.seen} /></td>
      <td data-label="Certificate"><Expiry time={edge.certificate_expires} /></td>
    </tr>
  );
}

function Table({ edges }: { edges: Edge[] }) {
  return (
    <div class="table-box" tabIndex={0} role="group" aria-label="Edges">
      <table class="table registry-table edges-table">
        <thead>
          <tr>
            <th scope="col">Edge</th>
            <th scope="col">State</th>
            <th scope="col">Why</th>
            <th scope="col">Site</th>
            <th scope="col">Runs</th>
            <th scope="col">Seen</th>
            <th scope="col">Certificate</th>
          </tr>
        </thead>
        <tbody>{edges.map((edge) => <Row key={edge.name} edge={edge} />)}</tbody>
      </table>
    </div>
  );
}

function EnrolmentRow({ enrolment: e, onEnded }: { enrolment: Enrolment; onEnded: () => void }) {
  const action = useAction();
  const left = parseTime(e.expires) - serverNow();
  const end = async () => {
    if (await action.run(async () => void await endEnrolment(e.name))) onEnded();
  };
  return (
    <li class="enrolment">
      <strong>{e.name}</strong>
      <span class="quiet small-text">
        {e.edge ? `for ${e.edge}` : `${count(e.uses)} of ${count(e.max_uses)} used`}
        {e.site && ` in ${e.site}`} · {left > 0 ? `${timeLeft(left)} left` : 'expired'}
      </span>
      <button type="button" class="button small" disabled={action.busy} onClick={end}>
        End<span class="sr-only"> the enrolment {e.name}</span>
      </button>
      <ActionFault error={action.error} />
    </li>
  );
}

function Enrolments() {
  const { data, error, reload } =
    useResource('enrolments', useVersion('edges', 'enrolments'), getEnrolments);
  if (error) return <Fault text={`Enrolments could not be loaded: ${error}.`} onAction={reload} />;
  const open = data?.items.filter((each) => each.uses < each.max_uses) ?? [];
  if (open.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="enrolments-title">
      <div class="panel-head">
        <h2 id="enrolments-title">Open enrolments</h2>
        <span class="quiet small-text">whoever has the secret may join</span>
      </div>
      <ul class="enrolments">
        {open.map((each) => (
          <EnrolmentRow key={each.name} enrolment={each} onEnded={() => touch('enrolments')} />
        ))}
      </ul>
    </section>
  );
}

function States({ edges, route }: { edges: Edge[]; route: HubRoute }) {
  const chosen = route.query.get('state') ?? '';
  const present = kRank.filter((state) => edges.some((edge) => edge.state === state));
  return (
    <Filters
      label="Filter by state" current={chosen}
      onChoose={(state) => replaceQuery(route, { state: chosen === state ? '' : state })}
      filters={[
        { value: '', face: 'All', count: edges.length },
        ...present.map((state) => ({
          value: state, face: <EdgeState state={state} />,
          title: `The edge ${kEdgeStates[state][3]}`,
          count: edges.filter((edge) => edge.state === state).length,
        })),
      ]}
    />
  );
}

// Of a list that leaves out what runs another model.
function ModelFilter({ digest, route }: { digest: string; route: HubRoute }) {
  return (
    <div class="filters" role="group" aria-label="Filters">
      <button
        type="button" class="filter" aria-pressed="true" title={digest}
        aria-label={`Remove the filter runs ${shortDigest(digest)}`}
        onClick={() => replaceQuery(route, { digest: '' })}
      >
        runs <code>{shortDigest(digest)}</code> <Icon name="cross" size={12} />
      </button>
    </div>
  );
}

function NoEdges({ onJoin, mayJoin }: { onJoin: () => void; mayJoin: boolean }) {
  return (
    <div class="panel">
      <Empty icon="chip" title="No edge has joined yet">
        <p>
          An edge runs beside the machines and only dials out. It joins with one command, gets its
          own certificate, and from then on follows what is registered here.
        </p>
        {mayJoin && (
          <button type="button" class="button primary" onClick={onJoin}>Join an edge</button>
        )}
      </Empty>
    </div>
  );
}

export function EdgesPage({ route }: { route: HubRoute }) {
  const mayJoin = useMay('manage_edges');
  const asked = route.query.get('join');
  const [joining, setJoining] = useState(asked !== null && mayJoin);
  const digest = route.query.get('digest') ?? '';
  const pages = usePages<Edge>(`edges ${digest}`, useVersion('edges'), (cursor) =>
    getEdges({ digest, limit: kPageSize, cursor }));
  const { items, data, error, status, loading, reload } = pages;
  const state = route.query.get('state') ?? '';
  const shown = items.filter((edge) => state === '' || edge.state === state).toSorted((a, b) =>
    kRank.indexOf(a.state) - kRank.indexOf(b.state)
    || a.name.localeCompare(b.name, 'en', { numeric: true }));
  return (
    <main class="page" id="main">
      <div class="page-head">
        <h1 tabIndex={-1}>Edges</h1>
        {data && items.length > 0 && <States edges={items} route={route} />}
        {digest && <ModelFilter digest={digest} route={route} />}
        {mayJoin && (
          <button type="button" class="button primary end-button" onClick={() => setJoining(true)}>
            <Icon name="plus" size={14} /> Join an edge
          </button>
        )}
      </div>
      <div class="stack">
        {error && !data && (
          <Trouble what="the edges" error={error} status={status} onRetry={reload} />
        )}
        {error && data && <Fault text={`Could not be brought up to date: ${error}.`} />}
        {!data && loading && <div class="panel"><Skeleton rows={8} /></div>}
        {data && items.length === 0 && digest && (
          <div class="panel"><Empty icon="chip" title="No edge reports that it runs this" /></div>
        )}
        {data && items.length === 0 && !digest && (
          <NoEdges onJoin={() => setJoining(true)} mayJoin={mayJoin} />
        )}
        {items.length > 0 && (
          <div class="panel">
            {shown.length > 0 ? <Table edges={shown} />
              : <Empty icon="check" title="No edge is in this state" />}
            {pages.hasMore && (
              <button
                type="button" class="button small more" disabled={pages.busy} onClick={pages.more}
              >
                {pages.busy ? 'Loading…' : 'Load more'}
              </button>
            )}
          </div>
        )}
        {mayJoin && <Enrolments />}
      </div>
      {joining && (
        <JoinDialog edge={asked && asked !== '1' ? asked : ''} onClose={() => setJoining(false)} />
      )}
    </main>
  );
}
