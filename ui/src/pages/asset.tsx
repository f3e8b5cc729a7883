// One asset: what is predicted, what the sensors say, what was alerted.

import { useEffect, useMemo, useState } from 'preact/hooks';

import { getAsset } from '../api';
import type { AssetDetail, StreamNow } from '../api';
import { byPipeline, lastSeen, standingOf } from '../facts';
import { count, number, parseTime, unitText } from '../format';
import { findSpans, Track } from '../history';
import type { Span } from '../history';
import { AlertItem, openFirst } from '../parts/alert_list';
import { HealthState, StreamStateMark } from '../parts/badge';
import { Icon } from '../parts/icons';
import { OutputCard, PredictionCard, SensorCard } from '../parts/cards';
import type { Scene } from '../parts/cards';
import { RiskBar } from '../parts/risk_bar';
import { Empty, Fault, Skeleton } from '../parts/states';
import { Ago, When } from '../parts/time';
import { useResource } from '../resource';
import { href } from '../route';
import { onReadings, useStore } from '../store';

// The API names streams within their asset; an answer with the full id means the same.
const within = (asset: string, stream: string) =>
  stream.startsWith(`${asset}/`) ? stream.slice(asset.length + 1) : stream;

const newestTime = (detail: AssetDetail): number =>
  Math.max(...[...detail.streams, ...detail.predictions]
    .map((item) => parseTime(item.time)).filter(Number.isFinite), -Infinity);

let chosenSpan: number | null = null; // kept from one asset to the next

// The time span of all charts of the view.
function useSpans(detail: AssetDetail | null) {
  const [spans, setSpans] = useState<Span[]>([]);
  const [span, setSpan] = useState<number | null>(null);
  const name = detail?.asset;
  useEffect(() => {
    setSpans([]);
    setSpan(null);
    if (!detail) return;
    const first = detail.streams[0]?.stream;
    const end = newestTime(detail);
    if (!first || !Number.isFinite(end)) return setSpan(0);
    let here = true;
    const found = (all: Span[], best: number) => {
      if (!here) return;
      setSpans(all);
      const wanted = all.find((each) => each.ms === chosenSpan);
      setSpan(wanted ? wanted.ms : best);
    };
    findSpans(`${detail.asset}/${within(detail.asset, first)}`, end)
      .then(({ spans: all, best }) => found(all, best), () => found([], 0));
    return () => void (here = false);
  }, [name]);
  const choose = (ms: number) => {
    chosenSpan = ms;
    setSpan(ms);
  };
  return { spans, span, choose };
}

// Tracks of all streams, lengthened as events come.
function useTracks(detail: AssetDetail | null): Map<string, Track> {
  const name = detail?.asset ?? '';
  const tracks = useMemo(() => new Map<string, Track>(), [name]);
  const take = (stream: string, time: number, value: number | null) => {
    const track = tracks.get(stream) ?? new Track();
    tracks.set(stream, track);
    track.append(time, value);
  };
  useEffect(() => onReadings(name, (event) => {
    const time = parseTime(event.time);
    for (const [stream, value] of Object.entries(event.values)) take(stream, time, value);
  }), [tracks]);
  const asset = useStore((s) => s.assets.get(name));
  useEffect(() => {
    for (const p of asset?.predictions ?? []) {
      take(`${p.pipeline}.${p.output}`, parseTime(p.time), p.value);
    }
  }, [asset]);
  return tracks;
}

function SpanChoice({ spans, span, choose }: ReturnType<typeof useSpans>) {
  if (spans.length < 2) return null;
  return (
    <div class="segments" role="group" aria-label="Time span of the charts">
      {spans.map(({ label, ms }) => (
        <button
          key={ms} type="button" class="segment" aria-pressed={span === ms}
          onClick={() => choose(ms)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

function ValueRow({ now, track }: { now: StreamNow; track: Track | undefined }) {
  const [, redraw] = useState(0);
  useEffect(() => track?.listen(() => redraw((n) => n + 1)), [track]);
  const live = track && track.end > (parseTime(now.time) || 0);
  const time = live ? new Date(track.end).toISOString() : now.time;
  return (
    <tr role="row">
      <th role="rowheader" scope="row">
        {now.title || now.stream}
        {now.title && <span class="quiet small-text"> {now.stream}</span>}
      </th>
      <td role="cell" class="num end">{number(live ? track.newest : now.value, 5)}</td>
      <td role="cell" class="quiet">{unitText(now.unit)}</td>
      <td role="cell" data-label="Quality">{now.quality}</td>
      <td role="cell"><StreamStateMark state={now.state} /></td>
      <td role="cell" class="quiet"><When time={time} short /></td>
    </tr>
  );
}

function ValueTable({ detail, tracks }: { detail: AssetDetail; tracks: Map<string, Track> }) {
  return (
    <section class="panel" aria-labelledby="values-title">
      <div class="panel-head">
        <h2 id="values-title">Current values</h2>
        <span class="quiet num">{count(detail.streams.length)}</span>
      </div>
      <div class="table-box" tabIndex={0} role="group" aria-labelledby="values-title">
        <table role="table" class="table values">
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">Stream</th>
              <th role="columnheader" scope="col" class="end">Value</th>
              <th role="columnheader" scope="col">Unit</th>
              <th role="columnheader" scope="col">Quality</th>
              <th role="columnheader" scope="col">State</th>
              <th role="columnheader" scope="col">Time</th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {detail.streams.map((now) => {
              const stream = within(detail.asset, now.stream);
              return <ValueRow key={stream} now={{ ...now, stream }} track={tracks.get(stream)} />;
            })}
          </tbody>
        </table>
      </div>
    </section>
  );
}

const kFewAlerts = 2;

function AssetAlerts({ detail }: { detail: AssetDetail }) {
  const live = useStore((s) => s.alerts);
  const own = new Map(detail.alerts.map((alert) => [alert.id, alert]));
  for (const alert of live.values()) if (alert.asset === detail.asset) own.set(alert.id, alert);
  const alerts = [...own.values()].sort(openFirst);
  return (
    <div class={alerts.length <= kFewAlerts ? 'asset-alerts few' : 'asset-alerts'}>
      <section class="panel" aria-labelledby="asset-alerts">
        <div class="panel-head">
          <h2 id="asset-alerts">Alerts</h2>
          <span class="quiet num">{count(alerts.length)}</span>
        </div>
        {alerts.length === 0 ? (
          <p class="rail-empty quiet"><Icon name="ok" /> No alert so far.</p>
        ) : (
          <ul class="alert-list scrolling">
            {alerts.map((alert) => <AlertItem key={alert.id} alert={alert} withoutAsset />)}
          </ul>
        )}
      </section>
    </div>
  );
}

interface HeadProps {
  name: string;
  detail: AssetDetail | null;
  choice: ReturnType<typeof useSpans>;
}

function AssetHead({ name, detail, choice }: HeadProps) {
  const live = useStore((s) => s.assets.get(name)) ?? detail;
  return (
    <div class="page-head asset-head">
      <a class="back" href={href('assets')}>
        <Icon name="back" /> Assets
      </a>
      <h1 tabIndex={-1}>{name}</h1>
      {live && <HealthState health={standingOf(live)} />}
      {live && live.risk !== null && (
        <span class="head-risk">
          <span class="quiet">Risk</span> <RiskBar risk={live.risk} health={live.health} />
        </span>
      )}
      {live && (
        <span class="quiet">
          last seen <Ago time={lastSeen(live, detail?.streams)} />
        </span>
      )}
      <SpanChoice {...choice} />
    </div>
  );
}

interface ChartsProps {
  detail: AssetDetail;
  tracks: Map<string, Track>;
  span: number | null;
}

function Charts({ detail, tracks, span }: ChartsProps) {
  const epoch = useStore((s) => s.epoch);
  const isFew = detail.streams.length <= 3;
  const trackOf = (stream: string) => {
    const track = tracks.get(stream) ?? new Track();
    tracks.set(stream, track);
    return track;
  };
  const scene: Scene = {
    asset: detail.asset, span, epoch, end: newestTime(detail), trackOf,
    range: () => {
      const all = [...tracks.values()].filter((track) => track.times.length > 0);
      const end = Math.max(...all.map((track) => track.end));
      const first = Math.min(...all.map((track) => track.start));
      const start = span ? end - span : first;
      return start < end ? [start, end] : [end - 60_000, end + 60_000];
    },
  };
  return (
    <>
      <div class="with-rail">
        <div class="stack">
          {byPipeline(detail.predictions).map(({ main, others }) => (
            <div class="stack" key={main.pipeline}>
              <PredictionCard key={main.output} scene={scene} detail={detail} prediction={main} />
              {others.length > 0 && (
                <div class="outputs">
                  {others.map((each) => (
                    <OutputCard key={each.output} scene={scene} detail={detail} prediction={each} />
                  ))}
                </div>
              )}
            </div>
          ))}
          {detail.predictions.length === 0 && (
            <section class="panel" aria-label="Predictions">
              {detail.pipelines.length === 0 ? (
                <Empty icon="unknown" title="No pipeline takes this asset">
                  <p>Its readings are kept and checked; nothing judges them.</p>
                </Empty>
              ) : (
                <Empty icon="stale" title="No prediction yet">
                  <p>A pipeline predicts once its windows hold enough readings.</p>
                </Empty>
              )}
            </section>
          )}
        </div>
        <AssetAlerts detail={detail} />
      </div>
      <section aria-labelledby="sensors-title">
        <div class="section-head">
          <h2 id="sensors-title">Sensors</h2>
        </div>
        <div class={`sensors ${isFew ? 'few' : ''}`}>
          {detail.streams.map((now) => {
            const stream = within(detail.asset, now.stream);
            return (
              <SensorCard
                key={stream} scene={scene} now={{ ...now, stream }} height={isFew ? 200 : 104}
              />
            );
          })}
        </div>
      </section>
    </>
  );
}

export function AssetPage({ name }: { name: string }) {
  const epoch = useStore((s) => s.epoch);
  const { data, error, status, loading, reload } =
    useResource(`asset ${name}`, epoch, () => getAsset(name));
  const tracks = useTracks(data);
  const choice = useSpans(data);
  useEffect(() => {
    // States and qualities of streams come with the detail only.
    const timer = setInterval(reload, 10_000);
    return () => clearInterval(timer);
  }, [reload]);

  if (!data && status === 404) {
    return (
      <main class="page" id="main">
        <h1 tabIndex={-1} class="sr-only">{name}</h1>
        <div class="panel">
          <Empty icon="unknown" title={`The edge knows no asset ${name}`}>
            <a class="button" href={href('assets')}>All assets</a>
          </Empty>
        </div>
      </main>
    );
  }
  return (
    <main class="page page-asset" id="main">
      <AssetHead name={name} detail={data} choice={choice} />
      {error && <Fault text={`This asset could not be loaded: ${error}.`} onAction={reload} />}
      {!data && loading && <Skeleton rows={3} tall />}
      {data && <Charts detail={data} tracks={tracks} span={choice.span} />}
      {data && <ValueTable detail={data} tracks={tracks} />}
    </main>
  );
}
