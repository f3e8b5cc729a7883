// What stands above every view: which edge this is, whether what is shown is current, where to go.

import type { Status } from '../api';
import { serverNow } from '../contact';
import { bytes, clock, compact, count, duration } from '../format';
import { href } from '../route';
import type { Page, Route } from '../route';
import { useSettings } from '../settings';
import { lastContact, retryNow, setPaused, useStore } from '../store';
import { Icon, Mark } from './icons';
import type { IconName } from './icons';
import { Fault } from './states';
import { useSecond, When } from './time';
import { ClockSwitch, Skip, ThemeSwitch } from './tools';

const kViews: [Page, string, string, IconName][] = [
  ['assets', 'Assets', 'Assets', 'assets'],
  ['alerts', 'Alerts', 'Alerts', 'bell'],
  ['quality', 'Data quality', 'Quality', 'quality'],
  ['config', 'Configuration', 'Config', 'config'],
];

function Views({ route, open }: { route: Route; open: number }) {
  const isAt = (page: Page) => (route.page === page && !route.unknown ? 'page' : undefined);
  return (
    <nav class="views" aria-label="Views">
      {kViews.map(([page, name, shortName, icon]) => (
        <a key={page} href={href(page)} aria-current={isAt(page)}>
          <Icon name={icon} />
          <span class="wide-only">{name}</span>
          <span class="narrow-only">{shortName}</span>
          {page === 'alerts' && open > 0 && (
            <span class="count-badge num">
              {open}
              <span class="sr-only"> open</span>
            </span>
          )}
        </a>
      ))}
    </nav>
  );
}

function LiveMark() {
  const link = useStore((s) => s.link);
  const pausedAt = useStore((s) => s.pausedAt);
  const shown = pausedAt > 0 ? 'paused' : link;
  const word = {
    paused: 'Paused', live: 'Live', connecting: 'Connecting', polling: 'Every 5 s',
    offline: 'Offline',
  }[shown];
  return (
    <span class={`live live-${shown}`} role="status">
      <span class="live-dot" aria-hidden="true" />
      {word}
    </span>
  );
}

function PauseButton() {
  const paused = useStore((s) => s.pausedAt > 0);
  const text = paused ? 'Resume live updates' : 'Pause live updates';
  return (
    <button
      type="button" class="tool" title={text} aria-label={text} aria-pressed={paused}
      onClick={() => setPaused(!paused)}
    >
      <Icon name={paused ? 'play' : 'pause'} />
    </button>
  );
}

function Facts({ status, rate }: { status: Status; rate: number | null }) {
  const up = status.connections.filter((c) => c.state === 'connected').length;
  const all = status.connections.length;
  const { counts } = status;
  return (
    <a class="facts" href={href('quality')} title="Data quality: connections, rejects, queues">
      <span class={up < all ? 'fact tone-warning' : 'fact'}>
        <Icon name={up < all ? 'warning' : 'plug'} size={14} />
        {all === 0 ? 'no connection' : <><span class="num">{up}/{all}</span> connected</>}
      </span>
      <span class="fact" title={`${count(counts.readings)} readings since the start`}>
        <span class="num">{rate === null ? '–' : compact(Math.round(rate))}</span> readings/s
      </span>
      <span class="fact" title={`${count(counts.predictions)} predictions since the start`}>
        <span class="num">{compact(counts.predictions)}</span> predictions
      </span>
    </a>
  );
}

export function Header({ route }: { route: Route }) {
  const status = useStore((s) => s.status);
  const rate = useStore((s) => s.rate);
  // Without contact these figures are of the past, and would read as if all were well.
  const isHeard = useStore((s) => s.link === 'live' || s.link === 'polling');
  return (
    <header class="top">
      <Skip />
      <div class="top-inner">
        <a class="brand" href={href('assets')} title={`Lineside ${status?.version ?? ''}`}>
          <Mark />
          <span class="brand-text">
            <span class="edge-name">{status?.edge ?? 'Lineside'}</span>
          </span>
        </a>
        <Views route={route} open={status?.counts.alerts_open ?? 0} />
        {status && isHeard && <Facts status={status} rate={rate} />}
        <div class="tools">
          <LiveMark />
          <PauseButton />
          <ClockSwitch />
          <ThemeSwitch />
        </div>
      </div>
    </header>
  );
}

function LinkNotice() {
  useSecond();
  const { utc } = useSettings();
  const link = useStore((s) => s.link);
  const retryAt = useStore((s) => s.retryAt);
  const wait = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  if (link === 'polling') {
    return (
      <Fault
        tone="info" action="Connect now" onAction={retryNow}
        text="Live events do not get through; the page asks the edge every few seconds instead."
      />
    );
  }
  const since = lastContact() > 0 ? ` since ${clock(lastContact(), utc)}` : '';
  return (
    <Fault
      action="Try now" onAction={retryNow}
      text={`No contact with the edge${since}. What you see is from then. Next try in ${wait} s.`}
    />
  );
}

function PauseNotice({ at }: { at: number }) {
  const { utc } = useSettings();
  return (
    <Fault
      tone="info" action="Resume" onAction={() => setPaused(false)}
      text={`Live updates are paused: this is how things stood at ${clock(at, utc)}.`}
    />
  );
}

function EdgeNotices({ status }: { status: Status }) {
  const { store, config } = status;
  const faults = config.problems.length;
  return (
    <>
      {!status.ready && <Fault tone="info" text="The edge is starting: models are being loaded." />}
      {store.state !== 'ok' && (
        <Fault
          text={`The store is ${store.state}: ${store.error || 'no reason given'}. It holds ` +
            `${bytes(store.history_bytes)} of ${bytes(store.history_cap_bytes)}.`}
        />
      )}
      {faults > 0 && (
        <Fault
          tone="warning"
          text={
            <>
              {faults === 1 ? 'One problem' : `${faults} problems`} in the manifests; the last good
              configuration{' '}
              {config.state === 'last_good'
                ? <>of <When time={config.last_good} /> runs since the start.</>
                : 'keeps running.'}{' '}
              <a href={href('config')}>See what and where</a>
            </>
          }
        />
      )}
    </>
  );
}

// Whatever makes the page less than current or the edge less than well, above the content.
export function Notices() {
  const status = useStore((s) => s.status);
  const link = useStore((s) => s.link);
  const pausedAt = useStore((s) => s.pausedAt);
  return (
    <div class="notices">
      {(link === 'offline' || link === 'polling') && <LinkNotice />}
      {pausedAt > 0 && <PauseNotice at={pausedAt} />}
      {status && <EdgeNotices status={status} />}
    </div>
  );
}

export function Footer() {
  useSecond();
  const status = useStore((s) => s.status);
  const { utc } = useSettings();
  if (!status) return null;
  const up = Date.parse(status.now) - Date.parse(status.started);
  return (
    <footer class="foot">
      <span>Lineside {status.version}</span>
      <span>up {duration(up)}</span>
      <span class="num">
        {clock(serverNow(), utc)} {utc ? 'UTC' : 'local'}
        {!utc && <> · {clock(serverNow(), true)} UTC</>}
      </span>
    </footer>
  );
}
