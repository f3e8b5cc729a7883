// The charts of one asset's view: one prediction large, one sensor small.

import { useEffect, useRef, useState } from 'preact/hooks';

import type { AssetDetail, Decision, Pipeline, Prediction, StreamNow } from '../api';
import { noticeError, serverNow } from '../contact';
import { titlesOf, waitingSince } from '../facts';
import {
  featureText, nearTime, number, parseTime, percent, setting, unitText, words,
} from '../format';
import { loadHistory, useCompletion } from '../history';
import type { Track } from '../history';
import { useSettings } from '../settings';
import { useStore } from '../store';
import { StreamStateMark } from './badge';
import { Chart } from './chart';
import type { Line, Period } from './chart';

// What all charts of a view share.
export interface Scene {
  asset: string;
  span: number | null; // ms shown; 0: everything; null: not known yet
  epoch: number;
  end: number; // newest time when the view was loaded
  range: () => [number, number];
  trackOf: (stream: string) => Track;
}

const kPoints = 300;
const kSmallPx = 112; // height of a further output's chart

interface Loaded {
  box: preact.RefObject<HTMLElement>;
  track: Track;
  state: 'waiting' | 'ready' | 'failed';
  retry: () => void;
}

// History of one stream, asked for when its card comes into sight.
function useHistory(scene: Scene, stream: string): Loaded {
  const box = useRef<HTMLElement>(null);
  const track = scene.trackOf(stream);
  const [seen, setSeen] = useState(false);
  const [state, setState] = useState<Loaded['state']>('waiting');
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const watcher = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setSeen(true);
    }, { rootMargin: '400px' });
    watcher.observe(box.current!);
    return () => watcher.disconnect();
  }, []);
  useCompletion(track, () => setTurn((n) => n + 1));
  useEffect(() => {
    if (!seen || scene.span === null) return;
    let here = true;
    const newest = Number.isFinite(track.end) ? track.end : scene.end;
    const from = scene.span > 0 ? newest - scene.span : undefined;
    loadHistory(`${scene.asset}/${stream}`, kPoints, from).then(
      (series) => {
        if (!here) return;
        track.replace(series);
        setState('ready');
      },
      (error: unknown) => {
        noticeError(error);
        if (here) setState((was) => (was === 'ready' ? was : 'failed'));
      },
    );
    return () => void (here = false);
  }, [seen, scene.span, scene.epoch, track, turn]);
  return { box, track, state, retry: () => setTurn((n) => n + 1) };
}

interface Point {
  time: number;
  value: number | null;
}

// The value under the pointer, else the newest one.
function Readout(props: { track: Track; at: Point | null; unit: string; digits: number;
  latest: number | null }) {
  const { track, at, unit, digits, latest } = props;
  const { utc } = useSettings();
  const [, redraw] = useState(0);
  useEffect(() => track.listen(() => redraw((n) => n + 1)), [track]);
  return (
    <span class="readout">
      {at && <span class="readout-time num">{nearTime(at.time, track.end, utc)}</span>}
      <strong class="num">{number(at ? at.value : (track.newest ?? latest), digits)}</strong>
      <span class="quiet">{unitText(unit)}</span>
    </span>
  );
}

function usePoint() {
  const [at, setAt] = useState<Point | null>(null);
  const onPoint = (time: number | null, value: number | null) =>
    setAt((was) => (time === null ? null : was?.time === time ? was : { time, value }));
  return { at, onPoint };
}

// `what` there would be points of; a live one ends that there are none.
function Body(props: { state: Loaded['state']; track: Track; what: string; retry: () => void;
  height: number; children: preact.ComponentChildren }) {
  const { state, track, what, retry, height, children } = props;
  const [, redraw] = useState(0);
  const isEmpty = track.times.length === 0;
  useEffect(() => (isEmpty ? track.listen(() => redraw((n) => n + 1)) : undefined),
    [track, isEmpty]);
  const size = { blockSize: `${height}px` };
  if (state === 'ready' && isEmpty) {
    return <p class="chart-none quiet small-text" style={size}>No {what} in this span.</p>;
  }
  if (state === 'ready') return <>{children}</>;
  return (
    <div class="chart-wait" style={size}>
      {state === 'waiting' && <div class="bone" aria-hidden="true" />}
      {state === 'failed' && (
        <button type="button" class="button small" onClick={retry}>
          History did not load. Try again
        </button>
      )}
    </div>
  );
}

interface SensorProps {
  scene: Scene;
  now: StreamNow;
  height: number;
}

export function SensorCard({ scene, now, height }: SensorProps) {
  const { box, track, state, retry } = useHistory(scene, now.stream);
  const { at, onPoint } = usePoint();
  const name = now.title || now.stream;
  return (
    <article class={`panel sensor state-${now.state}`} ref={box}>
      <header class="sensor-head">
        <h3 title={`${name}: ${scene.asset}/${now.stream}`}>{name}</h3>
        <Readout track={track} at={at} unit={now.unit} digits={5} latest={now.value} />
        {now.state !== 'ok' && <StreamStateMark state={now.state} />}
      </header>
      <Body state={state} track={track} what="reading" retry={retry} height={height}>
        <Chart
          track={track} height={height} small range={scene.range} sync={scene.asset}
          label={`Course of ${name} in ${unitText(now.unit) || 'its unit'}`}
          onPoint={onPoint}
        />
      </Body>
    </article>
  );
}

function outputName(output: unknown): string {
  if (typeof output === 'string') return output;
  return String((output as { name?: unknown } | null)?.name ?? '');
}

// A decision without an output looks at the first one.
function decisionsOf(pipeline: Pipeline | undefined, output: string): Decision[] {
  if (!pipeline) return [];
  const first = outputName(pipeline.outputs[0]);
  return pipeline.decisions.filter((d) => (d.output || first || output) === output);
}

export function linesOf(decisions: Decision[]): Line[] {
  return decisions.flatMap((d) => {
    const text = `${words(d.name)}: ${d.when} ${setting(d.threshold)}`;
    const line: Line = { value: d.threshold, text, tone: d.severity };
    if (d.clear === null || d.clear === undefined || d.clear === d.threshold) return [line];
    return [line, { value: d.clear, text: '', tone: d.severity, minor: true }];
  });
}

function usePeriods(detail: AssetDetail, pipeline: string, decisions: Decision[]): Period[] {
  const live = useStore((s) => s.alerts);
  const names = new Set(decisions.map((d) => d.name));
  const own = new Map(detail.alerts.map((alert) => [alert.id, alert]));
  for (const alert of live.values()) if (alert.asset === detail.asset) own.set(alert.id, alert);
  return [...own.values()]
    .filter((alert) => alert.pipeline === pipeline && names.has(alert.decision))
    .map((alert) => ({
      from: parseTime(alert.opened),
      to: alert.cleared ? parseTime(alert.cleared) : null,
      tone: alert.severity,
    }));
}

interface PredictionProps {
  scene: Scene;
  detail: AssetDetail;
  prediction: Prediction;
}

function usePrediction({ scene, detail, prediction }: PredictionProps) {
  const history = useHistory(scene, `${prediction.pipeline}.${prediction.output}`);
  const pipeline = detail.pipelines.find((each) => each.name === prediction.pipeline);
  const decisions = decisionsOf(pipeline, prediction.output);
  const periods = usePeriods(detail, prediction.pipeline, decisions);
  return { ...history, ...usePoint(), decisions, periods };
}

// Outputs are features where the pipeline has no model.
const outputText = (output: string, detail: AssetDetail): string => {
  const text = featureText(output, titlesOf(detail));
  return text.charAt(0).toUpperCase() + text.slice(1);
};

// One of a pipeline's further outputs.
export function OutputCard(props: PredictionProps) {
  const { scene, prediction } = props;
  const { box, track, state, retry, at, onPoint, decisions, periods } = usePrediction(props);
  const { unit, output, value } = prediction;
  const title = outputText(output, props.detail);
  return (
    <article class="panel sensor" ref={box}>
      <header class="sensor-head">
        <h3 title={`${prediction.pipeline}.${output}`}>{title}</h3>
        <Readout track={track} at={at} unit={unit} digits={4} latest={value} />
      </header>
      <Body state={state} track={track} what="score" retry={retry} height={kSmallPx}>
        <Chart
          track={track} height={kSmallPx} small range={scene.range} sync={scene.asset}
          lines={linesOf(decisions)} periods={periods} onPoint={onPoint}
          label={`Course of ${title}${unit ? ` in ${unitText(unit)}` : ''}`}
        />
      </Body>
    </article>
  );
}

// The last readings of a stream that has stopped: seen, and not judged.
function Waiting({ detail, prediction }: { detail: AssetDetail; prediction: Prediction }) {
  const { utc } = useSettings();
  const pipeline = detail.pipelines.find((each) => each.name === prediction.pipeline);
  const since = waitingSince(detail, pipeline, prediction.time, serverNow());
  if (since === null) return null;
  return (
    <p class="note chart-note">
      Readings after {nearTime(since, serverNow(), utc)} are not judged yet: this pipeline
      waits {pipeline!.lateness} for late ones, by the source's own time, so they are judged once a
      reading that much newer comes.
    </p>
  );
}

export function PredictionCard(props: PredictionProps) {
  const { scene, prediction } = props;
  const { box, track, state, retry, at, onPoint, decisions, periods } = usePrediction(props);
  const { unit } = prediction;
  const live = useStore((s) => s.assets.get(props.detail.asset))?.predictions.find((each) =>
    each.pipeline === prediction.pipeline && each.output === prediction.output);
  const { risk } = live ?? prediction;
  const title = prediction.title || outputText(prediction.output, props.detail);
  return (
    <section class="panel prediction" ref={box}>
      <header class="panel-head">
        <div>
          <h2>{title}</h2>
          <p class="quiet small-text">
            {prediction.pipeline} · {featureText(prediction.output, titlesOf(props.detail))}
            {risk !== null && <> · risk {percent(risk)}</>}
          </p>
        </div>
        <Readout track={track} at={at} unit={unit} digits={3} latest={prediction.value} />
      </header>
      <Body state={state} track={track} what="score" retry={retry} height={240}>
        <Chart
          track={track} height={240} range={scene.range} sync={scene.asset}
          lines={linesOf(decisions)} periods={periods} onPoint={onPoint}
          label={`Course of ${title}${unit ? ` in ${unitText(unit)}` : ''}`}
        />
      </Body>
      <Waiting detail={props.detail} prediction={prediction} />
      {decisions.length > 0 && (
        <p class="note chart-note">
          Dashed: a decision opens an alert; dotted: it clears. Shaded: an alert was open.
        </p>
      )}
    </section>
  );
}
