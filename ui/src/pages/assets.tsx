// All assets, the riskiest first.

import { useMemo, useState } from 'preact/hooks';

import { getConfig } from '../api';
import type { Asset, Prediction } from '../api';
import { lastSeen, standingOf, urgencyOf } from '../facts';
import type { Standing } from '../facts';
import { count, number, parseTime, unitText } from '../format';
import { memo } from '../memo';
import { useLiveOrder } from '../order';
import { AlertRail } from '../parts/alert_list';
import { HealthState } from '../parts/badge';
import { Filters } from '../parts/filters';
import { Icon } from '../parts/icons';
import { RiskBar } from '../parts/risk_bar';
import { Sparkline } from '../parts/sparkline';
import { Empty, Skeleton } from '../parts/states';
import { Ago } from '../parts/time';
import { useResource } from '../resource';
import { href } from '../route';
import { useStore } from '../store';

type SortKey = 'risk' | 'asset' | 'seen';

const kHealths: readonly Standing[] =
  ['critical', 'warning', 'ok', 'stale', 'unjudged', 'unknown'];

// The prediction that makes the risk; the first where none has one.
export function mainPrediction(asset: Asset): Prediction | undefined {
  const byRisk = asset.predictions.toSorted((a, b) => (b.risk ?? -1) - (a.risk ?? -1));
  return byRisk[0];
}

const byName = new Intl.Collator('en', { numeric: true }).compare;

function compare(a: Asset, b: Asset, key: SortKey): number {
  if (key === 'risk') return urgencyOf(b) - urgencyOf(a) || byName(a.asset, b.asset);
  if (key === 'asset') return byName(a.asset, b.asset);
  return (parseTime(lastSeen(b)) || 0) - (parseTime(lastSeen(a)) || 0)
    || byName(a.asset, b.asset);
}

const Row = memo(({ asset }: { asset: Asset }) => {
  const main = mainPrediction(asset);
  const stream = main && `${asset.asset}/${main.pipeline}.${main.output}`;
  return (
    <tr role="row" class={`asset-row health-${asset.health}`}>
      <td role="cell" class="cell-health">
        <HealthState health={standingOf(asset)} />
      </td>
      <th role="rowheader" scope="row" class="cell-asset">
        <a href={href('assets', asset.asset)}>{asset.asset}</a>
      </th>
      <td role="cell" class="cell-risk">
        <RiskBar risk={asset.risk} health={asset.health} />
      </td>
      {main ? (
        <td role="cell" class="cell-value">
          <strong class="num">{number(main.value, 3)}</strong> {unitText(main.unit)}
        </td>
      ) : (
        <td role="cell" class="cell-value cell-none quiet" aria-colspan={2}>no prediction yet</td>
      )}
      {main && <td role="cell" class="cell-title quiet" title={main.title}>{main.title}</td>}
      <td role="cell" class="cell-trend">
        {main && stream && <Sparkline stream={stream} time={main.time} value={main.value} />}
      </td>
      <td role="cell" class="cell-alerts">
        {asset.open_alerts > 0 && (
          <span class="alerts-open">
            <Icon name="bell" size={13} />
            <span class="num">{asset.open_alerts}</span>
            <span class="cell-word"> open</span>
          </span>
        )}
      </td>
      <td role="cell" class="cell-seen quiet">
        <Ago time={lastSeen(asset)} />
      </td>
    </tr>
  );
});

interface HeadProps {
  name: string;
  sort: SortKey;
  current: SortKey;
  class: string;
  onSort: (key: SortKey) => void;
}

function SortHead({ name, sort, current, class: style, onSort }: HeadProps) {
  const isCurrent = sort === current;
  const direction = sort === 'asset' ? 'ascending' : 'descending';
  return (
    <th
      role="columnheader" scope="col" class={style} aria-sort={isCurrent ? direction : undefined}
    >
      <button type="button" class="sort" onClick={() => onSort(sort)}>
        {name}
        <span class={isCurrent ? 'sort-mark' : 'sort-mark off'}>
          <Icon name={sort === 'asset' ? 'up' : 'down'} size={11} />
        </span>
      </button>
    </th>
  );
}

interface FilterProps {
  assets: Asset[];
  health: Standing | null;
  onHealth: (health: Standing | null) => void;
}

function HealthFilter({ assets, health, onHealth }: FilterProps) {
  const counts = new Map<Standing, number>();
  for (const asset of assets) {
    counts.set(standingOf(asset), (counts.get(standingOf(asset)) ?? 0) + 1);
  }
  return (
    <Filters
      label="Filter by health" current={health}
      onChoose={(name) => onHealth(name === health ? null : name)}
      filters={[
        { value: null, face: 'All', count: assets.length },
        ...kHealths.filter((name) => counts.has(name) || name === health).map((name) => ({
          value: name, face: <HealthState health={name} />, count: counts.get(name) ?? 0,
        })),
      ]}
    />
  );
}

interface TableProps {
  assets: ReadonlyMap<string, Asset>;
  names: readonly string[];
  filter: string;
  sort: SortKey;
  onSort: (key: SortKey) => void;
}

function AssetTable({ assets, names, filter, sort, onSort }: TableProps) {
  const live = useLiveOrder(names, `${sort} ${filter}`);
  const head = { current: sort, onSort };
  return (
    <>
      <table role="table" class="assets" aria-label="Assets">
        <thead role="rowgroup">
          <tr role="row">
            <th role="columnheader" scope="col" class="cell-health">Health</th>
            <SortHead name="Asset" sort="asset" class="cell-asset" {...head} />
            <SortHead name="Risk" sort="risk" class="cell-risk" {...head} />
            <th role="columnheader" scope="col" class="cell-value">Prediction</th>
            <th role="columnheader" scope="col" class="cell-title">
              <span class="sr-only">What is predicted</span>
            </th>
            <th role="columnheader" scope="col" class="cell-trend">Trend</th>
            <th role="columnheader" scope="col" class="cell-alerts">Alerts</th>
            <SortHead name="Last seen" sort="seen" class="cell-seen" {...head} />
          </tr>
        </thead>
        <tbody role="rowgroup" {...live.hold}>
          {live.order.map((name) => {
            const asset = assets.get(name);
            return asset && <Row key={name} asset={asset} />;
          })}
        </tbody>
      </table>
      <p class="held" aria-hidden={!live.isHeld}>
        {live.isHeld && 'The order is held while you are in the list.'}
      </p>
    </>
  );
}

function NoAssets() {
  const status = useStore((s) => s.status);
  const none = (status?.connections.length ?? 0) === 0;
  const { data: config } = useResource('config', status?.config.revision ?? '', getConfig);
  return (
    <Empty icon="plug" title="No asset has sent a reading yet">
      {config?.follows_hub && (
        <p>
          This edge gets its connections and pipelines from a hub,{' '}
          {none ? 'which has given it no connection yet: apply one there. A model'
            : 'where a model'}{' '}
          may still wait for its approval.
        </p>
      )}
      {none && !config?.follows_hub && (
        <p>
          No connection is configured. Put a connection manifest into the{' '}
          <a href={href('config')}>configuration folder</a> and reload it.
        </p>
      )}
      {!none && (
        <p>
          Assets appear with their first accepted reading. See{' '}
          <a href={href('quality')}>data quality</a> for whether messages arrive and why they may
          be rejected.
        </p>
      )}
    </Empty>
  );
}

export function AssetsPage() {
  const phase = useStore((s) => s.phase);
  const assets = useStore((s) => s.assets);
  const [query, setQuery] = useState('');
  const [health, setHealth] = useState<Standing | null>(null);
  const [sort, setSort] = useState<SortKey>('risk');
  const all = useMemo(() => [...assets.values()], [assets]);
  const needle = query.trim().toLowerCase();
  const names = useMemo(() => all
    .filter((asset) => (health === null || standingOf(asset) === health)
      && asset.asset.toLowerCase().includes(needle))
    .sort((a, b) => compare(a, b, sort))
    .map((asset) => asset.asset), [all, health, needle, sort]);

  return (
    <main class="page page-assets" id="main">
      <div class="page-head">
        <h1 tabIndex={-1}>Assets</h1>
        {all.length > 0 && <HealthFilter assets={all} health={health} onHealth={setHealth} />}
        <label class="search" hidden={all.length === 0}>
          <span class="sr-only">Search assets</span>
          <Icon name="search" />
          <input
            type="search" placeholder="Search assets" value={query}
            onInput={(e) => setQuery(e.currentTarget.value)}
          />
        </label>
      </div>
      <div class={all.length > 0 ? 'with-rail' : ''}>
        <section class="panel assets-panel" aria-label="Assets by risk">
          {phase === 'loading' && <Skeleton rows={12} />}
          {phase === 'ready' && all.length === 0 && <NoAssets />}
          {all.length > 0 && names.length === 0 && (
            <Empty icon="search" title="No asset matches">
              <button
                type="button" class="button small"
                onClick={() => {
                  setQuery('');
                  setHealth(null);
                }}
              >
                Show all {count(all.length)}
              </button>
            </Empty>
          )}
          {names.length > 0 && (
            <AssetTable
              assets={assets} names={names} filter={`${health} ${needle}`} sort={sort}
              onSort={setSort}
            />
          )}
        </section>
        {all.length > 0 && <AlertRail />}
      </div>
    </main>
  );
}
