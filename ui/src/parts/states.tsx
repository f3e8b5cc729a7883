// What stands where content is not: waiting, nothing there, something wrong.

import type { ComponentChildren } from 'preact';

import { Icon } from './icons';
import type { IconName } from './icons';

export function Skeleton({ rows = 6, tall }: { rows?: number; tall?: boolean }) {
  return (
    <div class="skeleton" role="status">
      <span class="sr-only">Loading</span>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} class={tall ? 'bone bone-tall' : 'bone'} aria-hidden="true" />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} size={28} />
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

interface FaultProps {
  text: ComponentChildren;
  tone?: 'critical' | 'warning' | 'info';
  action?: string;
  onAction?: () => void;
}

export function Fault({ text, tone = 'critical', action = 'Try again', onAction }: FaultProps) {
  const icon = tone === 'info' ? 'info' : tone;
  return (
    <div class={`fault fault-${tone}`} role={tone === 'critical' ? 'alert' : 'status'}>
      <Icon name={icon} />
      <div class="fault-text">{text}</div>
      {onAction && (
        <button type="button" class="button small" onClick={onAction}>
          {action}
        </button>
      )}
    </div>
  );
}
