// Checks of proofs that come from an audit log: RFC 6962 section 2.1 for the hashes, RFC 9162
// sections 2.1.3.2 and 2.1.4.2 for the checks. Numbers of leaves stay below 2^53.

export type Bytes = Uint8Array<ArrayBuffer>;

// Null where the page did not come over a safe line: browsers then keep their cryptography away.
export const subtle = (): SubtleCrypto | null => globalThis.crypto?.subtle ?? null;

export async function sha256(...parts: Bytes[]): Promise<Bytes> {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', all));
}

export const leafHash = (entry: Bytes): Promise<Bytes> => sha256(new Uint8Array([0]), entry);
export const nodeHash = (left: Bytes, right: Bytes): Promise<Bytes> =>
  sha256(new Uint8Array([1]), left, right);

export const utf8 = (text: string): Bytes => new TextEncoder().encode(text);
export const toHex = (bytes: Bytes): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export function fromHex(text: string): Bytes {
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new Error('a hash is not hexadecimal');
  return new Uint8Array((text.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)));
}

export function same(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

const half = (n: number): number => Math.floor(n / 2);
const isOdd = (n: number): boolean => n % 2 === 1;

function checkHashes(path: Bytes[]): void {
  if (path.some((hash) => hash.length !== 32)) throw new Error('a hash has not 32 bytes');
}

// One step up from a node to its parent, as a picture shows it.
export interface Step {
  sibling: Bytes;
  siblingIsLeft: boolean;
  parent: Bytes;
}

// The way from a leaf to the root that the path leads to. Throws where the path has another length
// than one of this index and size has.
export async function climb(
  index: number, size: number, leaf: Bytes, path: Bytes[],
): Promise<{ steps: Step[]; root: Bytes }> {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) {
    throw new Error(`leaf ${index} is not among the first ${size}`);
  }
  checkHashes([leaf, ...path]);
  const steps: Step[] = [];
  let [fn, sn, root] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (sn === 0) throw new Error('the path is too long');
    const siblingIsLeft = isOdd(fn) || fn === sn;
    const parent = await (siblingIsLeft ? nodeHash(sibling, root) : nodeHash(root, sibling));
    if (siblingIsLeft) {
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    }
    [fn, sn] = [half(fn), half(sn)];
    steps.push({ sibling, siblingIsLeft, parent });
    root = parent;
  }
  if (sn !== 0) throw new Error('the path is too short');
  return { steps, root };
}

// Whether the tree of `size1` leaves with `root1` is the beginning of the one of `size2` leaves
// with `root2`. Throws with the reason where it is not.
export async function checkConsistency(
  size1: number, size2: number, root1: Bytes, root2: Bytes, path: Bytes[]): Promise<void> {
  if (!(size1 <= size2)) throw new Error(`the log has shrunk from ${size1} to ${size2} entries`);
  checkHashes([root1, root2, ...path]);
  if (size1 === size2 || size1 === 0) {
    if (path.length > 0) throw new Error('the path is too long');
    if (size1 === size2 && !same(root1, root2)) throw new Error('the same size has two roots');
    return;
  }
  let [fn, sn] = [size1 - 1, size2 - 1];
  while (isOdd(fn)) [fn, sn] = [half(fn), half(sn)];
  const rest = fn === 0 ? path : path.slice(1);
  const seed = fn === 0 ? root1 : path[0];
  if (!seed) throw new Error('the path is too short');
  let [old, now] = [seed, seed];
  for (const hash of rest) {
    if (sn === 0) throw new Error('the path is too long');
    if (isOdd(fn) || fn === sn) {
      old = await nodeHash(hash, old);
      now = await nodeHash(hash, now);
      while (!isOdd(fn) && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      now = await nodeHash(now, hash);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  if (sn !== 0) throw new Error('the path is too short');
  if (!same(old, root1)) throw new Error('the path does not begin at the root seen before');
  if (!same(now, root2)) throw new Error('the path does not lead to the root of now');
}
