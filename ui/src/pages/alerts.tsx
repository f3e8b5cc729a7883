// Alerts: what is open, what was, and what operators said of it.

import { useEffect, useRef, useState } from 'preact/hooks';

import type { AlertView } from '../api';
import { count } from '../format';
import { useLiveOrder } from '../order';
import { AlertItem, openFirst } from '../parts/alert_list';
import { countedFilters, Filters } from '../parts/filters';
import type { ItemFilter } from '../parts/filters';
import { Empty, Skeleton } from '../parts/states';
import { loadMoreAlerts, useStore } from '../store';
import { AlertDetail } from './alert';

type Filter = 'all' | 'open' | 'unjudged';

const kWide = matchMedia('(min-width: 1000px)');

function useWide(): boolean {
  const [wide, setWide] = useState(kWide.matches);
  useEffect(() => {
    const changed = () => setWide(kWide.matches);
    kWide.addEventListener('change', changed);
    return () => kWide.removeEventListener('change', changed);
  }, []);
  return wide;
}

const kFilters: ItemFilter<Filter, AlertView>[] = [
  ['all', 'All', () => true],
  ['open', 'Open', (alert) => alert.state === 'open'],
  ['unjudged', 'Without verdict', (alert) => alert.verdicts.length === 0],
];

interface ListProps {
  alerts: readonly AlertView[];
  filter: Filter;
  selected: string;
}

function AlertList({ alerts, filter, selected }: ListProps) {
  const byId = new Map(alerts.map((alert) => [alert.id, alert]));
  const sorted = alerts.toSorted(openFirst).map((alert) => alert.id);
  const { order, hold } = useLiveOrder(sorted, filter);
  const known = order.map((id) => byId.get(id)).filter((a): a is AlertView => a !== undefined);
  const groups = [
    ['Open', known.filter((alert) => alert.state === 'open')],
    ['Cleared', known.filter((alert) => alert.state !== 'open')],
  ] as const;
  const box = useRef<HTMLDivElement>(null);
  const isListed = byId.has(selected);
  // An alert that was opened by its link may lie far down. Only the list is moved, not the window.
  useEffect(() => {
    const item = box.current?.querySelector<HTMLElement>('[aria-current]');
    const list = box.current?.parentElement;
    if (!item || !list) return;
    const [inner, outer] = [item.getBoundingClientRect(), list.getBoundingClientRect()];
    if (inner.top >= outer.top && inner.bottom <= outer.bottom) return;
    list.scrollTop += inner.top - outer.top - (outer.height - inner.height) / 2;
  }, [selected, isListed]);
  return (
    <div ref={box} {...hold}>
      {groups.filter(([, list]) => list.length > 0).map(([name, list]) => (
        <section key={name} aria-label={`${name} alerts`}>
          <h2 class="group-head">
            {name} <span class="num">{count(list.length)}</span>
          </h2>
          <ul class="alert-list">
            {list.map((alert) => (
              <AlertItem key={alert.id} alert={alert} selected={alert.id === selected} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

function More() {
  const alerts = useStore((s) => s.alerts);
  const limit = useStore((s) => s.alertLimit);
  const [busy, setBusy] = useState(false);
  if (alerts.size < limit) return null;
  const more = async () => {
    setBusy(true);
    await loadMoreAlerts().catch(() => {});
    setBusy(false);
  };
  return (
    <button type="button" class="button small more" disabled={busy} onClick={more}>
      {busy ? 'Loading…' : 'Load older alerts'}
    </button>
  );
}

export function AlertsPage({ id }: { id: string }) {
  const phase = useStore((s) => s.phase);
  const alerts = useStore((s) => s.alerts);
  const [filter, setFilter] = useState<Filter>('all');
  const wide = useWide();
  const all = [...alerts.values()];
  const matches = kFilters.find(([name]) => name === filter)![2];
  const listed = all.filter(matches);
  const first = wide ? listed.toSorted(openFirst)[0]?.id : undefined;
  const [preselected, setPreselected] = useState<string | undefined>(undefined);
  // The first alert is opened beside the list, and stays there when another becomes first.
  useEffect(() => setPreselected((was) => was ?? first), [first]);
  const shown = id || (wide ? (preselected ?? first ?? '') : '');

  return (
    <main class={`page page-alerts ${id ? 'has-detail' : ''}`} id="main">
      <div class="page-head">
        <h1 tabIndex={-1}>Alerts</h1>
        <Filters
          label="Filter alerts" filters={countedFilters(kFilters, all)} current={filter}
          onChoose={setFilter}
        />
      </div>
      {phase === 'loading' && <div class="panel"><Skeleton rows={8} /></div>}
      {phase === 'ready' && all.length === 0 && (
        <div class="panel">
          <Empty icon="bell" title="No alert has been raised">
            <p>
              Decisions are checked at every prediction. An alert appears here when one holds often
              enough, with the features that moved the score.
            </p>
          </Empty>
        </div>
      )}
      {all.length > 0 && (
        <div class="split">
          <div class="panel split-list">
            {listed.length === 0 && <Empty icon="check" title="None here" />}
            <AlertList alerts={listed} filter={filter} selected={shown} />
            <More />
          </div>
          {shown && <AlertDetail key={shown} id={shown} />}
        </div>
      )}
      {all.length === 0 && id && <AlertDetail key={id} id={id} />}
    </main>
  );
}
