// How an edge stands, in words for people. What the hub and the edge say is written for logs: it
// begins with places on the edge's own disk, which nobody else can look at.

import type { Edge, EdgeDetail, EdgeWord } from './api';
import { sentence } from './faults';
import { kindOfSegment, kKinds, wordsOf } from './kinds';
import type { Kind } from './kinds';
import { sameDigest } from './twins';
import type { Desired } from './twins';

export interface Said {
  kind: Kind | ''; // of the object that it is about
  name: string;
  field: string; // "spec.features[0]"
  reason: string; // what a sentence goes on with after the name
}

export interface Standing {
  about: { kind: Kind; name: string; others: number } | null; // what the headline begins with
  headline: string; // a sentence, or what goes on after `about`
  reasons: Said[]; // each once
  raw: string[]; // of those reasons, as they were told, where that says more
}

export const kMeanings: Record<EdgeWord, string> = {
  in_sync: 'runs what it shall run',
  applying: 'is taking over what it shall run',
  behind: 'runs something older',
  failed: 'could not take over what it shall run',
  silent: 'has not been heard of for a while',
  stopped: 'was stopped in order',
  never: 'is enrolled, and has not reported yet',
};

// A folder of somebody's own may have blanks in its name.
const kPlace = /^(?:[^:]*\/)?([^\s:/]+)\.ya?ml(?::\d+){1,2}: |^(?:[^\s:]*\/)?([^\s:/]+)\.ya?ml: /;
const kField = /^((?:spec|name|kind)(?:[.[][^\s:]*)?): /;
const kPath = /(?<![\w.@+~:/-])[\w.@+~-]*(?:\/[\w.@+~-]+){2,}/g;
const kFirstPath = /^(?:\/[^:]+|[\w.@+~-]+(?:\/[\w.@+~-]+){2,}): /;
const kArtifact = /\bartifact (sha256:[0-9a-f]{64})\b|\/(?:sha256-)?([0-9a-f]{64})\b/;
const kOneWord = new Map(kKinds.map(({ kind, one }) => [one.toLowerCase(), kind]));

// "pipelines.press-anomaly", as an edge names the file of a manifest.
function objectOfFile(file: string): { kind: Kind | ''; name: string } {
  const dot = file.indexOf('.');
  const kind = dot > 0 ? kindOfSegment(file.slice(0, dot)) : undefined;
  return kind ? { kind: kind.kind, name: file.slice(dot + 1) } : { kind: '', name: '' };
}

// Whose model the file is; an edge keeps the files of models under their digests.
function versionOf(text: string, desired: Desired | null): string {
  const [, named, kept] = kArtifact.exec(text) ?? [];
  const digest = named ?? kept ?? '';
  const models = desired?.manifests.map(({ spec }) =>
    spec?.model as { version?: string; digest?: string } | undefined);
  return models?.find((model) => sameDigest(model?.digest ?? '', digest))?.version ?? '';
}

// A problem as an edge reports it. The last part of a path tells people as much as the whole.
export function readProblem(text: string, desired: Desired | null = null): Said {
  let rest = text.replace(/^refused: /, '');
  const said: Said = { kind: '', name: '', field: '', reason: '' };
  const [place, inLine, whole] = kPlace.exec(rest) ?? [];
  if (place) {
    Object.assign(said, objectOfFile(inLine ?? whole ?? ''));
    rest = rest.slice(place.length);
  }
  const [named, word = '', name = ''] = /^([a-z ]+) (\S+): /.exec(rest) ?? [];
  const kind = kOneWord.get(word);
  // Elsewhere "connection refused: " is no name.
  if (place && named && kind) {
    Object.assign(said, { kind, name });
    rest = rest.slice(named.length);
  }
  const [where, field = ''] = kField.exec(rest) ?? [];
  if (where) {
    said.field = field;
    rest = rest.slice(where.length);
  }
  const version = versionOf(rest, desired);
  if (version && said.kind === '') Object.assign(said, { kind: 'ModelVersion', name: version });
  if (version) rest = rest.replace(/^artifact sha256:[0-9a-f]+: /, '');
  rest = rest.replace(kFirstPath, '')
    .replace(kPath, (path) => path.slice(path.lastIndexOf('/') + 1))
    .replace(/\bsha256:([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1…');
  return { ...said, reason: rest.trim() };
}

const nameOf = ({ kind, name }: Said): string =>
  (kind === '' ? '' : `${wordsOf(kind).one} ${name}`);

const kKeeps = /^keeps version \d+: /;
const kMore = / \(and \d+ more\)$/;

// The first reason why an edge stands as it does, as the hub tells it in a list.
export const whySaid = ({ why }: Pick<Edge, 'why'>): Said =>
  readProblem(why.replace(kKeeps, '').replace(kMore, ''));

// Why an edge stands as it does, in one line of a list.
export function whyText({ why }: Pick<Edge, 'why'>): string {
  if (why === '') return '';
  const [keeps = ''] = kKeeps.exec(why) ?? [];
  const [more = ''] = kMore.exec(why) ?? [];
  const said = whySaid({ why });
  const about = nameOf(said);
  const reason = said.reason.replace(/\.$/, '');
  const text = about ? `${about}: ${reason}` : reason;
  const stays = keeps && `; ${keeps.slice('keeps '.length, -': '.length)} stays`;
  return sentence(`${text}${more}${stays}`);
}

function reasonsOf(edge: EdgeDetail): { reasons: Said[]; raw: string[] } {
  const raw: string[] = [];
  const reasons = new Map<string, Said>();
  for (const text of new Set(edge.reported?.problems ?? [])) {
    const said = readProblem(text, edge.desired);
    if (said.reason !== text) raw.push(text);
    reasons.set(`${said.kind} ${said.name} ${said.reason}`, said);
  }
  return { reasons: [...reasons.values()], raw };
}

// What could not be taken over; null: the edge does not say of which object.
function failedObject(reasons: Said[]): Standing['about'] {
  const objects = new Map(reasons.filter(({ kind }) => kind !== '')
    .map((said) => [`${said.kind}/${said.name}`, said]));
  const [first] = objects.values();
  if (!first) return null;
  return { kind: first.kind as Kind, name: first.name, others: objects.size - 1 };
}

function failedHeadline(edge: EdgeDetail, reasons: Said[]): Pick<Standing, 'about' | 'headline'> {
  const version = edge.reported?.version ?? 0;
  const goesOn = version > 0 ? ` The edge goes on with version ${version}.` : '';
  const object = failedObject(reasons);
  if (!object) {
    return { about: null, headline: `Version ${edge.desired_version} could not be taken over.`
      + goesOn };
  }
  return { about: object, headline: `could not be taken over.${goesOn}` };
}

const note = (kind: Kind | '', name: string, reason: string): Said =>
  ({ kind, name, field: '', reason });

// What an edge that runs as it shall has to say all the same; of connections their table tells why.
function notesOf(edge: EdgeDetail): Said[] {
  const links = edge.reported?.runs?.connections ?? [];
  return [
    ...(edge.desired?.heldBack ?? []).map((text) => {
      const [, name = '', why = ''] = /^pipeline (\S+) is held back: (.*)$/s.exec(text) ?? [];
      return name ? note('Pipeline', name, `held back, because ${why}`)
        : note('', '', text);
    }),
    ...links.filter(({ state }) => state !== 'up')
      .map(({ name, problem }) => note('Connection', name,
        `${problem ? 'not up' : 'still connecting'} when the edge last reported`)),
  ];
}

const kLinkWhy = /^connection \S+ is (?:not up|connecting)/;

// Whether a connection is up is told by what was reported of it, in whatever words before.
function inSyncReasons(edge: EdgeDetail, reasons: Said[]): Said[] {
  const all = [...notesOf(edge), ...reasons];
  if (all.length > 0 || edge.why === '' || kLinkWhy.test(edge.why)) return all;
  return [note('', '', whyText(edge))];
}

// The hub's own words stand where the edge has reported nothing that says more.
export function standingOf(edge: EdgeDetail): Standing {
  const { reasons, raw } = reasonsOf(edge);
  const meaning = `The edge ${kMeanings[edge.state] ?? kMeanings.never}.`;
  switch (edge.state) {
    case 'failed':
      if (reasons.length === 0) break;
      return { ...failedHeadline(edge, reasons), reasons, raw };
    case 'in_sync':
      return { about: null, headline: meaning, reasons: inSyncReasons(edge, reasons), raw };
    case 'applying':
    case 'behind':
      if (reasons.length === 0) break;
      return { about: null, headline: meaning, reasons, raw };
    default:
      break;
  }
  return { about: null, headline: whyText(edge) || meaning, reasons: [], raw: [] };
}
