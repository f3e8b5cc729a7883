// One alert: what happened, why, and the operator's verdict.

import { useState } from 'preact/hooks';

import { getAlert, getAsset } from '../api';
import type { AlertView, AssetDetail } from '../api';
import { serverNow } from '../contact';
import { isPast, openTime, scoreNow, titlesOf } from '../facts';
import { duration, number, setting, shortDigest, unitText, withUnit, words } from '../format';
import { alertTitle } from '../parts/alert_list';
import { AlertMark } from '../parts/badge';
import { AlertChart, NoCourse } from '../parts/alert_chart';
import { Icon } from '../parts/icons';
import { Empty, Fault, Skeleton } from '../parts/states';
import { Ago, isOld, useSecond, When } from '../parts/time';
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

interface ScoreProps {
  alert: AlertView;
  output: string;
  unit: string;
  isKnown: boolean; // what the asset is scored with; not while that is being loaded
}

const useScoreNow = ({ alert, output }: ScoreProps) =>
  scoreNow(alert, useStore((s) => s.assets.get(alert.asset)), output);

// A source that has fallen silent, or a pipeline that runs no more, gives no score of now.
function Score(props: ScoreProps) {
  useSecond();
  const { alert, unit, isKnown } = props;
  const live = useScoreNow(props);
  const isOpen = alert.state === 'open';
  const isOld = isOpen && isKnown && isPast(alert, live?.time, serverNow());
  const label = !isOpen ? 'Score at clearing' : isOld ? 'Last score' : 'Score now';
  return (
    <p class="alert-now">
      <span class="quiet small-text">{label}</span>
      <span>
        <strong class="num">{number(live?.value ?? alert.value, 3)}</strong> {unitText(unit)}
      </span>
      {isOld && (
        <span class="quiet small-text">of <When time={live?.time ?? alert.updated} short /></span>
      )}
    </p>
  );
}

// The message is of the opening: what it says of the score may long have changed.
function Head(props: ScoreProps) {
  const { alert } = props;
  return (
    <header class="alert-head">
      <div class="alert-said">
        <div class="alert-where">
          <AlertMark alert={alert} />
          <a href={href('assets', alert.asset)}>
            {alert.asset} <Icon name="next" size={12} />
          </a>
        </div>
        <h2 tabIndex={-1}>{alertTitle(alert)}</h2>
        {alert.message && (
          <p class="quiet small-text">
            Said when it opened, <When time={alert.opened} short />
          </p>
        )}
      </div>
      <Score {...props} />
    </header>
  );
}

function OpenFor({ alert, newest }: { alert: AlertView; newest: string | undefined }) {
  useSecond();
  const open = openTime(alert, newest, serverNow());
  if (!open && (alert.cleared || !isPast(alert, newest, serverNow()))) return null;
  return (
    <div>
      <dt>{alert.cleared ? 'Lasted' : 'Open for'}</dt>
      <dd>
        {open && <span class="num">{duration(open.ms)}</span>}
        {open?.untilLast && <span class="quiet"> until the last score</span>}
        {!open && <span class="quiet">no score since it opened</span>}
      </dd>
    </div>
  );
}

function Facts(props: ScoreProps) {
  const { alert, unit } = props;
  const live = useScoreNow(props);
  const side = alertsBelow(alert) ? 'below' : 'above';
  const worse = alertsBelow(alert) ? Math.min : Math.max;
  const now = live?.value ?? alert.value ?? NaN;
  const worst = worse(alert.worst ?? now, Number.isFinite(now) ? now : (alert.worst ?? now));
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
      <OpenFor alert={alert} newest={live?.time} />
      {typeof alert.opened_value === 'number' && (
        <div>
          <dt>Score at opening</dt>
          <dd class="num">{withUnit(number(alert.opened_value, 3), unit)}</dd>
        </div>
      )}
      <div>
        <dt>Worst score</dt>
        <dd class="num">{withUnit(number(worst, 3), unit)}</dd>
      </div>
      <div>
        <dt>Threshold</dt>
        <dd class="num">{side} {withUnit(setting(alert.threshold), unit)}</dd>
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
  const pipeline = asset.data?.pipelines.find((each) => each.name === alert.pipeline);
  const score = { alert, output, unit, isKnown: !asset.loading || asset.data !== null };
  const titles = { ...(asset.data ? titlesOf(asset.data) : {}), ...alert.titles };
  return (
    <>
      <section class="panel">
        <Head {...score} />
        <Facts {...score} />
        {asset.data && output && (
          <AlertChart alert={alert} detail={asset.data} output={output} unit={unit} />
        )}
        {asset.data && !output && (
          <NoCourse>
            {pipeline ? 'The pipeline has not scored this asset since it was changed'
              : 'The pipeline of this alert runs no more'}: there is no course of the score.
          </NoCourse>
        )}
      </section>
      <section class="panel" aria-labelledby="why-title">
        <div class="panel-head">
          <h3 id="why-title">Why</h3>
          <span class="quiet small-text">at <When time={alert.opened} /></span>
        </div>
        <div class="panel-body">
          <Why
            alert={alert} output={output} unit={unit} titles={titles}
            hasModel={pipeline ? pipeline.model !== null : null}
          />
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
