// Alerts as lists: in the alerts view, beside the assets, on one asset's view.

import type { AlertView } from '../api';
import { serverNow } from '../contact';
import { isPast, scoreNow } from '../facts';
import { count, number, withUnit, words } from '../format';
import { href } from '../route';
import { useStore } from '../store';
import { AlertMark, VerdictChip } from './badge';
import { Icon } from './icons';
import { Ago } from './time';

const kSeverityRank = { critical: 0, warning: 1, info: 2 };

export function newestFirst(a: AlertView, b: AlertView): number {
  return b.opened.localeCompare(a.opened) || a.id.localeCompare(b.id);
}

export function openFirst(a: AlertView, b: AlertView): number {
  if (a.state !== b.state) return a.state === 'open' ? -1 : 1;
  if (a.state === 'open') {
    const rank = (kSeverityRank[a.severity] ?? 3) - (kSeverityRank[b.severity] ?? 3);
    if (rank !== 0) return rank;
  }
  return newestFirst(a, b);
}

export const alertTitle = (alert: AlertView): string =>
  alert.message || `${words(alert.decision)}`;

interface ItemProps {
  alert: AlertView;
  selected?: boolean;
  withoutAsset?: boolean;
}

// What the title says was so when the alert opened; beside it stands what is so now.
function Now({ alert }: { alert: AlertView }) {
  const live = useStore((s) => s.assets.get(alert.asset));
  if (alert.state !== 'open') return null;
  const score = scoreNow(alert, live);
  const text = withUnit(number(score?.value ?? alert.value, 3), score?.unit ?? '');
  const when = !score ? 'last told' : isPast(alert, score.time, serverNow()) ? 'last' : 'now';
  return (
    <span class="alert-item-now small-text">
      {when} <strong class="num">{text}</strong>
    </span>
  );
}

export function AlertItem({ alert, selected, withoutAsset }: ItemProps) {
  const verdict = alert.verdicts[0];
  return (
    <li>
      <a
        class={`alert-item ${alert.state} severity-${alert.severity}`}
        href={href('alerts', alert.id)} aria-current={selected ? 'true' : undefined}
      >
        <span class="alert-line">
          <AlertMark alert={alert} />
          <span class="quiet small-text">
            opened <Ago time={alert.opened} />
          </span>
        </span>
        <span class="alert-title">{alertTitle(alert)}</span>
        <span class="alert-line">
          <span class="quiet small-text">
            {withoutAsset ? words(alert.decision) : `${alert.asset} · ${words(alert.decision)}`}
          </span>
          <Now alert={alert} />
          {verdict && <VerdictChip verdict={verdict.verdict} />}
        </span>
      </a>
    </li>
  );
}

const kRailMax = 8;

// The open alerts beside the assets on wide screens.
export function AlertRail() {
  const alerts = useStore((s) => s.alerts);
  const open = [...alerts.values()].filter((a) => a.state === 'open').sort(openFirst);
  return (
    <aside class="panel rail" aria-label="Open alerts">
      <div class="panel-head">
        <h2>Open alerts</h2>
        <span class="quiet num">{count(open.length)}</span>
      </div>
      {open.length === 0 ? (
        <p class="rail-empty quiet">
          <Icon name="ok" /> None. Decisions are checked at every prediction.
        </p>
      ) : (
        <ul class="alert-list">
          {open.slice(0, kRailMax).map((alert) => <AlertItem key={alert.id} alert={alert} />)}
        </ul>
      )}
      {open.length > kRailMax && (
        <a class="rail-more" href={href('alerts')}>
          All {count(open.length)} open alerts
        </a>
      )}
    </aside>
  );
}
