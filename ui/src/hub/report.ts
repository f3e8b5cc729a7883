// The evaluation report of a model version (docs/formats/model.md), as far as the page shows it. It
// is a file that somebody uploaded: nothing in it is taken for granted.

import type { Json } from './api';

export interface Fold {
  name: string; // "1", "all"
  values: Record<string, number>;
}

export interface DataFile {
  name: string;
  bytes: number | null;
  sha256: string;
}

export interface Report {
  method: string;
  seed: number | null;
  revision: string;
  library: string;
  model: string; // SHA-256 in hex of the file that was judged; empty: not told
  columns: string[]; // of the folds, the figure of merit first
  folds: Fold[]; // that over all comes last, where there is one
  files: DataFile[];
  counts: [string, number][];
  features: { name: string; reference: number | null }[];
  outputs: { name: string; unit: string }[];
  parameters: Json | null;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const real = (value: unknown): number | null =>
  (typeof value === 'number' && Number.isFinite(value) ? value : null);
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

function numbersOf(value: Json): Record<string, number> {
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, number] => real(entry[1]) !== null));
}

// What is counted comes after what is judged.
const kCounted = new Set(['assets', 'rows', 'frames', 'readings']);
const kMerits = ['rmse', 'beyond_share', 'beyond_limits'];

function withShares(values: Record<string, number>): Record<string, number> {
  const { beyond_limits: beyond, rows } = values;
  return beyond !== undefined && rows ? { ...values, beyond_share: beyond / rows } : values;
}

function foldsOf(validation: Json): Fold[] {
  const each = objects(validation.folds).map((fold, i) =>
    ({ name: String(i + 1), values: withShares(numbersOf(fold)) }));
  const all = withShares(numbersOf(validation));
  return Object.keys(all).length > 0 ? [...each, { name: 'all', values: all }] : each;
}

// What a bar of this figure is full at: a share at 100 %, else the worst of the folds.
export function fullAt(name: string, folds: Fold[]): number {
  if (name.endsWith('_share')) return 1;
  return Math.max(...folds.map((fold) => Math.abs(fold.values[name] ?? 0)));
}

function columnsOf(folds: Fold[]): string[] {
  const names = [...new Set(folds.flatMap((fold) => Object.keys(fold.values)))];
  const rank = (name: string) => {
    const merit = kMerits.indexOf(name);
    return merit >= 0 ? merit : kCounted.has(name) ? 100 : 50;
  };
  return names.sort((a, b) => rank(a) - rank(b));
}

// Null: it is nothing of the kind.
export function readReport(value: unknown): Report | null {
  if (!isObject(value) || !isObject(value.validation)) return null;
  const data = isObject(value.data) ? value.data : {};
  const folds = foldsOf(value.validation);
  return {
    method: text(value.method), seed: real(value.seed), revision: text(value.code_revision),
    library: text(value.library),
    model: isObject(value.model) ? text(value.model.sha256) : '',
    columns: columnsOf(folds), folds,
    files: objects(data.files).map((file) =>
      ({ name: text(file.name), bytes: real(file.bytes), sha256: text(file.sha256) })),
    counts: Object.entries(numbersOf(data)),
    features: objects(value.features).map((each) =>
      ({ name: text(each.name), reference: real(each.reference) })),
    outputs: objects(value.outputs).map((each) =>
      ({ name: text(each.name), unit: text(each.unit) })),
    parameters: isObject(value.parameters) ? value.parameters : null,
  };
}
