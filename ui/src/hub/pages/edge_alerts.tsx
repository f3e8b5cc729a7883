// What an edge raised and what operators said of it, as far as it has told the hub.

import type { Verdict } from '../../api';
import { count, words } from '../../format';
import { AlertMark, VerdictChip } from '../../parts/badge';
import { Fault, Skeleton } from '../../parts/states';
import { When } from '../../parts/time';
import { getEdgeAlerts, kVerdictsCounted } from '../api';
import type { RaisedAlert } from '../api';
import { usePages } from '../pages_of';
import { ObjectLink } from '../parts/marks';
import { Damaged } from '../parts/trouble';
import { objectHref } from '../route';
import { useVersion } from '../store';

const kPageSize = 20;

function Said({ verdict }: { verdict: Verdict }) {
  return (
    <>
      <VerdictChip verdict={verdict.verdict} />{' '}
      <span class="quiet small-text">
        {[verdict.author, verdict.cause].filter((text) => text !== '').join(': ')}
      </span>
    </>
  );
}

// Where the hub has not told all that was said, of how many others than the newest.
function othersText({ verdicts, verdicts_left_out: leftOut }: RaisedAlert): string {
  if (!leftOut) return '';
  const others = Math.max(0, verdicts.length - 1) + leftOut;
  return ` and ${leftOut < kVerdictsCounted ? '' : 'at least '}${count(others)} more`;
}

function Row({ item }: { item: RaisedAlert }) {
  const { alert, verdicts } = item;
  const others = othersText(item);
  return (
    <tr>
      <th scope="row">
        <a
          class="row-name" href={objectHref('Asset', alert.asset)} title={`Asset ${alert.asset}`}
        >
          {alert.message || words(alert.decision)}
        </a>
      </th>
      <td data-label="State"><AlertMark alert={alert} /></td>
      <td data-label="Asset"><ObjectLink kind="Asset" name={alert.asset} plain /></td>
      <td data-label="Pipeline"><ObjectLink kind="Pipeline" name={alert.pipeline} plain /></td>
      <td data-label="Opened"><When time={alert.opened} /></td>
      <td data-label="Verdict" class={verdicts[0] || others ? undefined : 'cell-none'}>
        {verdicts[0] && <Said verdict={verdicts[0]} />}
        {others && <span class="quiet small-text">{others}</span>}
      </td>
    </tr>
  );
}

export function EdgeAlerts({ edge }: { edge: string }) {
  const pages = usePages(`alerts of ${edge}`, useVersion('edges', `edge ${edge}`), (cursor) =>
    getEdgeAlerts(edge, { limit: kPageSize, cursor }));
  const { items, data, damaged, error, loading, reload } = pages;
  return (
    <section class="panel" aria-labelledby="alerts-title">
      <div class="panel-head">
        <h2 id="alerts-title">Alerts</h2>
        <span class="quiet small-text">newest first, as sent to the hub</span>
      </div>
      {error && <Fault text={`Alerts could not be loaded: ${error}.`} onAction={reload} />}
      <Damaged rows={damaged} />
      {!data && loading && <Skeleton rows={3} />}
      {data && items.length === 0 && <p class="rail-empty quiet">It has told of none.</p>}
      {items.length > 0 && (
        <div class="table-box" tabIndex={0} role="group" aria-labelledby="alerts-title">
          <table class="table registry-table alerts-table">
            <thead>
              <tr>
                <th scope="col">Alert</th>
                <th scope="col">State</th>
                <th scope="col">Asset</th>
                <th scope="col">Pipeline</th>
                <th scope="col">Opened</th>
                <th scope="col">Verdict</th>
              </tr>
            </thead>
            <tbody>
              {items.map((item) => <Row key={item.alert.id} item={item} />)}
            </tbody>
          </table>
        </div>
      )}
      {pages.moreError && <Fault text={`No more could be loaded: ${pages.moreError}.`} />}
      {pages.hasMore && (
        <button type="button" class="button small more" disabled={pages.busy} onClick={pages.more}>
          {pages.busy ? 'Loading…' : 'Load more'}
        </button>
      )}
    </section>
  );
}
