// What differs between two states of an object, field by field.

import type { Difference } from '../api';

// A side is JSON, or the text of JSON; none at all means that the field is not there.
function shown(side: unknown): string | null {
  if (side === undefined || side === null || side === '') return null;
  if (typeof side !== 'string') return JSON.stringify(side);
  try {
    const value: unknown = JSON.parse(side);
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return side;
  }
}

function Side({ sign, text }: { sign: '+' | '−'; text: string | null }) {
  if (text === null) return null;
  const word = sign === '+' ? 'after' : 'before';
  return (
    <div class={`diff-side diff-${word}`}>
      <span class="diff-sign" aria-hidden="true">{sign}</span>
      <span class="sr-only">{word}: </span>
      <code class="break">{text}</code>
    </div>
  );
}

export function Differences({ items, none }: { items: Difference[]; none?: string }) {
  if (items.length === 0) return <p class="quiet diff-none">{none ?? 'Nothing differs.'}</p>;
  return (
    <ul class="diff">
      {items.map((item) => (
        <li key={item.path}>
          <code class="diff-path">{item.path}</code>
          <div class="diff-sides">
            <Side sign="−" text={shown(item.before)} />
            <Side sign="+" text={shown(item.after)} />
          </div>
        </li>
      ))}
    </ul>
  );
}
