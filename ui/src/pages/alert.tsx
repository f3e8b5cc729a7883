// One alert: what happened, why, and the operator's verdict.

import { useState } from 'preact/hooks';

import { getAlert, getAsset } from '../api';
import type { AlertView, AssetDetail } from '../api';
import { duration, number, parseTime, setting, shortDigest, words } from '../format';
import { alertTitle } from '../parts/alert_list';
import { AlertMark } from '../parts/badge';
import { AlertChart } from '../parts/alert_chart';
import { Icon } from '../parts/icons';
import { Empty, Fault, Skeleton } from '../parts/states';
import { Ago, isOld, When } from '../parts/time';
import { VerdictForm, VerdictList } from '../parts/verdict_form';
import { alertsBelow, Why } from '../parts/why';
import { useResource } from '../resource';
import { href } from '../route';
import { useStore } from '../store';

// The output that the decision looks at, and its unit: alerts carry neither.
export function outputOf(alert: AlertView, detail: AssetDetail | null) {
  const pipeline = detail?.pipelines.find((each) => each.name === alert.pipeline);
  const decision = pipeline?.decisions.find((each) => each.name === alert.decision);
  const own = detail?.predictions.filter((p) => p.pipeline === alert.pipeline) ?? [];
  const prediction = own.find((p) => p.output === decision?.output) ?? own[0];
  return { output: prediction?.output ?? '', unit: prediction?.unit ?? '', decision };
}

// An open alert's score goes on moving between the changes that the edge tells of.
function scores(alert: AlertView, live: number | null | undefined) {
  if (alert.state !== 'open' || live === null || live === undefined) return alert;
  const worse = alertsBelow(alert) ? Math.min : Math.max;
  return { value: live, worst: worse(alert.worst ?? live, live) };
}

function Facts({ alert, output, unit }: { alert: AlertView; output: string; unit: string }) {
  const live = useStore((s) => s.assets.get(alert.asset))?.predictions
    .find((p) => p.pipeline === alert.pipeline && p.output === output);
  // By the source's clock throughout: a replay's alert is not as old as its dates.
  const end = parseTime(alert.cleared ?? live?.time ?? alert.updated);
  const side = alertsBelow(alert) ? 'below' : 'above';
  const { value, worst } = scores(alert, live?.value);
  return (
    <dl class="facts-list">
      <div>
        <dt>Opened</dt>
        <dd>
          <When time={alert.opened} short />{' '}
          {!isOld(alert.opened) && <span class="quiet">(<Ago time={alert.opened} />)</span>}
        </dd>
      </div>
      {alert.cleared && (
        <div>
          <dt>Cleared</dt>
          <dd><When time={alert.cleared} short /></dd>
        </div>
      )}
      <div>
        <dt>{alert.cleared ? 'Lasted' : 'Open for'}</dt>
        <dd class="num">{duration(end - parseTime(alert.opened))}</dd>
      </div>
      <div>
        <dt>{alert.cleared ? 'Last score' : 'Score now'}</dt>
        <dd class="num">{number(value, 3)} {unit}</dd>
      </div>
      <div>
        <dt>Worst</dt>
        <dd class="num">{number(worst, 3)} {unit}</dd>
      </div>
      <div>
        <dt>Threshold</dt>
        <dd class="num">{side} {setting(alert.threshold)} {unit}</dd>
      </div>
      <div>
        <dt>Decision</dt>
        <dd>{words(alert.decision)}</dd>
      </div>
      <div>
        <dt>Pipeline</dt>
        <dd title={alert.pipeline_version}>
          {alert.pipeline} <span class="quiet mono">{shortDigest(alert.pipeline_version)}</span>
        </dd>
      </div>
    </dl>
  );
}

function Verdicts({ alert }: { alert: AlertView }) {
  const given = alert.verdicts.length;
  const [writing, setWriting] = useState(false);
  const [stored, setStored] = useState(false);
  const onStored = () => {
    setWriting(false);
    setStored(true);
  };
  return (
    <section class="panel" aria-labelledby="verdict-title">
      <div class="panel-head">
        <h3 id="verdict-title">{given > 0 ? 'Verdicts' : 'Your verdict'}</h3>
        {given > 0 && <span class="quiet num">{given}</span>}
      </div>
      <div class="panel-body">
        <div role="status">
          {stored && (
            <p class="done"><Icon name="check" /> Verdict stored on the edge.</p>
          )}
        </div>
        {given > 0 && <VerdictList verdicts={alert.verdicts} />}
        {given > 0 && !writing && (
          <button
            type="button" class="button small"
            onClick={() => {
              setWriting(true);
              setStored(false);
            }}
          >
            Give another verdict
          </button>
        )}
        {(given === 0 || writing) && <VerdictForm alert={alert} onStored={onStored} />}
      </div>
    </section>
  );
}

function Content({ alert }: { alert: AlertView }) {
  const epoch = useStore((s) => s.epoch);
  const asset = useResource(`asset of ${alert.asset}`, epoch, () => getAsset(alert.asset));
  const { output, unit } = outputOf(alert, asset.data);
  return (
    <>
      <section class="panel">
        <header class="alert-head">
          <AlertMark alert={alert} />
          <h2 tabIndex={-1}>{alertTitle(alert)}</h2>
          <a href={href('assets', alert.asset)}>
            {alert.asset} <Icon name="next" size={12} />
          </a>
        </header>
        <Facts alert={alert} output={output} unit={unit} />
        {asset.data && output && (
          <AlertChart alert={alert} detail={asset.data} output={output} unit={unit} />
        )}
      </section>
      <section class="panel" aria-labelledby="why-title">
        <div class="panel-head">
          <h3 id="why-title">Why</h3>
          <span class="quiet small-text">at <When time={alert.opened} /></span>
        </div>
        <div class="panel-body">
          <Why alert={alert} unit={unit} />
        </div>
      </section>
      <Verdicts alert={alert} />
    </>
  );
}

export function AlertDetail({ id }: { id: string }) {
  const live = useStore((s) => s.alerts.get(id));
  const epoch = useStore((s) => s.epoch);
  const loaded = useResource(`alert ${id}`, epoch, () => getAlert(id));
  const alert = live ?? loaded.data;
  if (!alert && loaded.status === 404) {
    return (
      <div class="panel split-detail">
        <Empty icon="unknown" title="The edge has no such alert">
          <p>It may have left the edge's history. <a href={href('alerts')}>All alerts</a></p>
        </Empty>
      </div>
    );
  }
  return (
    <div class="split-detail stack">
      <a class="back narrow-only" href={href('alerts')}>
        <Icon name="back" /> Alerts
      </a>
      {!alert && loaded.error && (
        <Fault text={`This alert could not be loaded: ${loaded.error}.`} onAction={loaded.reload} />
      )}
      {!alert && loaded.loading && <div class="panel"><Skeleton rows={8} /></div>}
      {alert && <Content alert={alert} />}
    </div>
  );
}
