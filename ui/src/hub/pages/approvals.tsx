// What waits for a second person's word, and what was said.

import { useState } from 'preact/hooks';

import { countedFilters, Filters } from '../../parts/filters';
import type { ItemFilter } from '../../parts/filters';
import { Icon } from '../../parts/icons';
import { Empty, Fault, Skeleton } from '../../parts/states';
import { Ago, When } from '../../parts/time';
import { useResource } from '../../resource';
import { useAction } from '../action';
import { decideApproval, getApproval, getApprovals } from '../api';
import type { Approval } from '../api';
import { refusalText } from '../faults';
import { usePages } from '../pages_of';
import { AreaField } from '../parts/form';
import { ApprovalState, Digest, ObjectLink } from '../parts/marks';
import { ReportOf } from '../parts/report';
import { ActionFault, Damaged, Trouble } from '../parts/trouble';
import { hubHref, replaceQuery } from '../route';
import type { HubRoute } from '../route';
import { touch, useVersion } from '../store';

type Filter = 'requested' | 'decided' | 'all';
const kFilters: ItemFilter<Filter, Approval>[] = [
  ['requested', 'Waiting', (each) => each.state === 'requested'],
  ['decided', 'Decided', (each) => each.state !== 'requested'],
  ['all', 'All', () => true],
];

function Item({ approval, selected }: { approval: Approval; selected: boolean }) {
  return (
    <li>
      <a
        class="alert-item" href={hubHref('approvals', [String(approval.id)])}
        aria-current={selected ? 'true' : undefined}
      >
        <span class="alert-line">
          <ApprovalState state={approval.state} />
          <span class="quiet small-text">
            <Ago time={approval.decided ?? approval.requested} />
          </span>
        </span>
        <span class="alert-title">{approval.name}</span>
        <span class="alert-line quiet small-text">asked by {approval.requested_by}</span>
      </a>
    </li>
  );
}

const kDecisions = [
  ['approved', 'check', 'Approve', 'It may go into service'],
  ['rejected', 'cross', 'Reject', 'It stays out of service'],
] as const;
type Decision = (typeof kDecisions)[number][0];

function DecisionForm({ approval, onReload }: { approval: Approval; onReload: () => void }) {
  const [decision, setDecision] = useState<Decision | ''>('');
  const [reason, setReason] = useState('');
  const [fault, setFault] = useState('');
  const action = useAction();
  const send = async (event: Event) => {
    event.preventDefault();
    const found = decision === '' ? 'Choose to approve or to reject.'
      : reason.trim() === '' ? 'Say why: the reason goes into the audit log.' : '';
    setFault(found);
    if (found !== '' || decision === '') return;
    const done = await action.run(async () => {
      await decideApproval(approval, decision, reason.trim());
    });
    if (done) touch('approvals');
  };
  return (
    <form class="panel-body form" onSubmit={send} noValidate aria-label="Your decision">
      <fieldset class="choices choices-two">
        <legend class="sr-only">Decision</legend>
        {kDecisions.map(([value, icon, word, hint]) => (
          <label key={value} class="choice">
            <input
              type="radio" name="decision" value={value} checked={decision === value}
              onChange={() => setDecision(value)}
            />
            <span class="choice-face">
              <Icon name={icon} />
              <span class="choice-text"><strong>{word}</strong><small>{hint}</small></span>
            </span>
          </label>
        ))}
      </fieldset>
      <AreaField
        label="Reason" value={reason} onValue={setReason} required
        placeholder="what you looked at, and what follows from it"
      />
      <div class="decides-on">
        <span class="quiet small-text">Your word holds for exactly this digest</span>
        <Digest text={approval.digest} />
      </div>
      {fault && <Fault text={fault} />}
      <ActionFault error={action.error} onReload={onReload} />
      <button type="submit" class="button primary" disabled={action.busy}>
        {action.busy ? 'Storing…' : decision === 'rejected' ? 'Reject' : 'Approve'}
      </button>
    </form>
  );
}

function Outcome({ approval: a }: { approval: Approval }) {
  return (
    <div class="panel-body">
      <p>
        <ApprovalState state={a.state} /> by <strong>{a.decided_by || 'somebody'}</strong>,{' '}
        <When time={a.decided} />
      </p>
      {a.reason && <blockquote class="reason">{a.reason}</blockquote>}
    </div>
  );
}

function Verdict({ approval: a, onReload }: { approval: Approval; onReload: () => void }) {
  const isOpen = a.state === 'requested';
  return (
    <section class="panel" aria-labelledby="decision-title">
      <div class="panel-head">
        <h3 id="decision-title">{isOpen ? 'Your decision' : 'Decision'}</h3>
      </div>
      {!isOpen && <Outcome approval={a} />}
      {isOpen && a.may_decide && <DecisionForm approval={a} onReload={onReload} />}
      {isOpen && !a.may_decide && (
        <div class="panel-body why-not">
          <Icon name="lock" />
          <p>
            <strong>This is not for you to decide.</strong>{' '}
            {a.why_not ? refusalText(a.why_not) : 'It takes somebody else.'}
          </p>
        </div>
      )}
    </section>
  );
}

// What a purpose holds is the hub's affair; a plain text is shown as it is.
function purposeText(purpose: unknown): string {
  if (typeof purpose !== 'string') return JSON.stringify(purpose);
  try {
    const value: unknown = JSON.parse(purpose);
    if (typeof value !== 'object' || value === null) return String(value);
    return Object.entries(value).map(([key, each]) => `${key}: ${String(each)}`).join(', ');
  } catch {
    return purpose;
  }
}

function Detail({ id }: { id: string }) {
  const { data: a, error, status, loading, reload } =
    useResource(`approval ${id}`, useVersion('approvals'), () => getApproval(id));
  if (error && !a) {
    return <Trouble what="this request" error={error} status={status} onRetry={reload} />;
  }
  if (!a) return loading ? <div class="panel"><Skeleton rows={8} /></div> : null;
  return (
    <div class="stack split-detail">
      <a class="back narrow-only" href={hubHref('approvals')}><Icon name="back" /> Approvals</a>
      <section class="panel">
        <header class="alert-head">
          <ApprovalState state={a.state} />
          <h2 tabIndex={-1}>Put {a.name} into service</h2>
        </header>
        <dl class="facts-list approval-facts">
          <div>
            <dt>Asked by</dt>
            <dd>{a.requested_by}</dd>
          </div>
          <div>
            <dt>Asked</dt>
            <dd><When time={a.requested} /></dd>
          </div>
          <div class="wide-fact">
            <dt>What for</dt>
            <dd>{purposeText(a.purpose) || '–'}</dd>
          </div>
          {!(a.state === 'requested' && a.may_decide) && (
            <div class="wide-fact">
              <dt>Digest</dt>
              <dd><Digest text={a.digest} /></dd>
            </div>
          )}
        </dl>
        <p class="panel-foot">
          <ObjectLink kind={a.kind} name={a.name} />
          <span class="quiet small-text">its lineage and where it would run</span>
        </p>
      </section>
      <ReportOf
        version={a.name} digest={a.digest} then={<Verdict approval={a} onReload={reload} />}
      />
    </div>
  );
}

export function ApprovalsPage({ route }: { route: HubRoute }) {
  const id = route.path[0] ?? '';
  const version = useVersion('approvals');
  const waiting = usePages('waiting', version, (before) => getApprovals('requested', before));
  const pages = usePages('approvals', version, (before) => getApprovals('', before));
  const { data, error, status, loading, reload } = pages;
  const filter = kFilters.find(([name]) => name === route.query.get('show'))?.[0] ?? 'requested';
  // What waits may be older than all that is loaded of the others.
  const old = waiting.items.filter(({ id }) => !pages.items.some((each) => each.id === id));
  const all = [...pages.items, ...old];
  const listed = all.filter(kFilters.find(([name]) => name === filter)![2]);
  const shown = id || String(listed[0]?.id ?? '');
  return (
    <main class={`page page-approvals ${id ? 'has-detail' : ''}`} id="main">
      <div class="page-head">
        <h1 tabIndex={-1}>Approvals</h1>
        <Filters
          label="Filter approvals" filters={countedFilters(kFilters, all)} current={filter}
          onChoose={(show) => replaceQuery(route, { show })}
        />
      </div>
      {error && !data && (
        <Trouble what="the approvals" error={error} status={status} onRetry={reload} />
      )}
      <Damaged rows={pages.damaged} />
      {!data && loading && <div class="panel"><Skeleton rows={8} /></div>}
      {data && all.length === 0 && (
        <div class="panel">
          <Empty icon="stamp" title="Nothing has asked for an approval">
            <p>
              Putting a model version into service takes a second person: never its author, never
              who asked. Requests appear here, each bound to the exact digest.
            </p>
          </Empty>
        </div>
      )}
      {all.length > 0 && (
        <div class="split">
          <div class="panel split-list">
            {listed.length === 0 && <Empty icon="check" title="Nothing waits" />}
            <ul class="alert-list">
              {listed.map((each) => (
                <Item key={each.id} approval={each} selected={String(each.id) === shown} />
              ))}
            </ul>
            {(filter === 'requested' ? waiting : pages).hasMore && (
              <button
                type="button" class="button small more" disabled={pages.busy || waiting.busy}
                onClick={(filter === 'requested' ? waiting : pages).more}
              >
                Load older
              </button>
            )}
          </div>
          <div class={id ? undefined : 'preselected'}>
            {shown && <Detail key={shown} id={shown} />}
          </div>
        </div>
      )}
    </main>
  );
}
