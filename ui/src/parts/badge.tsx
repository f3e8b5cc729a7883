// States as an icon and a word, the same everywhere.

import type { AlertView, Judgement, LinkState, Severity, StreamState } from '../api';
import type { Standing } from '../facts';
import { words } from '../format';
import { Icon } from './icons';
import type { IconName } from './icons';

type Tone = 'ok' | 'warning' | 'critical' | 'stale' | 'quiet' | 'accent';

const kHealth: Record<Standing, [IconName, Tone, string]> = {
  ok: ['ok', 'ok', 'OK'],
  warning: ['warning', 'warning', 'Warning'],
  critical: ['critical', 'critical', 'Critical'],
  stale: ['stale', 'stale', 'Stale'],
  unknown: ['unknown', 'quiet', 'No data'],
  unjudged: ['unknown', 'quiet', 'No prediction'],
};

const kSeverity: Record<Severity, [IconName, Tone]> = {
  info: ['info', 'accent'],
  warning: ['warning', 'warning'],
  critical: ['critical', 'critical'],
};

const kStream: Record<StreamState, [IconName, Tone, string]> = {
  ok: ['ok', 'ok', 'OK'],
  stale: ['stale', 'stale', 'Stale'],
  flat: ['warning', 'warning', 'Flat line'],
  out_of_contract: ['warning', 'warning', 'Out of contract'],
};

const kLink: Record<LinkState, [IconName, Tone, string]> = {
  connected: ['ok', 'ok', 'Connected'],
  connecting: ['stale', 'stale', 'Connecting'],
  waiting: ['warning', 'warning', 'Waiting to retry'],
  stopped: ['cross', 'quiet', 'Stopped'],
};

const kJudgement: Record<Judgement, [IconName, string]> = {
  confirmed: ['check', 'Confirmed'],
  false: ['cross', 'False alarm'],
  unsure: ['unknown', 'Unsure'],
};

export const judgementWord = (verdict: Judgement): string => kJudgement[verdict]?.[1] ?? verdict;
export const judgementIcon = (verdict: Judgement): IconName =>
  kJudgement[verdict]?.[0] ?? 'unknown';

export function State({ icon, tone, word }: { icon: IconName; tone: Tone; word: string }) {
  return (
    <span class={`state tone-${tone}`}>
      <Icon name={icon} />
      <span class="state-word">{word}</span>
    </span>
  );
}

export function HealthState({ health }: { health: Standing }) {
  const [icon, tone, word] = kHealth[health] ?? kHealth.unknown;
  return <State icon={icon} tone={tone} word={word} />;
}

export function StreamStateMark({ state }: { state: StreamState }) {
  const [icon, tone, word] = kStream[state] ?? ['unknown', 'quiet', words(state)];
  return <State icon={icon} tone={tone} word={word} />;
}

export function LinkStateMark({ state }: { state: LinkState }) {
  const [icon, tone, word] = kLink[state] ?? ['unknown', 'quiet', words(state)];
  return <State icon={icon} tone={tone} word={word} />;
}

// A cleared alert is past: it keeps its shape and loses its colour.
export function AlertMark({ alert }: { alert: Pick<AlertView, 'severity' | 'state'> }) {
  const [icon, tone] = kSeverity[alert.severity] ?? kSeverity.info;
  const word = words(alert.severity);
  if (alert.state === 'open') return <State icon={icon} tone={tone} word={`${word}, open`} />;
  return <State icon={icon} tone="quiet" word={`${word}, cleared`} />;
}

export function VerdictChip({ verdict }: { verdict: Judgement }) {
  return (
    <span class={`chip verdict-${verdict}`}>
      <Icon name={judgementIcon(verdict)} size={13} />
      {judgementWord(verdict)}
    </span>
  );
}
