// The field tables of all kinds, as the hub's OpenAPI document gives them: what a field is for,
// what it may hold, which kind it names, whether lists take it as a filter.

import { getOpenApi } from './api';
import type { Json } from './api';

export interface FieldRow {
  name: string;
  doc: string;
  type: 'text' | 'number' | 'boolean' | 'time' | 'duration' | 'object';
  isList: boolean;
  choices: string[];
  refers: string; // kind of object it names; empty: none
  isFilter: boolean;
  isRequired: boolean;
  unit: string;
  fields: FieldRow[]; // of an object
}

const asObject = (value: unknown): Json =>
  (typeof value === 'object' && value !== null ? value : {}) as Json;

function typeOf(schema: Json): FieldRow['type'] {
  if (schema.format === 'date-time') return 'time';
  if (typeof schema.pattern === 'string' && schema.pattern.includes('ns|us|ms')) return 'duration';
  if (schema.type === 'object') return 'object';
  if (schema.type === 'boolean') return 'boolean';
  return schema.type === 'number' || schema.type === 'integer' ? 'number' : 'text';
}

type Resolve = (schema: unknown) => Json;

function rowOf(name: string, raw: unknown, isRequired: boolean, resolve: Resolve): FieldRow {
  const outer = resolve(raw);
  const isList = outer.type === 'array';
  const schema = isList ? resolve(outer.items) : outer;
  const choices = Array.isArray(schema.enum) ? schema.enum.map(String) : [];
  return {
    name, isList, isRequired, choices, type: typeOf(schema),
    doc: String(outer.description ?? ''),
    refers: String(outer['x-refers'] ?? schema['x-refers'] ?? ''),
    isFilter: outer['x-filter'] === true,
    unit: String(outer['x-unit'] ?? ''),
    fields: rowsOf(schema, resolve),
  };
}

function rowsOf(schema: Json, resolve: Resolve): FieldRow[] {
  const required = new Set(Array.isArray(schema.required) ? schema.required : []);
  return Object.entries(asObject(schema.properties))
    .map(([name, raw]) => rowOf(name, raw, required.has(name), resolve));
}

// From the document's schemas: of each manifest, the table of its spec.
export function tablesOf(document: Json): Map<string, FieldRow[]> {
  const schemas = asObject(asObject(document.components).schemas);
  const resolve: Resolve = (raw) => {
    const schema = asObject(raw);
    const at = typeof schema.$ref === 'string' ? schema.$ref.split('/').at(-1)! : '';
    return at ? { ...asObject(schemas[at]), ...schema } : schema;
  };
  const tables = new Map<string, FieldRow[]>();
  for (const [name, raw] of Object.entries(schemas)) {
    const spec = asObject(asObject(raw).properties).spec;
    if (spec) tables.set(name, rowsOf(resolve(spec), resolve));
  }
  return tables;
}

let tables: Promise<Map<string, FieldRow[]>> | null = null;

// Loaded once; a failure is not kept.
export function loadTables(): Promise<Map<string, FieldRow[]>> {
  tables ??= getOpenApi().then(tablesOf).catch((error: unknown) => {
    tables = null;
    throw error;
  });
  return tables;
}

// The rows one can list by, with dotted names, and no more than one level deep.
export function filtersOf(rows: FieldRow[], prefix = ''): FieldRow[] {
  return rows.flatMap((row) => {
    const name = prefix + row.name;
    const inner = row.type === 'object' && prefix === '' ? filtersOf(row.fields, `${name}.`) : [];
    return row.isFilter ? [{ ...row, name }, ...inner] : inner;
  });
}

// What it means that a field is not there, where its description says so.
export const absentText = ({ doc }: FieldRow): string => /; absent: (.+)$/.exec(doc)?.[1] ?? '–';
