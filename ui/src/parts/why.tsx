// Why an alert was raised: how much each feature moved the score, as signed bars.

import type { AlertView, Contribution } from '../api';
import { featureText, number, setting, signed, unitText, withUnit } from '../format';

type Titles = Record<string, string>; // of streams

interface Props {
  alert: AlertView;
  output: string;
  unit: string;
  titles: Titles;
  hasModel: boolean | null; // null: not known yet
}

// A decision looks above or below its threshold; the worst score lies on the alerting side.
export function alertsBelow(alert: AlertView): boolean {
  return (alert.worst ?? alert.value ?? 0) < (alert.threshold ?? 0);
}

// How far a part pushed towards the alert; below 0: away from it.
export const pushOf = (part: Contribution, below: boolean): number =>
  (below ? -1 : 1) * (part.effect ?? 0);

function Bar({ push, largest }: { push: number; largest: number }) {
  const toward = push > 0;
  const share = largest > 0 ? (Math.abs(push) / largest) * 50 : 0;
  const place = toward
    ? { insetInlineStart: '50%', inlineSize: `${share}%` }
    : { insetInlineEnd: '50%', inlineSize: `${share}%` };
  return (
    <span class="why-track" aria-hidden="true">
      <span class={`why-bar ${toward ? 'toward' : 'away'}`} style={place} />
    </span>
  );
}

interface RowProps {
  part: Contribution;
  titles: Titles;
  largest: number;
  below: boolean;
}

function Row({ part, titles, largest, below }: RowProps) {
  return (
    <tr role="row">
      <th role="rowheader" scope="row" title={part.feature}>
        {featureText(part.feature, titles)}
      </th>
      <td role="cell" class="why-cell">
        <Bar push={pushOf(part, below)} largest={largest} />
      </td>
      <td role="cell" class="num end" data-label="Effect">{signed(part.effect)}</td>
      <td role="cell" class="num end" data-label="Value">{number(part.value, 5)}</td>
      <td role="cell" class="num end quiet" data-label="Usual">{number(part.reference, 5)}</td>
    </tr>
  );
}

function NoParts({ output, titles, hasModel }: Pick<Props, 'output' | 'titles' | 'hasModel'>) {
  if (hasModel === null) return <p class="quiet">No contributing features are stored.</p>;
  if (hasModel) {
    return <p class="quiet">The model gave no contributing features for this alert.</p>;
  }
  return (
    <p class="quiet">
      This pipeline has no model: the score is itself a feature
      {output && <> (<span title={output}>{featureText(output, titles)}</span>)</>}, so no others
      lie behind it.
    </p>
  );
}

export function Why({ alert, output, unit, titles, hasModel }: Props) {
  const below = alertsBelow(alert);
  // What pushed towards the alert first, the strongest on top.
  const parts = alert.why.toSorted((a, b) => pushOf(b, below) - pushOf(a, below));
  const largest = Math.max(...parts.map((part) => Math.abs(part.effect ?? 0)), 0);
  const pushed = parts.filter((part) => pushOf(part, below) > 0).length;
  if (alert.why.length === 0) {
    return <NoParts output={output} titles={titles} hasModel={hasModel} />;
  }
  return (
    <>
      <div class="why-box">
        <table role="table" class={`table why severity-${alert.severity}`}>
          <thead role="rowgroup">
            <tr role="row">
              <th role="columnheader" scope="col">Feature</th>
              <th role="columnheader" scope="col" class="why-head">
                <span>away</span>
                <span>towards the alert</span>
              </th>
              <th role="columnheader" scope="col" class="end">
                Effect{unit ? `, ${unitText(unit)}` : ''}
              </th>
              <th role="columnheader" scope="col" class="end">Value</th>
              <th role="columnheader" scope="col" class="end">Usual</th>
            </tr>
          </thead>
          <tbody role="rowgroup">
            {parts.map((part) => (
              <Row
                key={part.feature} part={part} titles={titles} largest={largest}
                below={below}
              />
            ))}
          </tbody>
        </table>
      </div>
      <p class="note">
        {pushed === 0 && (
          <>
            None of the features that moved the score most pushed it this way: it lies there with
            all of them at their usual values.{' '}
          </>
        )}
        Effect: how far the score moved because the feature was not at its usual value, when the
        alert opened. {below ? 'Lowering' : 'Raising'} it pushes towards the alert, which opens{' '}
        {below ? 'below' : 'above'} {withUnit(setting(alert.threshold), unit)}.
      </p>
    </>
  );
}
