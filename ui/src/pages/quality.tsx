// Data quality: what arrives, what is turned away and why, what waits.

import { useEffect } from 'preact/hooks';
import type { ComponentChildren } from 'preact';

import { getConfig, getRejects } from '../api';
import type { Connection, Reject, Status } from '../api';
import { bytes, compact, count, duration, number, some, words } from '../format';
import { LinkStateMark } from '../parts/badge';
import { Empty, Fault, Skeleton } from '../parts/states';
import { Ago, Until, When } from '../parts/time';
import { useResource } from '../resource';
import { href } from '../route';
import { useStore } from '../store';

interface TileProps {
  name: string;
  value: string;
  unit?: string;
  title?: string;
  tone?: 'warning' | 'critical';
  children?: ComponentChildren;
}

function Tile({ name, value, unit, title, tone, children }: TileProps) {
  return (
    <div class={`tile ${tone ? `tile-${tone}` : ''}`} title={title}>
      <span class="tile-name">{name}</span>
      <span class="tile-value num">
        {value}
        {unit && <small> {unit}</small>}
      </span>
      <span class="tile-more quiet">{children}</span>
    </div>
  );
}

// `plain`: a share that is neither good nor bad, however large.
function Fill({ share, plain }: { share: number; plain?: boolean }) {
  const tone = plain ? 'plain' : share > 0.9 ? 'critical' : share > 0.7 ? 'warning' : 'plain';
  const size = `${Math.min(100, Math.max(0, share * 100))}%`;
  return (
    <span class="fill" aria-hidden="true">
      <span class={`fill-bar fill-${tone}`} style={{ inlineSize: size }} />
    </span>
  );
}

// A share that stays readable when it is tiny: a few in a million matter here.
function smallShare(part: number, whole: number): string {
  if (whole === 0 || part === 0) return 'none';
  const share = (part / whole) * 100;
  return share < 0.001 ? '<0.001 %' : `${share.toPrecision(2)} %`;
}

function Tiles({ status, rate }: { status: Status; rate: number | null }) {
  const { counts, store } = status;
  const offered = counts.readings + counts.rejected;
  const share = store.history_cap_bytes > 0 ? store.history_bytes / store.history_cap_bytes : 0;
  return (
    <div class="tiles">
      <Tile name="Readings" value={compact(counts.readings)} title={count(counts.readings)}>
        {rate === null ? '–' : count(Math.round(rate))} per second
      </Tile>
      <Tile
        name="Rejected" value={compact(counts.rejected)} title={count(counts.rejected)}
        tone={counts.rejected > offered / 100 ? 'warning' : undefined}
      >
        {smallShare(counts.rejected, offered)} of all, since this start
      </Tile>
      <Tile
        name="Predictions" value={compact(counts.predictions)} title={count(counts.predictions)}
      >
        {some(counts.alerts_total, 'alert')} raised
      </Tile>
      <Tile name="Lag" value={number(status.lag_ms, 2)} unit="ms">
        from arrival to decision
      </Tile>
      <Tile
        name="History" value={bytes(store.history_bytes)}
        tone={store.state === 'ok' ? undefined : 'critical'}
      >
        <Fill share={share} /> of {bytes(store.history_cap_bytes)}
      </Tile>
      <Tile name="Outbox" value={compact(store.outbox)}>
        {store.outbox === 0 ? 'all sent' : 'waiting to be sent'}
      </Tile>
    </div>
  );
}

function Count({ name, value, unwanted }: { name: string; value: number; unwanted?: boolean }) {
  return (
    <td
      role="cell" data-label={name}
      class={`num end ${unwanted && value > 0 ? 'tone-warning' : ''}`}
    >
      {count(value)}
    </td>
  );
}

function ConnectionRow({ connection: c }: { connection: Connection }) {
  return (
    <tr role="row">
      <th role="rowheader" scope="row">{c.name}</th>
      <td role="cell" class="quiet" data-label="Address">
        <span class="nowrap">{c.protocol} · {c.address}</span>
      </td>
      <td role="cell" data-label="State">
        <LinkStateMark state={c.state} />
        <div class="quiet small-text">
          <Ago time={c.since} />
          {c.next_try && <><br />next try <Until time={c.next_try} /></>}
        </div>
      </td>
      <Count name="Messages" value={c.received} />
      <Count name="Readings" value={c.accepted} />
      <Count name="Rejected" value={c.rejected} unwanted />
      <Count name="Empty" value={c.without_readings ?? 0} unwanted />
      <Count name="Reconnects" value={c.reconnects} />
      <Count name="Gaps" value={c.gaps} unwanted />
      <td role="cell" class="last-error" data-label="Last error">
        {c.last_error || <span class="quiet">none</span>}
      </td>
    </tr>
  );
}

function NoConnection({ revision }: { revision: string }) {
  const { data: config } = useResource('config', revision, getConfig);
  return (
    <Empty icon="plug" title="No connection is configured">
      {config?.follows_hub ? (
        <p>This edge gets its connections from a hub: apply one there.</p>
      ) : (
        <p>
          Put a connection manifest into the{' '}
          <a href={href('config')}>configuration folder</a> and reload it.
        </p>
      )}
    </Empty>
  );
}

function Connections({ status }: { status: Status }) {
  const { connections } = status;
  return (
    <section class="panel" aria-labelledby="connections-title">
      <div class="panel-head"><h2 id="connections-title">Connections</h2></div>
      {connections.length === 0 ? (
        <NoConnection revision={status.config.revision} />
      ) : (
        <div class="table-box" tabIndex={0} role="group" aria-labelledby="connections-title">
          <table role="table" class="table stacked">
            <thead role="rowgroup">
              <tr role="row">
                <th role="columnheader" scope="col">Name</th>
                <th role="columnheader" scope="col">Address</th>
                <th role="columnheader" scope="col">State</th>
                <th
                  role="columnheader" scope="col" class="end" title="Messages received"
                >
                  Messages
                </th>
                <th
                  role="columnheader" scope="col" class="end"
                  title="Readings accepted; a message may hold several"
                >
                  Readings
                </th>
                <th role="columnheader" scope="col" class="end">Rejected</th>
                <th
                  role="columnheader" scope="col" class="end"
                  title="Messages that a mapping took and that held none of its values"
                >
                  Empty
                </th>
                <th role="columnheader" scope="col" class="end">Reconnects</th>
                <th
                  role="columnheader" scope="col" class="end"
                  title="Numbers missing in the source's sequence"
                >
                  Gaps
                </th>
                <th role="columnheader" scope="col">Last error</th>
              </tr>
            </thead>
            <tbody role="rowgroup">
              {connections.map((c) => <ConnectionRow key={c.name} connection={c} />)}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

// Payloads are foreign: shown as text, with what does not print made visible.
function visible(sample: string): string {
  const shown = [...sample].map((c) => {
    const code = c.codePointAt(0)!;
    const hidden = code < 32 || (code >= 0x7f && code < 0xa0) || code === 0xfffd
      || (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e)
      || (code >= 0x2066 && code <= 0x2069);
    return hidden && c !== '\n' ? `\\u${code.toString(16).padStart(4, '0')}` : c;
  });
  return shown.join('');
}

const kSampleShown = 120;

function Sample({ text }: { text: string }) {
  const shown = visible(text);
  if (shown === '') return <span class="quiet">empty payload</span>;
  if (shown.length <= kSampleShown) return <code class="sample">{shown}</code>;
  return (
    <details class="sample-more">
      <summary>
        <code class="sample">{shown.slice(0, kSampleShown)}…</code>
      </summary>
      <pre class="sample" tabIndex={0}>{shown}</pre>
    </details>
  );
}

function RejectTable({ rejects }: { rejects: Reject[] }) {
  const sorted = rejects.toSorted((a, b) => b.count - a.count);
  const all = Math.max(1, rejects.reduce((sum, each) => sum + each.count, 0));
  return (
    <div class="table-box" tabIndex={0} role="group" aria-labelledby="rejects-title">
      <table role="table" class="table stacked rejects">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col">Reason</th>
            <th role="columnheader" scope="col" class="end">Count</th>
            <th role="columnheader" scope="col"><span class="sr-only">Share</span></th>
            <th role="columnheader" scope="col">Connection</th>
            <th role="columnheader" scope="col">Last</th>
            <th role="columnheader" scope="col">A sample</th>
          </tr>
        </thead>
        <tbody role="rowgroup">
          {sorted.map((r) => (
            <tr role="row" key={`${r.connection} ${r.reason}`}>
              <th role="rowheader" scope="row" title={r.reason}>{words(r.reason)}</th>
              <Count name="Count" value={r.count} />
              <td role="cell" class="cell-fill"><Fill share={r.count / all} plain /></td>
              <td role="cell" class="quiet" data-label="Connection">{r.connection}</td>
              <td role="cell" class="quiet nowrap" data-label="Last"><Ago time={r.last} /></td>
              <td role="cell" class="cell-sample"><Sample text={r.sample} /></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// Counts outlive the process, so they are of more than the tile above says.
function Since({ rejects }: { rejects: Reject[] }) {
  const first = rejects.map((r) => r.since ?? '').filter((since) => since !== '').sort()[0];
  return first ? <>since <When time={first} /></> : <>since the edge's state was created</>;
}

function Rejects() {
  const epoch = useStore((s) => s.epoch);
  const rejected = useStore((s) => s.status?.counts.rejected ?? 0);
  const paused = useStore((s) => s.pausedAt > 0);
  const { data, error, loading, reload } = useResource('rejects', epoch, getRejects);
  useEffect(() => {
    if (paused) return;
    const timer = setTimeout(reload, 2_000);
    return () => clearTimeout(timer);
  }, [rejected, paused]);
  return (
    <section class="panel" aria-labelledby="rejects-title">
      <div class="panel-head">
        <h2 id="rejects-title">Rejected, by reason</h2>
        <span class="quiet small-text"><Since rejects={data ?? []} /></span>
      </div>
      {error && <Fault text={`Rejects could not be loaded: ${error}.`} onAction={reload} />}
      {!data && loading && <Skeleton rows={4} />}
      {data?.length === 0 && (
        <Empty icon="ok" title="Nothing has been rejected">
          <p>Whatever does not fit its mapping or contract is counted here, with a sample.</p>
        </Empty>
      )}
      {data && data.length > 0 && <RejectTable rejects={data} />}
    </section>
  );
}

function Queues({ status }: { status: Status }) {
  return (
    <section class="panel" aria-labelledby="queues-title">
      <div class="panel-head"><h2 id="queues-title">Queues</h2></div>
      <ul class="queues">
        {status.queues.map((queue) => (
          <li key={queue.name}>
            <span>{queue.name}</span>
            <Fill share={queue.capacity > 0 ? queue.depth / queue.capacity : 0} />
            <span class="num quiet">
              {count(queue.depth)} of {count(queue.capacity)}
            </span>
          </li>
        ))}
      </ul>
      <dl class="facts-list">
        <div>
          <dt>Started</dt>
          <dd><When time={status.started} /></dd>
        </div>
        <div>
          <dt>Running for</dt>
          <dd>{duration(Date.parse(status.now) - Date.parse(status.started))}</dd>
        </div>
        <div>
          <dt>Store</dt>
          <dd>{words(status.store.state)}{status.store.error && `: ${status.store.error}`}</dd>
        </div>
      </dl>
    </section>
  );
}

export function QualityPage() {
  const status = useStore((s) => s.status);
  const rate = useStore((s) => s.rate);
  return (
    <main class="page" id="main">
      <div class="page-head"><h1 tabIndex={-1}>Data quality</h1></div>
      {!status && <Skeleton rows={3} tall />}
      {status && (
        <div class="stack">
          <Tiles status={status} rate={rate} />
          <Connections status={status} />
          <Rejects />
          <Queues status={status} />
        </div>
      )}
    </main>
  );
}
