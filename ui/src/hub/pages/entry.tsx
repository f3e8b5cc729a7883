// One entry of the audit log, proved in this browser to be in it.

import { count } from '../../format';
import { Icon } from '../../parts/icons';
import { Skeleton } from '../../parts/states';
import { When } from '../../parts/time';
import { useResource } from '../../resource';
import { proofFile } from '../api';
import { Findings } from '../parts/findings';
import { CopyText } from '../parts/form';
import { Crumbs } from '../parts/frame';
import { ProofLegend, ProofPicture } from '../parts/proof_picture';
import { Trouble } from '../parts/trouble';
import { checkEntry, leafText } from '../proof/log';
import type { EntryView } from '../proof/log';
import { hubHref } from '../route';
import { actionText, Actor, Subject } from './audit';

function Verdict({ view }: { view: EntryView }) {
  const isBroken = view.findings.some((finding) => finding.state === 'failed');
  const isOpen = view.findings.some((finding) => finding.state === 'unsupported');
  const [icon, tone, text] = isBroken
    ? ['critical', 'critical', 'This entry is not proved'] as const
    : isOpen ? ['unknown', 'warning', 'Not all of it could be checked here'] as const
      : ['ok', 'ok', 'In the log, unaltered'] as const;
  return (
    <section
      class={`panel verdict-panel verdict-${tone}`} aria-label="Outcome"
      role={isBroken ? 'alert' : undefined}
    >
      <h2 class={`tone-${tone}`}><Icon name={icon} size={20} /> {text}</h2>
      <Findings findings={view.findings} />
      <p class="note">
        Computed here from the entry's text, not taken from the hub.{' '}
        <a href={proofFile(view.entry.index)} download>Proof for offline use</a>{' '}
        (C2SP tlog-proof).{' '}
        <code>lineside audit verify</code> checks the whole log.
      </p>
    </section>
  );
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Entry({ view: { entry } }: { view: EntryView }) {
  const text = leafText(entry.entry);
  return (
    <section class="panel" aria-labelledby="entry-title">
      <div class="panel-head"><h2 id="entry-title">{actionText(entry.action)}</h2></div>
      <dl class="facts-list">
        <div>
          <dt>Time</dt>
          <dd><When time={entry.time} /></dd>
        </div>
        <div>
          <dt>Who</dt>
          <dd><Actor entry={entry} /></dd>
        </div>
        <div>
          <dt>About</dt>
          <dd>{entry.subject ? <Subject subject={entry.subject} /> : '–'}</dd>
        </div>
      </dl>
      <div class="entry-text">
        <pre tabIndex={0} aria-label="The entry, laid out">{pretty(text)}</pre>
        <details>
          <summary>The leaf, byte by byte as it is hashed</summary>
          <CopyText text={text} label="the leaf" />
        </details>
      </div>
    </section>
  );
}

export function EntryPage({ index }: { index: number }) {
  const { data, error, status, loading, reload } =
    useResource(`entry ${index}`, 0, () => checkEntry(index));
  return (
    <main class="page" id="main">
      <Crumbs crumbs={[{ text: 'Audit log', href: hubHref('audit') }]} />
      <div class="page-head">
        <h1 tabIndex={-1}>Entry {count(index)}</h1>
        {data && (
          <span class="entry-steps">
            {index > 0 && (
              <a class="button small" href={hubHref('audit', [String(index - 1)])}>
                <Icon name="back" size={12} /> {count(index - 1)}
              </a>
            )}
            {index + 1 < data.proof.size && (
              <a class="button small" href={hubHref('audit', [String(index + 1)])}>
                {count(index + 1)} <Icon name="next" size={12} />
              </a>
            )}
          </span>
        )}
      </div>
      {error && !data && (
        <Trouble
          what={`entry ${index}`} error={error} status={status} onRetry={reload}
          permission="read_audit"
        />
      )}
      {!data && loading && <div class="panel"><Skeleton rows={8} /></div>}
      {data && (
        <div class="entry-layout">
          <div class="stack">
            <Verdict view={data} />
            <Entry view={data} />
          </div>
          <section class="panel" aria-labelledby="path-title">
            <div class="panel-head">
              <h2 id="path-title">From the entry to the root</h2>
              <span class="quiet small-text num">{data.steps.length} steps</span>
            </div>
            <div class="proof-box">
              <ProofLegend />
              <ProofPicture view={data} />
            </div>
          </section>
        </div>
      )}
    </main>
  );
}
