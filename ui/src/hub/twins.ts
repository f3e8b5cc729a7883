// The twin of an edge as the hub gives it: beside what is desired stands the document that the edge
// was sent, which may be a signed envelope around it.

import type { Json } from './api';
import type { Kind } from './kinds';

export interface DesiredManifest {
  kind: Kind;
  name: string;
  spec?: Json;
}

export interface Desired {
  version: number;
  digest: string;
  time?: string;
  manifests: DesiredManifest[];
  artifacts: { digest: string; bytes: number }[];
  heldBack: string[]; // what is not sent, each with its reason
}

const list = <T>(value: unknown): T[] => (Array.isArray(value) ? value as T[] : []);

function fromBase64(text: string): string {
  const bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return new TextDecoder().decode(Uint8Array.from(bytes, (c) => c.charCodeAt(0)));
}

function contentOf(document: unknown): Json {
  const json = (typeof document === 'object' && document !== null ? document : {}) as Json;
  if (typeof json.payload !== 'string') return json;
  try {
    return JSON.parse(fromBase64(json.payload)) as Json;
  } catch {
    return {};
  }
}

export function desiredOf(raw: unknown): Desired | null {
  if (typeof raw !== 'object' || raw === null) return null;
  const desired = raw as Json;
  const content = desired.manifests ? desired : contentOf(desired.document);
  return {
    version: Number(desired.version ?? 0), digest: String(desired.digest ?? ''),
    time: desired.time === undefined ? undefined : String(desired.time),
    manifests: list(content.manifests), artifacts: list(content.artifacts),
    heldBack: list(content.held_back),
  };
}

const hexOf = (digest: string): string => digest.slice(digest.indexOf(':') + 1);

// With or without the name of the hash before it.
export const sameDigest = (a: string, b: string): boolean => a !== '' && hexOf(a) === hexOf(b);
