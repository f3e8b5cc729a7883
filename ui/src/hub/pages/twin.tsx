// The twin of an edge: what it shall run, what it says it runs, and why the two differ.

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';

import { bytes, count, parseTime, shortDigest, some, timeLeft } from '../../format';
import { serverNow } from '../../contact';
import { LinkStateMark } from '../../parts/badge';
import { Icon } from '../../parts/icons';
import { Empty, Fault, Skeleton } from '../../parts/states';
import { Ago, When } from '../../parts/time';
import { useResource } from '../../resource';
import { useSettings } from '../../settings';
import { getEdge } from '../api';
import type { Certificate, EdgeDetail } from '../api';
import { sentence, withTimes } from '../faults';
import { wordsOf } from '../kinds';
import { EdgeState, kEdgeStates, ObjectLink } from '../parts/marks';
import { Trouble } from '../parts/trouble';
import { hubHref } from '../route';
import { standingOf } from '../standing';
import type { Said, Standing } from '../standing';
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
  keeping: 'keeps what ran before', stopped: 'ran it, and was stopped in order',
};
const kReportsBefore: Record<string, string> = {
  ...kReports, applied: 'ran it', applying: 'was applying it', keeping: 'kept what ran before',
};

// What it says of itself is of then, not of now.
const isGone = (edge: EdgeDetail) => edge.state === 'silent' || edge.state === 'stopped';

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
      <span class={`twin-sign ${isGone(edge) ? 'quiet' : isSame ? 'tone-ok' : 'tone-warning'}`}>
        <span aria-hidden="true">{isSame ? '=' : '≠'}</span>
        <span class="sr-only">{isSame ? 'the same as' : 'differs from'}</span>
      </span>
      <Half title="Reported" version={reported?.version ?? null} time={reported?.seen}>
        {reported ? (
          <>
            {(isGone(edge) ? kReportsBefore : kReports)[reported.state] ?? reported.state}
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
    const runs = report?.model_digest ?? '';
    const isSame = Boolean(report) && (model?.digest ? sameDigest(runs, model.digest)
      : Boolean(model) || runs === '');
    return { name, hasModel: Boolean(model), version: model?.version ?? '',
      digest: model?.digest ?? '', report, isSame };
  });
  const others = [...reports.values()].map((report) => ({
    name: report.name, hasModel: Boolean(report.model_digest), version: '', digest: '', report,
    isSame: false,
  }));
  return [...rows, ...others];
}

// A pipeline without a model gives out its features themselves.
function PipelineRow({ row, gone }: { row: ReturnType<typeof runsOf>[number]; gone: boolean }) {
  const { name, hasModel, version, digest, report, isSame } = row;
  const desired = digest ? <code title={digest}>{shortDigest(digest)}</code>
    : <span class="quiet">{hasModel ? 'nothing' : 'no model'}</span>;
  const digestRun = report?.model_digest;
  return (
    <tr>
      <th scope="row"><ObjectLink kind="Pipeline" name={name} plain /></th>
      <td data-label="Model version">
        {version ? <ObjectLink kind="ModelVersion" name={version} plain />
          : <span class="quiet">{hasModel ? 'of no version' : 'no model: features only'}</span>}
      </td>
      <td data-label="Desired">{desired}</td>
      <td data-label={gone ? 'Ran' : 'Runs'} class={gone ? 'quiet' : isSame ? '' : 'tone-warning'}>
        {!gone && <><Icon name={isSame ? 'ok' : 'warning'} size={14} />{' '}</>}
        {!report && (gone ? 'did not run' : 'not running')}
        {report && (digestRun ? <code title={digestRun}>{shortDigest(digestRun)}</code>
          : `${gone ? 'ran' : 'runs'} without a model`)}
      </td>
    </tr>
  );
}

function Runs({ edge }: { edge: EdgeDetail }) {
  const rows = runsOf(edge);
  if (rows.length === 0) {
    return (
      <section class="panel" aria-labelledby="runs-title">
        <div class="panel-head"><h2 id="runs-title">Pipelines</h2></div>
        <p class="rail-empty quiet">None is for this edge: nothing judges what it hears.</p>
      </section>
    );
  }
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
              <th scope="col">{isGone(edge) ? 'Ran' : 'Runs'}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => <PipelineRow key={row.name} row={row} gone={isGone(edge)} />)}
          </tbody>
        </table>
      </div>
    </section>
  );
}

// One that has no reason yet has not failed yet.
const linkState = (state: 'up' | 'waiting', problem = '') =>
  (state === 'up' ? 'connected' : problem ? 'waiting' : 'connecting');

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
                  {isGone(edge)
                    ? <span class="quiet">{state === 'up' ? 'was connected' : 'was waiting'}</span>
                    : <LinkStateMark state={linkState(state, problem)} />}
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
  return (
    <section class="panel" aria-labelledby="manifests-title">
      <div class="panel-head">
        <h2 id="manifests-title">What it shall run</h2>
        <span class="quiet num">{count(manifests.length)}</span>
      </div>
      {manifests.length === 0 && (
        <p class="rail-empty quiet">No connection, contract or pipeline is for this edge yet.</p>
      )}
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

function ReasonRow({ said, about, icon }: {
  said: Said; about: Standing['about']; icon: 'critical' | 'warning';
}) {
  const isNamed = said.kind !== '' && !(said.kind === about?.kind && said.name === about.name
    && about.others === 0);
  return (
    <li class="problem">
      <Icon name={icon} size={14} />
      <span>
        {isNamed && (
          <>{wordsOf(said.kind).one} <ObjectLink kind={said.kind} name={said.name} plain />: </>
        )}
        {isNamed ? said.reason : sentence(said.reason)}
        {said.field && <span class="quiet small-text"> at <code>{said.field}</code></span>}
      </span>
    </li>
  );
}

// Where on its own disk the edge found what is wrong: for who looks there.
function RawReasons({ raw }: { raw: string[] }) {
  if (raw.length === 0) return null;
  return (
    <details class="twin-raw">
      <summary>As the edge reports it</summary>
      {raw.map((text) => <p key={text}><code class="break">{text}</code></p>)}
    </details>
  );
}

function Head({ edge, standing, tone }: {
  edge: EdgeDetail; standing: Standing; tone: string;
}) {
  const { about, headline } = standing;
  const { utc } = useSettings();
  return (
    <div class={`twin-state twin-${tone}`}>
      <EdgeState state={edge.state} />
      <p>
        <strong>
          {about && (
            <>
              {wordsOf(about.kind).one}{' '}
              <ObjectLink kind={about.kind} name={about.name} plain />
              {about.others > 0 && ` and ${some(about.others, 'other')}`}{' '}
            </>
          )}
          {withTimes(headline, utc)}
        </strong>
      </p>
      <p class="quiet small-text">last seen <Ago time={edge.seen} /></p>
    </div>
  );
}

// `children`: what stands before its manifests and certificates.
export function TwinView({ edge, children }: {
  edge: EdgeDetail; children?: ComponentChildren;
}) {
  const standing = standingOf(edge);
  const [, tone] = kEdgeStates[edge.state] ?? kEdgeStates.never;
  return (
    <>
      <section class="panel" aria-labelledby="twin-title">
        <h2 id="twin-title" class="sr-only">Twin</h2>
        <Head edge={edge} standing={standing} tone={tone} />
        {standing.reasons.length > 0 && (
          <div class={`twin-reasons twin-${tone}`}>
            <ul class="problems">
              {standing.reasons.map((said) => (
                <ReasonRow
                  key={`${said.kind} ${said.name} ${said.reason}`} said={said}
                  about={standing.about} icon={edge.state === 'failed' ? 'critical' : 'warning'}
                />
              ))}
            </ul>
            <RawReasons raw={standing.raw} />
          </div>
        )}
        <Twin edge={edge} />
      </section>
      <Runs edge={edge} />
      <Connections edge={edge} />
      {children}
      <div class="pair">
        <Manifests edge={edge} />
        <Certificates edge={edge} />
      </div>
    </>
  );
}

const kLookAnewMs = 15_000; // an edge that falls silent, or was heard again, makes no event

// Grows so often while somebody looks.
function useTurns(everyMs: number): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setTurn((was) => was + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return turn;
}

export function useEdge(name: string) {
  const version = `${useVersion(`edge ${name}`)} ${useTurns(kLookAnewMs)}`;
  return useResource(`edge ${name}`, version, () => getEdge(name));
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
