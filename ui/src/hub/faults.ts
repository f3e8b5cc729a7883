// What the hub finds wrong, in words, and at which field of a form it stands.

import { dateTime, parseTime } from '../format';
import { ApiError } from '../http';
import type { Problem } from './api';
import { permissionText, wordsOf } from './kinds';
import type { Kind } from './kinds';

export const sentence = (text: string): string => {
  const ended = /[.!?]$/.test(text) ? text : `${text}.`;
  return ended.charAt(0).toUpperCase() + ended.slice(1);
};

// "expected permission approve_models" tells a program what it lacks; a person is told the right.
export function refusalText(text: string): string {
  const asked = /^expected permission (\w+)(?: or (\w+))?( (?:at|for|wherever|everywhere).*)?$/;
  const [whole, permission, other = '', where = ''] = asked.exec(text) ?? [];
  if (!whole) return sentence(text);
  const or = other && `, or to ${permissionText(other)}`;
  return `It takes the right to ${permissionText(permission!)}${or}${where}.`;
}

export function problemText({ text, expected = '', found = '' }: Problem): string {
  const [, kind] = /^(?:unknown|no such) (\w+)$/.exec(text) ?? [];
  const [near] = /'[^']+'(?= perhaps|\?)/.exec(expected) ?? [];
  if (kind && found) {
    const none = `There is no ${wordsOf(kind).one.toLowerCase()} ${found}.`;
    return near ? `${none} Perhaps ${near}?` : none;
  }
  if (text === 'not a name') {
    return 'A name is of letters, digits and . _ : - without blanks, 128 at most.';
  }
  return sentence(`${text}${expected && `: expected ${expected}`}${found && `, found ${found}`}`);
}

// A name like the one that the hub does not know; empty: it knows none.
export const nearName = (text: string): string =>
  /^no \w+ '.*', did you mean '(.+)'$/s.exec(text)?.[1] ?? '';

const kIsoTime = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;

// The times in what the hub says, on the clock that the page shows.
export const withTimes = (text: string, utc: boolean): string => text.replace(kIsoTime, (iso) =>
  `${dateTime(parseTime(iso), utc)}${utc ? ' UTC' : ''}`);

export const problemsOf = (error: unknown): Problem[] =>
  (error instanceof ApiError && Array.isArray(error.body.problems)
    ? (error.body.problems as unknown[]).filter((each): each is Problem =>
      typeof each === 'object' && each !== null) : []);

const fieldOf = ({ path = '' }: Problem): string => path.replace(/\[\d+\]|\.\d+(?=\.|$)/g, '');

// At the field of its name, what the hub says where something of this kind has it already.
export function nameTaken(error: unknown, kind: Kind, name: string): unknown {
  if (!(error instanceof ApiError) || ![409, 412].includes(error.status)) return error;
  if (!error.body.latest) return error;
  const text = `this name is taken: there is a ${wordsOf(kind).one.toLowerCase()} ${name} already`;
  return new ApiError(422, error.code, error.message, { problems: [{ path: 'name', text }] });
}

// By path in the object ("spec.roles.role"): what is said at its field.
export function faultsByPath(error: unknown): Map<string, string> {
  const out = new Map<string, string>();
  for (const problem of problemsOf(error)) {
    const path = fieldOf(problem);
    if (!out.has(path)) out.set(path, problemText(problem));
  }
  return out;
}

// What stands at none of the fields with these paths.
export const elsewhere = (error: unknown, paths: readonly string[]): Problem[] =>
  problemsOf(error).filter((problem) => !paths.includes(fieldOf(problem)));
