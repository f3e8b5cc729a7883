// What was checked in this browser, each with its outcome.

import type { Finding } from '../proof/log';
import { FindingMark } from './marks';

export function Findings({ findings }: { findings: Finding[] }) {
  return (
    <ul class="findings">
      {findings.map((finding) => (
        <li key={finding.title} class={`finding finding-${finding.state}`}>
          <FindingMark finding={finding} />
          <span class="finding-text">
            <span class="sr-only">
              {finding.state === 'valid' ? 'holds: ' : finding.state === 'failed' ? 'fails: ' : ''}
            </span>
            {finding.text}
          </span>
        </li>
      ))}
    </ul>
  );
}
