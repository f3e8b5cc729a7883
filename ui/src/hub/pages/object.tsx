// One object of the catalog: what it is, as a manifest, its history, its graph.

import { useId, useState } from 'preact/hooks';
import type { ComponentChildren } from 'preact';

import { count } from '../../format';
import { Icon } from '../../parts/icons';
import { Fault, Skeleton } from '../../parts/states';
import { Ago } from '../../parts/time';
import { useResource } from '../../resource';
import { getGraph, getObject, walkGraph } from '../api';
import type { CatalogObject } from '../api';
import { useDeletion } from '../deletion';
import type { Deletion } from '../deletion';
import { nearName } from '../faults';
import { isUnrated, kindOfSegment, wordsOf } from '../kinds';
import type { KindWords } from '../kinds';
import { ClaimButton } from '../parts/claim';
import { DeleteButton, WhyItStays } from '../parts/deletion';
import { CopyText } from '../parts/form';
import { Crumbs, Tabs } from '../parts/frame';
import { Claim, ObjectLink } from '../parts/marks';
import { Refused, RunBy } from '../parts/runners';
import { Spec } from '../parts/spec';
import { Trouble } from '../parts/trouble';
import { hubHref, objectHref } from '../route';
import type { HubRoute } from '../route';
import { useRunners } from '../runners';
import type { Runners } from '../runners';
import { useMay, useReloadAfter, useTouches, useVersion } from '../store';
import { manifestOf, toYaml } from '../yaml';
import { Erasure, ErasurePanel, InvitationPanel, SecretPanel } from './credentials';
import { centreOf, GraphTab } from './object_graph';
import { GoneView, useGone } from './object_gone';
import { History, pastOf } from './object_history';
import { ModelPanels, VersionPanels } from './model';
import { TwinPanels } from './twin';

type Tab = 'details' | 'manifest' | 'history' | 'graph';

const kReferrers = 3000;
const kNamesShown = 20;
const byName = new Intl.Collator('en', { numeric: true }).compare;

// What edges are given to run.
const kRun = new Set<string>(['Connection', 'Contract', 'Pipeline', 'ModelVersion']);

function Referrers({ object, runners }: { object: CatalogObject; runners: Runners | null }) {
  const { kind, name } = object;
  const { data, error, loading, reload } = useResource(
    `up ${kind}/${name}`, object.meta.revision, () =>
      walkGraph(kind, name, { direction: 'up', depth: 1 }, kReferrers));
  const nodes = data?.nodes.filter((node) => node.depth !== 0) ?? [];
  const kinds = [...new Set(nodes.map((node) => node.kind))];
  useReloadAfter(useTouches(kinds), reload);
  // Where not all were asked for, each count is a least one.
  const orMore = data?.next ? ' or more' : '';
  return (
    <section class="panel" aria-labelledby="referrers-title">
      <div class="panel-head">
        <h2 id="referrers-title">What rests on it</h2>
        <span class="quiet num">{data && `${count(nodes.length)}${orMore}`}</span>
      </div>
      {error && <Fault text={`Could not be loaded: ${error}.`} />}
      {!data && loading && <Skeleton rows={3} />}
      {data && nodes.length === 0 && (
        <p class="rail-empty quiet">
          No object of the registry rests on it, by name or by pattern.
          {kRun.has(kind) && !runners && ' Edges may still run it.'}
          {kind === 'Device' && object.spec.edge === true
            && ' What this edge hears and predicts stands with its state.'}
        </p>
      )}
      {kinds.map((each) => {
        const own = nodes.filter((node) => node.kind === each)
          .sort((a, b) => byName(a.name, b.name));
        return (
          <div key={each} class="referrers">
            <h3>{wordsOf(each).many} <span class="quiet num">{count(own.length)}{orMore}</span></h3>
            <ul>
              {own.slice(0, kNamesShown).map((node) => (
                <li key={node.name}>
                  <ObjectLink kind={each} name={node.name} plain />
                  {node.title && <span class="quiet small-text"> {node.title}</span>}
                </li>
              ))}
              {own.length > kNamesShown && (
                <li class="quiet small-text">{count(own.length - kNamesShown)} more</li>
              )}
            </ul>
          </div>
        );
      })}
      {runners && <RunBy runners={runners} />}
    </section>
  );
}

function Extras({ object }: { object: CatalogObject }) {
  if (object.kind === 'Model') return <ModelPanels model={object} />;
  if (object.kind === 'ModelVersion') return <VersionPanels version={object} />;
  if (object.kind === 'Device' && object.spec.edge === true) {
    return <TwinPanels name={object.name} />;
  }
  if (object.kind === 'Person') {
    return <><InvitationPanel person={object} /><ErasurePanel person={object.name} isThere /></>;
  }
  if (object.kind === 'Token') return <SecretPanel token={object} />;
  return null;
}

// Of these what they are doing matters more than what they are.
const isRunning = ({ kind, spec }: CatalogObject): boolean =>
  kind === 'ModelVersion' || (kind === 'Device' && spec.edge === true);

function Details({ object }: { object: CatalogObject }) {
  const { runners, refusals } = useRunners(object);
  return (
    <div class="object-details">
      <div class="stack">
        <Refused refusals={refusals} />
        {isRunning(object) && <Extras object={object} />}
        <section class="panel" aria-labelledby="spec-title">
          <div class="panel-head"><h2 id="spec-title">{wordsOf(object.kind).one}</h2></div>
          <Spec
            kind={object.kind}
            spec={isUnrated(object) ? { ...object.spec, criticality: '' } : object.spec}
          />
        </section>
        {!isRunning(object) && <Extras object={object} />}
      </div>
      <Referrers object={object} runners={runners} />
    </div>
  );
}

function ManifestTab({ object }: { object: CatalogObject }) {
  const [form, setForm] = useState<'yaml' | 'json'>('yaml');
  const manifest = manifestOf(object);
  const text = form === 'yaml' ? toYaml(manifest) : `${JSON.stringify(manifest, null, 2)}\n`;
  return (
    <section class="panel" aria-label="Manifest">
      <div class="panel-head">
        <div class="segments" role="group" aria-label="Form">
          {(['yaml', 'json'] as const).map((each) => (
            <button
              key={each} type="button" class="segment" aria-pressed={form === each}
              onClick={() => setForm(each)}
            >
              {each.toUpperCase()}
            </button>
          ))}
        </div>
        <span class="quiet small-text num">{count(text.split('\n').length - 1)} lines</span>
      </div>
      <div class="manifest"><CopyText text={text} label="the manifest" /></div>
    </section>
  );
}

function Actions({ object, kind, deletion, about }: {
  object: CatalogObject; kind: KindWords; deletion: Deletion | null; about: string;
}) {
  return (
    <div class="object-actions">
      <ClaimButton object={object} />
      {deletion?.isFixed ? (
        <button type="button" class="button" disabled aria-describedby={about}>
          <Icon name="edit" size={14} /> Edit
        </button>
      ) : (
        <a class="button" href={hubHref('apply', [], { edit: `${kind.segment}/${object.name}` })}>
          <Icon name="edit" size={14} /> Edit
        </a>
      )}
      <DeleteButton object={object} deletion={deletion} about={about} />
    </div>
  );
}

function Head({ object, kind }: { object: CatalogObject; kind: KindWords }) {
  const { meta, spec } = object;
  const title = String(spec.title ?? spec.description ?? '');
  const mayWrite = useMay(kind.write);
  const deletion = useDeletion(object, mayWrite);
  const id = useId();
  return (
    <div class="object-head">
      <div class="object-title">
        <h1 tabIndex={-1}><Icon name={kind.icon} size={20} /> {object.name}</h1>
        <Claim status={spec.status} />
        {mayWrite && <Actions object={object} kind={kind} deletion={deletion} about={id} />}
      </div>
      {title && <p class="object-lead">{title}</p>}
      <div class="object-under">
        <p class="quiet small-text object-meta">
          <span>revision {meta.revision}</span>
          <span><Ago time={meta.time} />{meta.author && ` by ${meta.author}`}</span>
          {meta.site && !(object.kind === 'Site' && meta.site === object.name) && (
            <span>in <ObjectLink kind="Site" name={meta.site} plain /></span>
          )}
          {meta.note && <span>“{meta.note}”</span>}
        </p>
        <WhyItStays deletion={deletion} id={id} />
      </div>
    </div>
  );
}

function Content({ object, tab, reload }: {
  object: CatalogObject; tab: Tab; reload: () => void;
}): ComponentChildren {
  if (tab === 'manifest') return <ManifestTab object={object} />;
  if (tab === 'history') return <History past={pastOf(object)} onRestored={reload} />;
  if (tab === 'graph') return <GraphTab of={centreOf(object)} />;
  return <Details object={object} />;
}

// `error` is the hub's, which may know a name like it. `neverWas`: it has no history, or none that
// one may see.
function Missing({ kind, name, error, neverWas }: {
  kind: KindWords; name: string; error: string; neverWas: boolean;
}) {
  const mayRead = useMay('read_audit');
  const near = nearName(error);
  if (kind.kind === 'Person') return <Erasure person={name} isThere={false} />;
  if (near) return <p>Did you mean <ObjectLink kind={kind.kind} name={near} plain />?</p>;
  if (neverWas) return <p>It was never there, or you may not see it.</p>;
  return (
    <p>
      It may have been deleted; the audit log tells.{' '}
      {mayRead && (
        <a href={hubHref('audit', [], { subject: `${kind.kind}/${name}` })}>Entries about it</a>
      )}
    </p>
  );
}

// A prediction is no object: it is what its pipeline makes of other streams. Null: it is none.
function usePrediction(kind: KindWords, name: string, isMissing: boolean) {
  const may = isMissing && kind.kind === 'Stream' && name.includes('.');
  const { data } = useResource(`prediction ${may ? name : ''}`, '', async () => {
    if (!may) return null;
    const graph = await getGraph('Stream', name, { direction: 'down', depth: 1 });
    return graph.nodes.find((node) => node.kind === 'Pipeline')?.name ?? null;
  });
  return data;
}

function PredictionView({ name, pipeline }: { name: string; pipeline: string }) {
  return (
    <>
      <div class="object-head">
        <div class="object-title">
          <h1 tabIndex={-1}><Icon name="wave" size={20} /> {name}</h1>
        </div>
        <p class="object-lead">
          A prediction that <ObjectLink kind="Pipeline" name={pipeline} /> makes, and what is behind
          it.
        </p>
      </div>
      <GraphTab of={{ kind: 'Stream', name, title: 'prediction', version: 0 }} />
    </>
  );
}

const kTabs: readonly [Tab, string][] = [
  ['details', 'Details'], ['manifest', 'Manifest'], ['history', 'History'], ['graph', 'Graph'],
];

export function ObjectPage({ route }: { route: HubRoute }) {
  const [segment = '', ...rest] = route.path;
  const name = rest.join('/');
  const kind = kindOfSegment(segment) ?? wordsOf(segment);
  const tab = kTabs.find(([id]) => id === route.query.get('tab'))?.[0] ?? 'details';
  const key = `${kind.kind}/${name}`;
  const { data, error, status, loading, reload } =
    useResource(key, useVersion(key), () => getObject(kind.kind, name));
  const isMissing = status === 404 && !data;
  const prediction = usePrediction(kind, name, isMissing);
  const gone = useGone(kind.kind, name, isMissing && !prediction);
  const isElsewhere = Boolean(prediction || gone.data);
  const tabs = kTabs.map(([id, text]) =>
    ({ id, text, href: objectHref(kind.kind, name, { tab: id === 'details' ? '' : id }) }));
  return (
    <main class="page" id="main">
      <Crumbs
        crumbs={[
          { text: 'Registry', href: hubHref('registry') },
          { text: kind.many, href: hubHref('registry', [kind.segment]) },
        ]}
      />
      {prediction && <PredictionView name={name} pipeline={prediction} />}
      {!data && !prediction && gone.data && (
        <GoneView kind={kind} name={name} end={gone.data} onRestored={reload} />
      )}
      {!data && !isElsewhere && <h1 tabIndex={-1} class="sr-only">{name}</h1>}
      {error && !data && !isElsewhere && !(isMissing && gone.loading) && (
        <Trouble
          what={`${kind.one.toLowerCase()} ${name}`} error={error} status={status} onRetry={reload}
          permission={kind.read}
          missing={
            <Missing kind={kind} name={name} error={error} neverWas={gone.status === 404} />
          }
        />
      )}
      {!data && !isElsewhere && (loading || (isMissing && gone.loading)) && (
        <div class="panel"><Skeleton rows={8} /></div>
      )}
      {data && (
        <>
          {status === 404 && <Fault tone="warning" text="It has been deleted meanwhile." />}
          <Head object={data} kind={kind} />
          <Tabs label="Parts of this object" current={tab} tabs={tabs} />
          <Content object={data} tab={tab} reload={reload} />
        </>
      )}
    </main>
  );
}
