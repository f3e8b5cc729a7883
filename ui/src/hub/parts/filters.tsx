// Filters of a list: what field tables say one can list by, put together one after the other.

import { useState } from 'preact/hooks';

import { words } from '../../format';
import { Icon } from '../../parts/icons';
import type { Query } from '../api';
import type { Kind, KindWords } from '../kinds';
import { replaceQuery } from '../route';
import type { HubRoute } from '../route';
import { filtersOf } from '../tables';
import type { FieldRow } from '../tables';
import { NameField, SelectField, TextField } from './form';
import { useRows } from './spec';

export interface Filters {
  applied: [field: string, value: string][];
  query: Query;
}

const kOwn = new Set(['q', 'tab']);

// The address holds the filters, so that a filtered list can be handed on.
export function useFilters(route: HubRoute): Filters {
  const applied = [...route.query].filter(([field]) => !kOwn.has(field));
  return { applied, query: Object.fromEntries(applied) };
}

function ValueField({ row, value, onValue }: {
  row: FieldRow; value: string; onValue: (value: string) => void;
}) {
  const label = 'is';
  const choices = row.type === 'boolean' ? ['true', 'false'] : row.choices;
  if (choices.length > 0) {
    const options = [['', '…'], ...choices.map((each) => [each, words(each)])] as
      [string, string][];
    return <SelectField label={label} value={value} onValue={onValue} options={options} />;
  }
  if (row.refers) {
    return (
      <NameField kind={row.refers as Kind} label={label} value={value} onValue={onValue} />
    );
  }
  return <TextField label={label} value={value} onValue={onValue} autoComplete="off" />;
}

function NewFilter({ rows, onAdd, onClose }: {
  rows: FieldRow[]; onAdd: (field: string, value: string) => void; onClose: () => void;
}) {
  const [field, setField] = useState(rows[0]?.name ?? '');
  const [value, setValue] = useState('');
  const row = rows.find((each) => each.name === field);
  const options = rows.map((each) => [each.name, words(each.name)] as const);
  const add = (event: Event) => {
    event.preventDefault();
    if (value !== '') onAdd(field, value);
  };
  return (
    <form class="panel new-filter" onSubmit={add}>
      <SelectField
        label="Only where" value={field} options={options}
        onValue={(next) => {
          setField(next);
          setValue('');
        }}
      />
      {row && <ValueField row={row} value={value} onValue={setValue} />}
      <button type="submit" class="button primary" disabled={value === ''}>Filter</button>
      <button type="button" class="button" onClick={onClose}>Cancel</button>
      {row?.doc && <p class="note">{words(row.doc)}</p>}
    </form>
  );
}

export function FilterBar({ kind, route, filters, isSearch }: {
  kind: KindWords; route: HubRoute; filters: Filters; isSearch: boolean;
}) {
  const [adding, setAdding] = useState(false);
  const rows = filtersOf(useRows(kind.kind));
  const canClaim = rows.some((row) => row.name === 'status');
  const isUnclaimed = route.query.get('status') === 'unclaimed';
  if (rows.length === 0) return null;
  if (isSearch) {
    return <p class="note filter-note">Names and titles are searched; filters rest meanwhile.</p>;
  }
  const shown = filters.applied.filter(([field, value]) =>
    !(canClaim && field === 'status' && value === 'unclaimed'));
  return (
    <>
      <div class="filters" role="group" aria-label="Filters">
        {canClaim && (
          <button
            type="button" class="filter" aria-pressed={isUnclaimed}
            onClick={() => replaceQuery(route, { status: isUnclaimed ? '' : 'unclaimed' })}
          >
            <Icon name="unknown" size={14} /> Unclaimed
          </button>
        )}
        {shown.map(([field, value]) => (
          <button
            key={field} type="button" class="filter" aria-pressed="true"
            aria-label={`Remove the filter ${words(field)} is ${value}`}
            onClick={() => replaceQuery(route, { [field]: '' })}
          >
            {words(field)}: <strong>{value}</strong> <Icon name="cross" size={12} />
          </button>
        ))}
        {!adding && (
          <button type="button" class="filter" onClick={() => setAdding(true)}>
            <Icon name="plus" size={13} /> Filter
          </button>
        )}
      </div>
      {adding && (
        <NewFilter
          rows={rows} onClose={() => setAdding(false)}
          onAdd={(field, value) => {
            setAdding(false);
            replaceQuery(route, { [field]: value });
          }}
        />
      )}
    </>
  );
}
