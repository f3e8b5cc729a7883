// An audit log with real hashes (RFC 6962) and a real key (Ed25519, C2SP checkpoints), so that what
// a browser checks is checked in earnest; and ways to tamper with it.

import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256'))
  .digest();
const kLeaf = Buffer.from([0]);
const kNode = Buffer.from([1]);
export const leafHash = (text) => sha256(kLeaf, text);

const splitAt = (n) => 2 ** Math.floor(Math.log2(n - 1));

export class Log {
  constructor(origin) {
    this.origin = origin;
    this.entries = [];
    this.salts = new Map();
    this.subtrees = new Map();
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    this.privateKey = privateKey;
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x, 'base64url');
    const key = Buffer.concat([Buffer.from([1]), raw]);
    this.keyId = sha256(`${origin}\n`, key).subarray(0, 4);
    this.vkey = `${origin}+${this.keyId.toString('hex')}+${key.toString('base64')}`;
  }

  // Whom an entry speaks of, without saying it.
  commitment(person) {
    if (!this.salts.has(person)) this.salts.set(person, randomBytes(16));
    return createHmac('sha256', this.salts.get(person)).update(person).digest('hex');
  }

  append(action, actor, subject, more = {}, time = Date.now()) {
    const isPerson = subject.startsWith('Person/');
    const shown = isPerson ? `Person/${this.commitment(subject.slice(7))}` : subject;
    const by = actor ? this.commitment(actor) : '';
    const at = new Date(time).toISOString();
    const text = JSON.stringify({ action, actor: by, object: shown, ...more, time: at });
    this.entries.push({
      index: this.entries.length, time: at, action, actor: by, actor_name: actor, subject: shown,
      entry: text, hash: leafHash(text),
    });
    return this.entries.length - 1;
  }

  get size() {
    return this.entries.length;
  }

  // Of the leaves from `low` up to `high`, without it.
  root(low = 0, high = this.size) {
    if (high === low) return sha256('');
    if (high - low === 1) return this.entries[low].hash;
    const key = `${low} ${high}`;
    if (!this.subtrees.has(key)) {
      const k = low + splitAt(high - low);
      this.subtrees.set(key, sha256(kNode, this.root(low, k), this.root(k, high)));
    }
    return this.subtrees.get(key);
  }

  inclusion(index, low = 0, high = this.size) {
    if (high - low === 1) return [];
    const k = low + splitAt(high - low);
    return index < k ? [...this.inclusion(index, low, k), this.root(k, high)]
      : [...this.inclusion(index, k, high), this.root(low, k)];
  }

  consistency(from, low, high, isWhole = true) {
    if (from === high) return isWhole ? [] : [this.root(low, high)];
    const k = low + splitAt(high - low);
    return from <= k ? [...this.consistency(from, low, k, isWhole), this.root(k, high)]
      : [...this.consistency(from, k, high, false), this.root(low, k)];
  }

  checkpoint(isForged = false) {
    const text = (root) => `${this.origin}\n${this.size}\n${root.toString('base64')}\n`;
    const signature = sign(null, Buffer.from(text(this.root())), this.privateKey);
    const line = Buffer.concat([this.keyId, signature]).toString('base64');
    const shown = isForged ? text(sha256('another root')) : text(this.root());
    return `${shown}\n\u2014 ${this.origin} ${line}\n`;
  }

  proof(index, isForged) {
    const hex = (hash) => hash.toString('hex');
    return {
      index, size: this.size, leaf_hash: hex(this.entries[index].hash),
      path: this.inclusion(index).map(hex), root: hex(this.root()),
      checkpoint: this.checkpoint(isForged),
    };
  }

  // Another past with the same key: every signature holds, and yet it is not the log it was.
  rewrite(index) {
    const entry = this.entries[index];
    entry.entry = entry.entry.replace(/"action":"[^"]*"/, '"action":"object.touched"');
    entry.hash = leafHash(entry.entry);
    this.subtrees.clear();
  }
}
