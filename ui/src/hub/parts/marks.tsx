// States of the hub's things, as an icon and a word, the same everywhere.

import { words } from '../../format';
import { State } from '../../parts/badge';
import type { IconName } from '../../parts/icons';
import { Icon } from '../../parts/icons';
import type { Approval, EdgeWord } from '../api';
import { wordsOf } from '../kinds';
import type { Finding } from '../proof/log';
import { hubHref, objectHref } from '../route';
import { kMeanings } from '../standing';

type Tone = 'ok' | 'warning' | 'critical' | 'stale' | 'quiet' | 'accent';

export const kEdgeStates: Record<EdgeWord, [IconName, Tone, string, string]> = {
  in_sync: ['ok', 'ok', 'In sync', kMeanings.in_sync],
  applying: ['reload', 'accent', 'Applying', kMeanings.applying],
  behind: ['warning', 'warning', 'Behind', kMeanings.behind],
  failed: ['critical', 'critical', 'Failed', kMeanings.failed],
  silent: ['stale', 'stale', 'Silent', kMeanings.silent],
  stopped: ['pause', 'quiet', 'Stopped', kMeanings.stopped],
  never: ['unknown', 'quiet', 'Never seen', kMeanings.never],
};

export function EdgeState({ state }: { state: EdgeWord }) {
  const [icon, tone, word] = kEdgeStates[state] ?? ['unknown', 'quiet', words(state)];
  return <State icon={icon} tone={tone} word={word} />;
}

const kApprovals: Record<Approval['state'], [IconName, Tone, string]> = {
  requested: ['stale', 'warning', 'Waits'],
  approved: ['ok', 'ok', 'Approved'],
  rejected: ['cross', 'critical', 'Rejected'],
  withdrawn: ['cross', 'quiet', 'Withdrawn'],
};

export function ApprovalState({ state }: { state: Approval['state'] }) {
  const [icon, tone, word] = kApprovals[state] ?? ['unknown', 'quiet', words(state)];
  return <State icon={icon} tone={tone} word={word} />;
}

// Of a version that nobody asked an approval for: undefined.
export function ApprovalLink({ approval }: { approval?: Approval }) {
  if (!approval) return <span class="quiet">not asked</span>;
  return (
    <a href={hubHref('approvals', [String(approval.id)])}>
      <ApprovalState state={approval.state} />
    </a>
  );
}

const kChanges: Record<string, [IconName, Tone, string]> = {
  created: ['plus', 'ok', 'New'],
  updated: ['edit', 'accent', 'Changed'],
  unchanged: ['check', 'quiet', 'As it was'],
  deleted: ['trash', 'warning', 'Deleted'],
};

export function ChangeMark({ change }: { change: string }) {
  const [icon, tone, word] = kChanges[change] ?? ['unknown', 'quiet', words(change)];
  return <State icon={icon} tone={tone} word={word} />;
}

const kFindings: Record<Finding['state'], [IconName, Tone]> = {
  valid: ['ok', 'ok'],
  failed: ['critical', 'critical'],
  unsupported: ['unknown', 'quiet'],
};

export function FindingMark({ finding }: { finding: Finding }) {
  const [icon, tone] = kFindings[finding.state];
  return <State icon={icon} tone={tone} word={finding.title} />;
}

export function Claim({ status }: { status: unknown }) {
  if (status === 'unclaimed') return <span class="chip chip-unclaimed">Unclaimed</span>;
  if (status === 'retired') return <span class="chip">Retired</span>;
  return null;
}

interface LinkProps {
  kind: string;
  name: string;
  plain?: boolean; // without the kind's icon
}

export function ObjectLink({ kind, name, plain }: LinkProps) {
  const { icon, one } = wordsOf(kind);
  return (
    <a class="object-link" href={objectHref(kind, name)} title={`${one} ${name}`}>
      {!plain && <Icon name={icon} size={14} />}
      <span class="break">{name}</span>
    </a>
  );
}

// A digest that can be compared by eye: in groups of eight.
export function Digest({ text }: { text: string }) {
  const [kind, hex] = text.includes(':') ? text.split(':') as [string, string] : ['', text];
  const groups = hex.match(/.{1,8}/g) ?? [];
  return (
    <code class="digest-full" title={text}>
      {kind && <span class="quiet">{kind}:</span>}
      {groups.map((group, i) => <span key={i}>{group}</span>)}
    </code>
  );
}
