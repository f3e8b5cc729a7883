import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  checkConsistency, climb, fromHex, leafHash, nodeHash, same, sha256, toHex, utf8,
} from '../src/hub/proof/merkle';
import type { Bytes } from '../src/hub/proof/merkle';
import {
  checkNote, fromBase64, parseCheckpoint, parseKey, parseNote, toBase64,
} from '../src/hub/proof/note';
import { Log } from '../mock/hub_log.mjs';

// The leaves, roots and paths of the reference implementation of RFC 6962
// (certificate-transparency, merkletree/merkle_tree_test.cc).
const kLeaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657',
  '606162636465666768696a6b6c6d6e6f'];
const kRoots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const [kA, kB, kC, kD] = [
  '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
  '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
  '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
];
const kE = 'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0';
const kF = '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a';

// [leaf from 0, size, path]
const kInclusions: [number, number, string[]][] = [
  [0, 1, []], [0, 8, [kA, kB, kC]], [5, 8, [kD, kE, kRoots[3]!]], [2, 3, [kRoots[1]!]],
  [1, 5, [kRoots[0]!, kB, kD]],
];
const kConsistencies: [number, number, string[]][] = [
  [1, 1, []], [1, 8, [kA, kB, kC]], [6, 8, [kF, kE, kRoots[3]!]], [2, 5, [kB, kD]],
];

test('hashes are those of RFC 6962', async () => {
  assert.equal(toHex(await sha256()),
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  assert.equal(toHex(await leafHash(utf8(''))), kRoots[0]);
  assert.ok(toHex(await leafHash(utf8('L123456'))).startsWith('395aa064'));
  assert.ok(toHex(await nodeHash(utf8('N123'), utf8('N456'))).startsWith('aa217fe8'));
});

test('published inclusion proofs hold', async () => {
  for (const [index, size, path] of kInclusions) {
    const leaf = await leafHash(fromHex(kLeaves[index]!));
    const { root, steps } = await climb(index, size, leaf, path.map(fromHex));
    assert.equal(toHex(root), kRoots[size - 1], `leaf ${index} of ${size}`);
    assert.equal(steps.length, path.length);
  }
});

test('published consistency proofs hold', async () => {
  for (const [from, to, path] of kConsistencies) {
    const [old, now] = [fromHex(kRoots[from - 1]!), fromHex(kRoots[to - 1]!)];
    await checkConsistency(from, to, old, now, path.map(fromHex));
  }
});

// The definition, word by word: slow and obvious.
async function rootOf(leaves: Bytes[]): Promise<Bytes> {
  if (leaves.length === 0) return sha256();
  if (leaves.length === 1) return leaves[0]!;
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return nodeHash(await rootOf(leaves.slice(0, k)), await rootOf(leaves.slice(k)));
}

const kMost = 20;
const flipped = (hash: Bytes): Bytes => hash.map((byte, i) => (i === 7 ? byte ^ 1 : byte));
const pathOf = (path: Uint8Array[]): Bytes[] => path.map((hash) => new Uint8Array(hash));

async function grown() {
  const log = new Log('log.example');
  const leaves: Bytes[] = [];
  const roots: Bytes[] = [await rootOf([])];
  for (let i = 0; i < kMost; i += 1) {
    log.append('object.created', '', `Site/s${i}`);
    leaves.push(await leafHash(utf8(log.entries[i].entry)));
    roots.push(await rootOf(leaves));
  }
  return { log, leaves, roots };
}

test('each leaf of each size is proved, and nothing else is', async () => {
  const { log, leaves, roots } = await grown();
  for (let size = 1; size <= kMost; size += 1) {
    for (let index = 0; index < size; index += 1) {
      const path = pathOf(log.inclusion(index, 0, size));
      const leads = async (i: number, leaf: Bytes, way: Bytes[]) =>
        climb(i, size, leaf, way).then(({ root }) => same(root, roots[size]!), () => false);
      assert.ok(await leads(index, leaves[index]!, path), `${index} of ${size}`);
      assert.ok(!await leads(index, flipped(leaves[index]!), path));
      assert.ok(!await leads(index, leaves[index]!, [...path, roots[1]!]));
      if (size > 1) {
        assert.ok(!await leads((index + 1) % size, leaves[index]!, path));
        assert.ok(!await leads(index, leaves[index]!, path.slice(1)));
        assert.ok(!await leads(index, leaves[index]!, [flipped(path[0]!), ...path.slice(1)]));
      }
    }
  }
});

test('each growth is proved, and no other past', async () => {
  const { log, roots } = await grown();
  for (let to = 1; to <= kMost; to += 1) {
    for (let from = 1; from <= to; from += 1) {
      const path = from === to ? [] : pathOf(log.consistency(from, 0, to));
      const holds = (old: Bytes, now: Bytes, way: Bytes[]) =>
        checkConsistency(from, to, old, now, way).then(() => true, () => false);
      assert.ok(await holds(roots[from]!, roots[to]!, path), `${from} to ${to}`);
      assert.ok(!await holds(flipped(roots[from]!), roots[to]!, path));
      assert.ok(!await holds(roots[from]!, flipped(roots[to]!), path));
      assert.ok(!await holds(roots[from]!, roots[to]!, [...path, roots[1]!]));
      if (path.length > 0) assert.ok(!await holds(roots[from]!, roots[to]!, path.slice(0, -1)));
    }
  }
  await assert.rejects(checkConsistency(5, 4, roots[5]!, roots[4]!, []), /shrunk/);
});

// The keys and the note of golang.org/x/mod/sumdb/note, note_test.go.
const kPeter = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const kEnoch = 'EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop';
const kText = 'If you think cryptography is the answer to your problem,\n'
  + "then you don't know what your problem is.\n";
const kPeterLine = '\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2'
  + 'pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const kEnochLine = '\u2014 EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGr'
  + 'Q5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n';

test('published notes are read and their signatures hold', async () => {
  const note = parseNote(`${kText}\n${kPeterLine}${kEnochLine}`);
  assert.equal(note.text, kText);
  assert.deepEqual(note.signatures.map(({ name }) => name), ['PeterNeumann', 'EnochRoot']);
  const peter = await parseKey(kPeter);
  assert.equal(await checkNote(note, peter), 'valid');
  const altered = { ...note, text: note.text.replace('answer', 'anther') };
  await assert.rejects(checkNote(altered, peter), /does not hold/);
  const only = parseNote(`${kText}\n${kEnochLine}`);
  await assert.rejects(checkNote(only, peter), /not signed by PeterNeumann/);
});

test('keys are Ed25519 with their own id', async () => {
  assert.equal((await parseKey(kEnoch)).name, 'EnochRoot');
  const cosigner = new Uint8Array(33).fill(7);
  cosigner[0] = 4; // another kind of signature
  await assert.rejects(parseKey(`witness+c74f20a3+${toBase64(cosigner)}`), /Ed25519/);
  await assert.rejects(parseKey(kPeter.replace('c74f20a3', 'c74f20a4')), /id of the key/);
  await assert.rejects(parseKey(kPeter.slice(0, -4)), /./);
  await assert.rejects(parseKey('nothing'), /not a note key/);
});

test('what is no note or no checkpoint is refused', () => {
  for (const text of ['', 'a\n', `${kText}\n`, `${kText}\nPeterNeumann x08g\n`,
    `${kText}${kPeterLine}`]) {
    assert.throws(() => parseNote(text), text);
  }
  const root = toBase64(fromHex(kRoots[7]!));
  assert.deepEqual(parseCheckpoint(`log.example\n8\n${root}\n`),
    { origin: 'log.example', size: 8, root: fromBase64(root) });
  for (const text of [`\n8\n${root}\n`, `log\n08\n${root}\n`, `log\n-1\n${root}\n`,
    'log\n8\nAAAA\n', `log\n8\n${root.slice(1)}\n`]) {
    assert.throws(() => parseCheckpoint(text), text);
  }
});

test('a checkpoint of the mock is signed, a forged one is not', async () => {
  const { log } = await grown();
  const key = await parseKey(log.vkey);
  assert.equal(await checkNote(parseNote(log.checkpoint()), key), 'valid');
  await assert.rejects(checkNote(parseNote(log.checkpoint(true)), key), /does not hold/);
});
