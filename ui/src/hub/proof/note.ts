// Signed checkpoints of an audit log: C2SP signed-note and tlog-checkpoint, Ed25519 alone.

import { same, sha256, utf8 } from './merkle';
import type { Bytes } from './merkle';

export interface NoteKey {
  name: string;
  id: Bytes; // 4 bytes
  key: Bytes; // 32 bytes
}

export interface NoteSignature {
  name: string;
  id: Bytes;
  signature: Bytes;
}

export interface Note {
  text: string; // ends with a line feed
  signatures: NoteSignature[];
}

export interface Checkpoint {
  origin: string;
  size: number;
  root: Bytes;
}

const kEd25519 = 1;

export function fromBase64(text: string): Bytes {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) {
    throw new Error('a text is not base64');
  }
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

export const toBase64 = (bytes: Bytes): string => btoa(String.fromCharCode(...bytes));

async function idOf(name: string, key: Bytes): Promise<Bytes> {
  return (await sha256(utf8(`${name}\n`), new Uint8Array([kEd25519]), key)).slice(0, 4);
}

// "name+<id in hex>+<base64 of 0x01 and the key>".
export async function parseKey(text: string): Promise<NoteKey> {
  const [, name, hex, base64] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  if (!name || !hex || !base64) throw new Error('the key of the log is not a note key');
  const bytes = fromBase64(base64);
  if (bytes[0] !== kEd25519 || bytes.length !== 33) throw new Error('not an Ed25519 key');
  const key = bytes.slice(1);
  const id = Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16));
  if (!same(id, await idOf(name, key))) throw new Error('the id of the key is another key\'s');
  return { name, id, key };
}

export function parseNote(note: string): Note {
  const cut = note.lastIndexOf('\n\n');
  if (cut < 0 || !note.endsWith('\n')) throw new Error('the checkpoint is not a signed note');
  const signatures = note.slice(cut + 2, -1).split('\n').map((line) => {
    const [, name, base64] = /^\u2014 (\S+) (\S+)$/.exec(line) ?? [];
    if (!name || !base64) throw new Error('a signature line of the checkpoint is malformed');
    const bytes = fromBase64(base64);
    if (bytes.length < 5) throw new Error('a signature of the checkpoint is too short');
    return { name, id: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { text: note.slice(0, cut + 1), signatures };
}

export function parseCheckpoint(text: string): Checkpoint {
  const [origin = '', size = '', root = ''] = text.split('\n');
  const bytes = fromBase64(root);
  if (!origin || !/^(?:0|[1-9]\d{0,15})$/.test(size) || bytes.length !== 32) {
    throw new Error('the text of the checkpoint is malformed');
  }
  return { origin, size: Number(size), root: bytes };
}

// 'unsupported' where this browser does not know Ed25519; throws where the note is not signed by
// the key.
export async function checkNote(note: Note, key: NoteKey): Promise<'valid' | 'unsupported'> {
  const own = note.signatures.filter((each) => each.name === key.name && same(each.id, key.id));
  if (own.length === 0) throw new Error(`the checkpoint is not signed by ${key.name}`);
  let publicKey: CryptoKey;
  try {
    const name = { name: 'Ed25519' };
    publicKey = await crypto.subtle.importKey('raw', key.key, name, false, ['verify']);
  } catch {
    return 'unsupported';
  }
  for (const { signature } of own) {
    const holds = await crypto.subtle.verify(
      { name: 'Ed25519' }, publicKey, signature, utf8(note.text));
    if (!holds) throw new Error('the signature of the checkpoint does not hold');
  }
  return 'valid';
}
