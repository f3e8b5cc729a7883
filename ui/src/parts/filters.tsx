// The row of filters in a page's head: one of them holds.

import type { ComponentChildren } from 'preact';

import { count } from '../format';

export interface Filter<T> {
  value: T;
  face: ComponentChildren;
  count?: number;
  title?: string;
}

interface Props<T> {
  label: string;
  filters: Filter<T>[];
  current: T;
  onChoose: (value: T) => void;
  children?: ComponentChildren; // further buttons
}

export function Filters<T>({ label, filters, current, onChoose, children }: Props<T>) {
  return (
    <div class="filters" role="group" aria-label={label}>
      {filters.map(({ value, face, count: number, title }) => (
        <button
          key={String(value)} type="button" class="filter" aria-pressed={value === current}
          title={title} onClick={() => onChoose(value)}
        >
          {face} {number !== undefined && <span class="num filter-count">{count(number)}</span>}
        </button>
      ))}
      {children}
    </div>
  );
}

// What a list is filtered by: a name, its word, and which items it lets through.
export type ItemFilter<Name, Item> = [Name, string, (item: Item) => boolean];

export function countedFilters<Name, Item>(
  all: readonly ItemFilter<Name, Item>[], items: Item[]): Filter<Name>[] {
  return all.map(([value, face, test]) => ({ value, face, count: items.filter(test).length }));
}
