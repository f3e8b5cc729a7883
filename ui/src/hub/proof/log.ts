// The audit log as this browser sees it: whether its checkpoint is signed, and whether the log has
// only grown since the last one that this browser saw.

import { some } from '../../format';
import { textOf } from '../../http';
import { getAuditKey, getCheckpoint, getConsistency, getEntry, getInclusion } from '../api';
import type { AuditEntry, Inclusion } from '../api';
import { checkConsistency, climb, fromHex, leafHash, same, subtle, utf8 } from './merkle';
import type { Bytes, Step } from './merkle';
import { checkNote, fromBase64, parseCheckpoint, parseKey, parseNote, toBase64 } from './note';
import type { Checkpoint, NoteKey } from './note';

export interface Finding {
  state: 'valid' | 'failed' | 'unsupported';
  title: string;
  text: string;
}

export interface Seen {
  key: string;
  size: number;
  root: string; // base64
  time: number; // ms since 1970
}

export interface LogView {
  keyText: string;
  checkpoint: Checkpoint | null; // null: it cannot be read
  note: string;
  seen: Seen | null; // before this visit
  findings: Finding[];
}

const kSeenKey = 'lineside.log';
const kNoSubtle = 'Browsers check hashes and signatures only on pages that came over HTTPS.';

function readSeen(): Seen | null {
  try {
    return JSON.parse(localStorage.getItem(kSeenKey) ?? 'null') as Seen | null;
  } catch {
    return null;
  }
}

export function forgetSeen(): void {
  localStorage.removeItem(kSeenKey);
}

function remember(key: string, { size, root }: Checkpoint): void {
  try {
    const seen: Seen = { key, size, root: toBase64(root), time: Date.now() };
    localStorage.setItem(kSeenKey, JSON.stringify(seen));
  } catch {
    // Without storage each visit is the first one, and says so.
  }
}

const failed = (title: string, error: unknown): Finding =>
  ({ state: 'failed', title, text: textOf(error) });

async function signatureOf(note: string, key: NoteKey): Promise<Finding> {
  const title = 'Signature';
  try {
    const outcome = await checkNote(parseNote(note), key);
    return outcome === 'valid'
      ? { state: 'valid', title, text: `signed by ${key.name} (Ed25519)` }
      : { state: 'unsupported', title, text: 'this browser does not know Ed25519' };
  } catch (error) {
    return failed(title, error);
  }
}

async function growthOf(seen: Seen | null, now: Checkpoint, keyText: string): Promise<Finding> {
  const title = 'Only grown';
  if (!seen) {
    return { state: 'valid', title, text: 'first visit of this browser: compared from now on' };
  }
  try {
    if (seen.key !== keyText) throw new Error('the key of the log is not the one seen before');
    const isShrunk = seen.size > now.size;
    const { path } = isShrunk || seen.size === now.size || seen.size === 0 ? { path: [] }
      : await getConsistency(seen.size, now.size);
    await checkConsistency(
      seen.size, now.size, fromBase64(seen.root), now.root, path.map(fromHex));
    const added = now.size - seen.size;
    const text = added === 0 ? 'nothing added since this browser looked last'
      : `${some(added, 'entry', 'entries')} added since this browser looked last`;
    return { state: 'valid', title, text };
  } catch (error) {
    return failed(title, error);
  }
}

// What a visit finds; remembers the checkpoint where nothing is wrong with it.
export async function checkLog(): Promise<LogView> {
  const [keyText, note] = await Promise.all([getAuditKey(), getCheckpoint()]);
  const seen = readSeen();
  const view: LogView = { keyText, note, seen, checkpoint: null, findings: [] };
  if (!subtle()) {
    view.findings = [{ state: 'unsupported', title: 'Checks', text: kNoSubtle }];
    view.checkpoint = parseCheckpoint(parseNote(note).text);
    return view;
  }
  try {
    const key = await parseKey(keyText);
    const checkpoint = parseCheckpoint(parseNote(note).text);
    if (checkpoint.origin !== key.name) throw new Error('the checkpoint is of another log');
    view.checkpoint = checkpoint;
    view.findings = await Promise.all(
      [signatureOf(note, key), growthOf(seen, checkpoint, keyText)]);
    if (view.findings.every(({ state }) => state !== 'failed')) remember(keyText, checkpoint);
  } catch (error) {
    view.findings = [failed('Checkpoint', error)];
  }
  return view;
}

// One entry with the way from it to the signed root.
export interface EntryView {
  entry: AuditEntry;
  proof: Inclusion;
  leaf: Bytes;
  leafHolds: boolean;
  steps: Step[];
  rootHolds: boolean;
  checkpoint: Checkpoint | null;
  findings: Finding[];
}

// The leaf is the entry's text as it stands; a hub that gives it as JSON wrote it without blanks.
export const leafText = (entry: unknown): string =>
  typeof entry === 'string' ? entry : JSON.stringify(entry);

async function checkPath(view: EntryView): Promise<Finding> {
  const title = 'Path';
  try {
    const { index, size, path } = view.proof;
    const { root, steps } = await climb(index, size, view.leaf, path.map(fromHex));
    view.steps = steps;
    if (!view.checkpoint) throw new Error('there is no checkpoint to lead to');
    if (size !== view.checkpoint.size) throw new Error('the checkpoint is of another size');
    view.rootHolds = same(root, view.checkpoint.root);
    if (!view.rootHolds) throw new Error('it leads to another root than the checkpoint\'s');
    return { state: 'valid', title, text: `${path.length} hashes lead to the checkpoint's root` };
  } catch (error) {
    return failed(title, error);
  }
}

// What a list shows of an entry must be what its leaf says, not what the hub says of it. Times may
// differ: a leaf has its own, the log those of storing.
function saysTheSame(entry: AuditEntry): boolean {
  try {
    const said = JSON.parse(leafText(entry.entry)) as Record<string, unknown>;
    return said.action === entry.action && (said.actor ?? '') === entry.actor;
  } catch {
    return false;
  }
}

async function checkLeaf(view: EntryView, index: number): Promise<Finding> {
  const { entry, proof } = view;
  const title = 'Entry';
  view.leaf = await leafHash(utf8(leafText(entry.entry)));
  view.leafHolds = same(view.leaf, fromHex(proof.leaf_hash)) && proof.index === index;
  if (!view.leafHolds) return failed(title, 'its text has another hash than the log holds');
  view.leafHolds = saysTheSame(entry);
  return view.leafHolds
    ? { state: 'valid', title, text: 'its text has the hash that the log holds' }
    : failed(title, 'what is shown of it is not what its text says');
}

export async function checkEntry(index: number): Promise<EntryView> {
  const [entry, proof, keyText] = await Promise.all(
    [getEntry(index), getInclusion(index), getAuditKey()]);
  const view: EntryView = {
    entry, proof, leaf: new Uint8Array(), leafHolds: false, steps: [], rootHolds: false,
    checkpoint: null, findings: [],
  };
  if (!subtle()) {
    view.findings = [{ state: 'unsupported', title: 'Checks', text: kNoSubtle }];
    return view;
  }
  const leaf = await checkLeaf(view, index);
  try {
    const key = await parseKey(keyText);
    view.checkpoint = parseCheckpoint(parseNote(proof.checkpoint).text);
    view.findings = [leaf, await checkPath(view), await signatureOf(proof.checkpoint, key)];
  } catch (error) {
    view.findings = [leaf, failed('Checkpoint', error)];
  }
  return view;
}
