// The configuration that runs, what is wrong with the one on disk, and the reload.

import { useState } from 'preact/hooks';

import { getConfig, reloadConfig } from '../api';
import type { Config, Reloaded } from '../api';
import { noticeError } from '../contact';
import { modelText } from '../facts';
import { count, setting, shortDigest, words } from '../format';
import { ApiError } from '../http';
import { Icon } from '../parts/icons';
import { Empty, Fault, Skeleton } from '../parts/states';
import { When } from '../parts/time';
import { useResource } from '../resource';
import { useStore } from '../store';

type Json = Record<string, unknown>;

// A problem begins with file:line where it has one.
function Problem({ text }: { text: string }) {
  const [, place, rest] = /^([^\s:][^:\n]*:\d+(?::\d+)?):?\s+([\s\S]*)$/.exec(text) ?? [];
  return (
    <li class="problem">
      <Icon name="critical" size={14} />
      <span>
        {place && <code class="place">{place}</code>} {place ? rest : text}
      </span>
    </li>
  );
}

function Problems({ problems }: { problems: string[] }) {
  return (
    <ul class="problems">
      {problems.map((text, i) => <Problem key={i} text={text} />)}
    </ul>
  );
}

function asText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'number') return setting(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (Array.isArray(value)) return value.map(asText).join(', ');
  if (typeof value === 'object') {
    const { name } = value as Json;
    if (name !== undefined) return asText(name);
    return Object.entries(value).map(([key, each]) => `${words(key)} ${asText(each)}`).join(', ');
  }
  return String(value);
}

function factText(facts: Json, key: string): string {
  const value = facts[key];
  if (key === 'model' && value === null) return 'none: its outputs are its features';
  const isModel = key === 'model' && typeof value === 'object';
  return isModel ? modelText(asText(facts.name), value as { file?: string; digest?: string })
    : asText(value);
}

const kHead = new Set(['name', 'title', 'decisions', 'version']);

function decisionText(item: unknown): string {
  const d = item as Json;
  const clear = d.clear === null || d.clear === undefined ? '' : `, clears at ${asText(d.clear)}`;
  const often = typeof d.k === 'number' && typeof d.n === 'number'
    ? ` in ${d.k} of ${d.n} scores` : '';
  return `${words(String(d.name ?? 'decision'))}: ${asText(d.output || 'score')} ` +
    `${asText(d.when)} ${asText(d.threshold)}${often}${clear} (${asText(d.severity)})`;
}

// A pipeline, connection or contract with whatever facts the edge gives of it.
function Item({ item }: { item: unknown }) {
  if (typeof item !== 'object' || item === null) {
    return <li class="config-item"><h3>{String(item)}</h3></li>;
  }
  const facts = item as Json;
  const decisions = Array.isArray(facts.decisions) ? facts.decisions : [];
  return (
    <li class="config-item">
      <h3>
        {asText(facts.title || facts.name)}{' '}
        {facts.title ? <span class="quiet small-text nowrap">{asText(facts.name)}</span> : null}
        {facts.version ? (
          <code class="digest" title={String(facts.version)}>
            {shortDigest(String(facts.version))}
          </code>
        ) : null}
      </h3>
      <dl class="config-facts">
        {Object.keys(facts).filter((key) => !kHead.has(key)).map((key) => (
          <div key={key}>
            <dt>{words(key)}</dt>
            <dd>{factText(facts, key)}</dd>
          </div>
        ))}
        {decisions.length > 0 && (
          <div>
            <dt>Decisions</dt>
            <dd>{decisions.map((d, i) => <div key={i}>{decisionText(d)}</div>)}</dd>
          </div>
        )}
      </dl>
    </li>
  );
}

function Items({ title, items, hint }: { title: string; items: unknown[]; hint: string }) {
  return (
    <section class="panel" aria-label={title}>
      <div class="panel-head">
        <h2>{title}</h2>
        <span class="quiet num">{count(items.length)}</span>
      </div>
      {items.length === 0 ? (
        <p class="rail-empty quiet">{hint}</p>
      ) : (
        <ul class="config-items">
          {items.map((item, i) => <Item key={i} item={item} />)}
        </ul>
      )}
    </section>
  );
}

type Outcome =
  | { kind: 'done'; result: Reloaded }
  | { kind: 'refused'; problems: string[] }
  | { kind: 'failed'; text: string };

function changeText(change: unknown): string {
  if (typeof change !== 'object' || change === null) return String(change);
  return Object.values(change).map(asText).join(' ');
}

function OutcomeView({ outcome }: { outcome: Outcome }) {
  if (outcome.kind === 'failed') {
    return <Fault text={`The configuration was not reloaded: ${outcome.text}.`} />;
  }
  if (outcome.kind === 'refused') {
    return (
      <div class="outcome refused" role="alert">
        <p>
          <Icon name="critical" /> Refused: the configuration on disk has{' '}
          {outcome.problems.length === 1 ? 'a problem' : `${outcome.problems.length} problems`}. The
          running one stays as it is.
        </p>
        <Problems problems={outcome.problems} />
      </div>
    );
  }
  const { changed, revision } = outcome.result;
  return (
    <div class="outcome done" role="status">
      <p>
        <Icon name="check" />{' '}
        {changed.length === 0 ? 'Reloaded: nothing had changed.' : 'Reloaded. Changed:'}{' '}
        <code class="digest" title={revision}>{shortDigest(revision)}</code>
      </p>
      {changed.length > 0 && (
        <ul class="changed">
          {changed.map((change, i) => <li key={i}>{changeText(change)}</li>)}
        </ul>
      )}
    </div>
  );
}

function useReload(after: () => void) {
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [busy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    setOutcome(null);
    try {
      setOutcome({ kind: 'done', result: await reloadConfig() });
    } catch (error) {
      noticeError(error);
      const refused = error instanceof ApiError && error.problems.length > 0;
      setOutcome(refused ? { kind: 'refused', problems: error.problems }
        : { kind: 'failed', text: error instanceof Error ? error.message : String(error) });
    }
    setBusy(false);
    after();
  };
  return { outcome, busy, run };
}

function Revision({ config, after }: { config: Config; after: () => void }) {
  const { outcome, busy, run } = useReload(after);
  return (
    <section class="panel" aria-label="Running configuration">
      <div class="revision">
        <dl class="facts-list">
          <div>
            <dt>Revision</dt>
            <dd class="mono" title={config.revision}>{shortDigest(config.revision)}</dd>
          </div>
          <div>
            <dt>Loaded</dt>
            <dd><When time={config.loaded} /></dd>
          </div>
          <div class="wide-fact">
            <dt>Folder</dt>
            <dd class="mono break">{config.folder}</dd>
          </div>
        </dl>
        {config.follows_hub ? (
          <p class="quiet revision-hub">
            The hub gives this edge its configuration: change it there.
          </p>
        ) : (
          <button type="button" class="button primary" disabled={busy} onClick={run}>
            <Icon name="reload" /> {busy ? 'Checking…' : 'Check and reload'}
          </button>
        )}
      </div>
      {outcome && <OutcomeView outcome={outcome} />}
      {!outcome && config.problems.length > 0 && (
        <div class="outcome refused">
          <p>
            <Icon name="critical" /> The configuration on disk is not the one that runs: it has{' '}
            {config.problems.length === 1 ? 'a problem' : `${config.problems.length} problems`}.
            {config.state === 'last_good' && (
              <> It had them at the start already: what runs is the last good configuration, of{' '}
              <When time={config.last_good} />.</>
            )}
          </p>
          <Problems problems={config.problems} />
        </div>
      )}
      {!config.follows_hub && (
        <p class="note revision-note">
          Reloading checks every manifest first and swaps only when all are sound. Windows and
          queued readings survive it.
        </p>
      )}
    </section>
  );
}

const kHints = {
  pipelines: 'No pipeline: nothing is predicted.',
  connections: 'No connection: nothing arrives.',
  contracts: 'No contract: nothing is checked.',
};

export function ConfigPage() {
  const epoch = useStore((s) => s.epoch);
  const revision = useStore((s) => s.status?.config.revision ?? '');
  const { data, error, loading, reload } =
    useResource('config', `${epoch} ${revision}`, getConfig);
  const empty = data && data.pipelines.length + data.connections.length === 0;
  return (
    <main class="page" id="main">
      <div class="page-head"><h1 tabIndex={-1}>Configuration</h1></div>
      {error && (
        <Fault text={`The configuration could not be loaded: ${error}.`} onAction={reload} />
      )}
      {!data && loading && <Skeleton rows={3} tall />}
      {data && (
        <div class="stack">
          <Revision config={data} after={reload} />
          {empty && (
            <div class="panel">
              <Empty icon="config" title="Nothing is configured yet">
                {data.follows_hub ? (
                  <p>It comes from the hub, once there is something for this edge.</p>
                ) : (
                  <p>
                    Put manifests (a connection, a contract, a pipeline) into{' '}
                    <code>{data.folder}</code>, then check and reload.
                  </p>
                )}
              </Empty>
            </div>
          )}
          <Items title="Pipelines" items={data.pipelines} hint={kHints.pipelines} />
          <div class="pair">
            <Items title="Connections" items={data.connections} hint={kHints.connections} />
            <Items title="Contracts" items={data.contracts} hint={kHints.contracts} />
          </div>
        </div>
      )}
    </main>
  );
}
