// A spec as a person reads it: every field in the order of its table, names of objects as links.

import { bothClocks, count, dateTime, parseTime, setting, words } from '../../format';
import { Icon } from '../../parts/icons';
import { useResource } from '../../resource';
import { useSettings } from '../../settings';
import type { Json } from '../api';
import { absentText, loadTables } from '../tables';
import type { FieldRow } from '../tables';
import { Claim, Digest, ObjectLink } from './marks';

const kUnknown: Omit<FieldRow, 'name'> = {
  doc: '', type: 'text', isList: false, choices: [], refers: '', isFilter: false,
  isRequired: false, unit: '', fields: [],
};

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function Scalar({ value, row }: { value: unknown; row: FieldRow }) {
  const { utc } = useSettings();
  if (row.refers) return <ObjectLink kind={row.refers} name={String(value)} />;
  if (typeof value === 'boolean') {
    return <><Icon name={value ? 'check' : 'cross'} size={13} /> {value ? 'yes' : 'no'}</>;
  }
  if (typeof value === 'number') {
    return <span class="num">{setting(value)}{row.unit && ` ${row.unit}`}</span>;
  }
  const text = String(value);
  if (/^sha256:[0-9a-f]{64}$/.test(text)) {
    return <Digest text={text} />;
  }
  if (row.type === 'time') {
    const ms = parseTime(text);
    return <time dateTime={text} title={bothClocks(ms)}>{dateTime(ms, utc)}{utc && ' UTC'}</time>;
  }
  return <span class="break">{text}</span>;
}

function Status({ value }: { value: unknown }) {
  return value === 'active' ? <>active</> : <Claim status={value} />;
}

// Objects of the same scalar fields read best as rows.
function Rows({ items, row }: { items: Json[]; row: FieldRow }) {
  const used = new Set(items.flatMap((item) => Object.keys(item)));
  const known = row.fields.filter((field) => used.has(field.name));
  const names = new Set(known.map((field) => field.name));
  const rest = [...used].filter((name) => !names.has(name)).map((name) => ({ ...kUnknown, name }));
  const fields = [...known, ...rest];
  return (
    <div class="table-box inner-table" tabIndex={0} role="group" aria-label={words(row.name)}>
      <table class="table">
        <thead>
          <tr>
            {fields.map((field) => (
              <th key={field.name} scope="col" title={field.doc}>{words(field.name)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map((item, i) => (
            <tr key={i}>
              {fields.map((field) => (
                <td key={field.name} data-label={words(field.name)}>
                  {item[field.name] === undefined
                    ? <span class="quiet">{absentText(field)}</span>
                    : <Value value={item[field.name]} row={field} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

// Objects that hold lists of objects (the streams of a mapping) read as one block each: a table
// within a cell would be cut.
function Blocks({ items, row }: { items: Json[]; row: FieldRow }) {
  return (
    <ol class="spec-blocks">
      {items.map((item, i) => <li key={i}><Fields spec={item} rows={row.fields} /></li>)}
    </ol>
  );
}

const isObjects = (value: unknown): value is Json[] =>
  Array.isArray(value) && value.length > 0 && value.every(isObject);
const isNested = (value: unknown): boolean =>
  isObjects(value) && value.some((item) => Object.values(item).some(isObjects));

const kFewItems = 12;

function List({ items, row }: { items: unknown[]; row: FieldRow }) {
  if (items.length === 0) return <span class="quiet">none</span>;
  if (isObjects(items)) {
    return isNested(items) ? <Blocks items={items} row={row} /> : <Rows items={items} row={row} />;
  }
  const shown = items.slice(0, kFewItems);
  const list = (some: unknown[]) => (
    <ul class="value-list">
      {some.map((item, i) => (
        <li key={i}><Value value={item} row={{ ...row, isList: false }} /></li>
      ))}
    </ul>
  );
  if (items.length <= kFewItems) return list(items);
  return (
    <>
      {list(shown)}
      <details class="value-more">
        <summary>{count(items.length - shown.length)} more</summary>
        {list(items.slice(kFewItems))}
      </details>
    </>
  );
}

function Value({ value, row }: { value: unknown; row: FieldRow }) {
  if (value === null || value === '') return <span class="quiet">–</span>;
  if (row.name === 'status') return <Status value={value} />;
  if (Array.isArray(value)) return <List items={value} row={row} />;
  if (isObject(value)) return <Fields spec={value} rows={row.fields} />;
  return <Scalar value={value} row={row} />;
}

const kWideColumns = 5;

// What takes the whole width, below its name.
const isWide = (value: unknown): boolean => isNested(value)
  || (isObjects(value) && new Set(value.flatMap((item) => Object.keys(item))).size >= kWideColumns);

function Fields({ spec, rows }: { spec: Json; rows: FieldRow[] }) {
  const names = new Set(rows.map((row) => row.name));
  const rest = Object.keys(spec).filter((name) => !names.has(name));
  const all = [...rows, ...rest.map((name) => ({ ...kUnknown, name }))];
  return (
    <dl class="spec">
      {all.filter((row) => spec[row.name] !== undefined).map((row) => (
        <div key={row.name} class={isWide(spec[row.name]) ? 'spec-wide' : undefined}>
          <dt title={row.doc || undefined}>{words(row.name)}</dt>
          <dd><Value value={spec[row.name]} row={row} /></dd>
        </div>
      ))}
    </dl>
  );
}

// Without the tables (they come once for all) the values are shown as they are.
export function useRows(kind: string): FieldRow[] {
  const { data } = useResource('tables', 0, loadTables);
  return data?.get(kind) ?? [];
}

export function Spec({ kind, spec }: { kind: string; spec: Json }) {
  const rows = useRows(kind);
  return <Fields spec={spec} rows={rows} />;
}
