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

function Bar({ effect, largest, toward }: { effect: number; largest: number; toward: boolean }) {
  const share = largest > 0 ? (Math.abs(effect) / largest) * 50 : 0;
  const place = effect < 0
    ? { insetInlineEnd: '50%', inlineSize: `${share}%` }
    : { insetInlineStart: '50%', inlineSize: `${share}%` };
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
  const effect = part.effect ?? 0;
  return (
    <tr role="row">
      <th role="rowheader" scope="row" title={part.feature}>
        {featureText(part.feature, titles)}
      </th>
      <td role="cell" class="why-cell">
        <Bar effect={effect} largest={largest} toward={below ? effect < 0 : effect > 0} />
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
  const size = (part: Contribution) => Math.abs(part.effect ?? 0);
  const parts = alert.why.toSorted((a, b) => size(b) - size(a));
  const largest = parts[0] ? size(parts[0]) : 0;
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
                <span>lowers score</span>
                <span>raises score</span>
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
        Effect: how far the score moved because the feature was not at its usual value, when the
        alert opened. Coloured bars push towards the alert, which opens{' '}
        {below ? 'below' : 'above'} {withUnit(setting(alert.threshold), unit)}.
      </p>
    </>
  );
}
