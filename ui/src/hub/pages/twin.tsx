// The twin of an edge: what it shall run, what it says it runs, and why the two differ.

import type { ComponentChildren } from 'preact';

import { bytes, count, parseTime, shortDigest, some, timeLeft } from '../../format';
import { serverNow } from '../../contact';
import { LinkStateMark } from '../../parts/badge';
import { Icon } from '../../parts/icons';
import { Empty, Fault, Skeleton } from '../../parts/states';
import { Ago, When } from '../../parts/time';
import { useResource } from '../../resource';
import { getEdge } from '../api';
import type { Certificate, EdgeDetail } from '../api';
import { wordsOf } from '../kinds';
import { EdgeState, kEdgeStates, ObjectLink } from '../parts/marks';
import { Trouble } from '../parts/trouble';
import { hubHref } from '../route';
import { useVersion } from '../store';
import { sameDigest } from '../twins';

const kSoonMs = 14 * 86_400_000;

function Half({ title, version, digest, time, children }: {
  title: string; version: number | null; digest?: string; time?: string;
  children: ComponentChildren;
}) {
  return (
    <div class="twin-half">
      <h3>{title}</h3>
      <p class="twin-version num">{version === null ? '–' : `v${version}`}</p>
      <p class="quiet small-text">
        {time && <Ago time={time} />}
        {digest && <> · <code title={digest}>{shortDigest(digest)}</code></>}
      </p>
      <div class="small-text">{children}</div>
    </div>
  );
}

const kReports: Record<string, string> = {
  applied: 'runs it', failed: 'could not apply it', applying: 'is applying it',
  keeping: 'keeps what ran before',
};

function Twin({ edge }: { edge: EdgeDetail }) {
  const { desired, reported } = edge;
  const isSame = desired !== null && reported !== null && desired.version === reported.version;
  const artifacts = desired?.artifacts.reduce((sum, each) => sum + each.bytes, 0) ?? 0;
  return (
    <div class="twin">
      <Half
        title="Desired" version={desired?.version ?? null} digest={desired?.digest}
        time={desired?.time}
      >
        {desired ? (
          <>
            {some(desired.manifests.length, 'manifest')},{' '}
            {some(desired.artifacts.length, 'artifact')}
            {artifacts > 0 && ` (${bytes(artifacts)})`}
          </>
        ) : 'nothing yet'}
      </Half>
      <span class={`twin-sign ${isSame ? 'tone-ok' : 'tone-warning'}`}>
        <span aria-hidden="true">{isSame ? '=' : '≠'}</span>
        <span class="sr-only">{isSame ? 'the same as' : 'differs from'}</span>
      </span>
      <Half title="Reported" version={reported?.version ?? null} time={reported?.seen}>
        {reported ? (
          <>
            {kReports[reported.state] ?? reported.state}
            {reported.runs?.lineside && ` · Lineside ${reported.runs.lineside}`}
            {(reported.runs?.streams ?? 0) > 0
              && ` · ${some(reported.runs!.streams!, 'stream')} heard or predicted`}
          </>
        ) : 'nothing yet'}
      </Half>
    </div>
  );
}

// Which of the desired pipelines run, with the model that was asked for.
function runsOf(edge: EdgeDetail) {
  const reports = new Map(edge.reported?.runs?.pipelines?.map((each) => [each.name, each]));
  const desired = edge.desired?.manifests.filter(({ kind }) => kind === 'Pipeline') ?? [];
  const rows = desired.map(({ name, spec }) => {
    const model = spec?.model as { version?: string; digest?: string } | undefined;
    const report = reports.get(name);
    reports.delete(name);
    const isSame = Boolean(report)
      && (!model?.digest || sameDigest(report!.model_digest ?? '', model.digest));
    return { name, version: model?.version ?? '', digest: model?.digest ?? '', report, isSame };
  });
  const others = [...reports.values()].map((report) =>
    ({ name: report.name, version: '', digest: '', report, isSame: false }));
  return [...rows, ...others];
}

function Runs({ edge }: { edge: EdgeDetail }) {
  const rows = runsOf(edge);
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="runs-title">
      <div class="panel-head"><h2 id="runs-title">Pipelines</h2></div>
      <div class="table-box" tabIndex={0} role="group" aria-labelledby="runs-title">
        <table class="table registry-table">
          <thead>
            <tr>
              <th scope="col">Pipeline</th>
              <th scope="col">Model version</th>
              <th scope="col">Desired</th>
              <th scope="col">Runs</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, version, digest, report, isSame }) => (
              <tr key={name}>
                <th scope="row"><ObjectLink kind="Pipeline" name={name} plain /></th>
                <td data-label="Model version">
                  {version && <ObjectLink kind="ModelVersion" name={version} plain />}
                </td>
                <td data-label="Desired">
                  <code title={digest}>{digest ? shortDigest(digest) : '–'}</code>
                </td>
                <td data-label="Runs" class={isSame ? '' : 'tone-warning'}>
                  <Icon name={isSame ? 'ok' : 'warning'} size={14} />{' '}
                  {report ? <code>{shortDigest(report.model_digest ?? report.version)}</code>
                    : 'not running'}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Connections({ edge }: { edge: EdgeDetail }) {
  const rows = edge.reported?.runs?.connections ?? [];
  if (rows.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="links-title">
      <div class="panel-head">
        <h2 id="links-title">Connections</h2>
        {edge.reported?.seen && (
          <span class="quiet small-text">as of <Ago time={edge.reported.seen} /></span>
        )}
      </div>
      <div class="table-box" tabIndex={0} role="group" aria-labelledby="links-title">
        <table class="table registry-table">
          <thead>
            <tr>
              <th scope="col">Connection</th>
              <th scope="col">State</th>
              <th scope="col">Last error</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ name, state, problem }) => (
              <tr key={name}>
                <th scope="row"><ObjectLink kind="Connection" name={name} plain /></th>
                <td data-label="State">
                  <LinkStateMark state={state === 'up' ? 'connected' : 'waiting'} />
                </td>
                <td data-label="Last error">{problem || <span class="quiet">none</span>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Manifests({ edge }: { edge: EdgeDetail }) {
  const manifests = edge.desired?.manifests ?? [];
  const kinds = [...new Set(manifests.map(({ kind }) => kind))];
  if (manifests.length === 0) return null;
  return (
    <section class="panel" aria-labelledby="manifests-title">
      <div class="panel-head">
        <h2 id="manifests-title">What it shall run</h2>
        <span class="quiet num">{count(manifests.length)}</span>
      </div>
      {kinds.map((kind) => (
        <div key={kind} class="referrers">
          <h3>{wordsOf(kind).many}</h3>
          <ul>
            {manifests.filter((each) => each.kind === kind).map(({ name }) => (
              <li key={name}><ObjectLink kind={kind} name={name} plain /></li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

function CertificateRow({ certificate: c }: { certificate: Certificate }) {
  const left = parseTime(c.not_after) - serverNow();
  const state = c.revoked ? 'revoked' : left < 0 ? 'over' : left < kSoonMs ? 'soon' : 'valid';
  const tone = { revoked: 'critical', over: 'critical', soon: 'warning', valid: 'quiet' }[state];
  return (
    <li class="certificate">
      <code class="break">{c.serial}</code>
      <span class={`small-text tone-${tone}`}>
        {state === 'revoked' && <>revoked <Ago time={c.revoked} />{c.reason && `: ${c.reason}`}</>}
        {state === 'over' && 'expired'}
        {(state === 'soon' || state === 'valid') && `valid for ${timeLeft(left)}`}
      </span>
      {c.issued && <span class="quiet small-text">issued <When time={c.issued} /></span>}
    </li>
  );
}

function Certificates({ edge }: { edge: EdgeDetail }) {
  return (
    <section class="panel" aria-labelledby="certificates-title">
      <div class="panel-head"><h2 id="certificates-title">Certificates</h2></div>
      {edge.certificates.length === 0 ? <p class="rail-empty quiet">None.</p> : (
        <ul class="certificates">
          {edge.certificates.map((each) => <CertificateRow key={each.serial} certificate={each} />)}
        </ul>
      )}
      {edge.certificate_count > edge.certificates.length && (
        <p class="rail-empty quiet">
          The newest {edge.certificates.length} of {edge.certificate_count}.
        </p>
      )}
    </section>
  );
}

export function TwinView({ edge }: { edge: EdgeDetail }) {
  const [, tone, , meaning] = kEdgeStates[edge.state] ?? kEdgeStates.never;
  const problems = edge.reported?.problems ?? [];
  return (
    <>
      <section class="panel" aria-labelledby="twin-title">
        <h2 id="twin-title" class="sr-only">Twin</h2>
        <div class={`twin-state twin-${tone}`}>
          <EdgeState state={edge.state} />
          <p><strong>{edge.why || `The edge ${meaning}.`}</strong></p>
          <p class="quiet small-text">last seen <Ago time={edge.seen} /></p>
        </div>
        <Twin edge={edge} />
        {problems.length > 0 && (
          <ul class="problems twin-problems">
            {problems.map((text) => (
              <li key={text} class="problem">
                <Icon name="critical" size={14} /><span>{text}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
      <Runs edge={edge} />
      <Connections edge={edge} />
      <div class="pair">
        <Manifests edge={edge} />
        <Certificates edge={edge} />
      </div>
    </>
  );
}

export function useEdge(name: string) {
  return useResource(`edge ${name}`, useVersion(`edge ${name}`), () => getEdge(name));
}

// On the page of a device that is an edge.
export function TwinPanels({ name }: { name: string }) {
  const { data, error, status, loading, reload } = useEdge(name);
  if (status === 404) {
    return (
      <section class="panel" aria-label="Twin">
        <Empty icon="chip" title="Not enrolled yet">
          <p>It is an edge, and has not joined this hub.</p>
          <a class="button" href={hubHref('edges', [], { join: name })}>Join it</a>
        </Empty>
      </section>
    );
  }
  if (error && !data) {
    return status === 403
      ? <Trouble what="its twin" error={error} status={status} onRetry={reload} />
      : <Fault text={`Its twin could not be loaded: ${error}.`} onAction={reload} />;
  }
  if (!data) return loading ? <div class="panel"><Skeleton rows={4} /></div> : null;
  return <TwinView edge={data} />;
}
