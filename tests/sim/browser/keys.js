// Keys and signatures. Most worlds have a quick stand-in that nobody here can forge; some have Ed25519 itself.

import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

const PRIVATE = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC = Buffer.from('302a300506032b6570032100', 'hex');

export const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

/** Ed25519 pairs by number: making one takes longer than a signature. */
const pairs = [];
const pair = (number) => {
  if (!pairs[number]) {
    const seed = Buffer.alloc(32, 7);
    seed.writeUInt32BE(number, 0);
    const secret = createPrivateKey({ key: Buffer.concat([PRIVATE, seed]), format: 'der', type: 'pkcs8' });
    const open = createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32);
    pairs[number] = { secret, open };
  }
  return pairs[number];
};

const publics = new Map();
const publicKey = (text) => {
  if (!publics.has(text)) {
    const key = Buffer.concat([PUBLIC, Buffer.from(text, 'base64url')]);
    if (publics.size > 4000) publics.clear();
    publics.set(text, createPublicKey({ key, format: 'der', type: 'spki' }));
  }
  return publics.get(text);
};

/** 64 bytes that say: this key, this text. */
const seal = (number, text) => {
  let a = 0x811c9dc5 ^ number;
  let b = 0x9e3779b9 ^ Math.imul(number, 0x85ebca6b);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b + code, 0x85ebca6b) ^ (b >>> 13);
  }
  const bytes = Buffer.alloc(64);
  for (let at = 0; at < 64; at += 8) {
    a = Math.imul(a ^ (b >>> 15), 0x2c1b3c6d);
    b = Math.imul(b ^ (a >>> 12), 0x297a2d39);
    bytes.writeInt32BE(a, at);
    bytes.writeInt32BE(b, at + 4);
  }
  return bytes;
};

/** The keys of a world. */
export class Keys {
  constructor(real) {
    this.real = real;
    this.numbers = new Map();
    /** What was signed here needs no checking again: signature → key and text. */
    this.known = new Map();
  }

  /** A new pair: its number, and its public half as bytes. */
  make() {
    const number = this.numbers.size;
    const open = this.real ? pair(number).open : seal(number, 'a public key').subarray(0, 32);
    this.numbers.set(base64url(open), number);
    return { number, open };
  }

  sign(number, text) {
    const bytes = this.real ? sign(null, Buffer.from(text), pair(number).secret) : seal(number, text);
    return bytes;
  }

  /** Whether a signature is one of this key over a text; key and signature are base64url. */
  verify(key, text, signature) {
    const known = this.known.get(signature);
    if (known && known.key === key && known.text === text) return true;
    const right = this.real ? this.check(key, text, signature) : this.numbers.has(key) && base64url(seal(this.numbers.get(key), text)) === signature;
    if (right) this.known.set(signature, { key, text });
    return right;
  }

  check(key, text, signature) {
    try {
      return verify(null, Buffer.from(text), publicKey(key), Buffer.from(signature, 'base64url'));
    } catch {
      return false;
    }
  }
}

/** `crypto` of a tab. What takes a browser a moment takes one here as well. */
export const crypto = (tab) => {
  const { keys, world } = tab.device;
  const random = world.random('crypto');
  const soon = (what, work) =>
    new Promise((resolve, reject) => {
      tab.later(random.delay(0.3), what, () => {
        try {
          resolve(work());
        } catch (error) {
          reject(error);
        }
      });
    });
  const text = (data) => Buffer.from(data.buffer ?? data, data.byteOffset ?? 0, data.byteLength).toString();
  const buffer = (bytes) => Uint8Array.from(bytes).buffer;
  return {
    getRandomValues: (array) => random.fill(array),
    randomUUID: () => base64url(random.fill(new Uint8Array(16))),
    subtle: {
      digest: (_, data) => soon('digest', () => buffer(createHash('sha256').update(data).digest())),
      generateKey: (_, extractable, usages) =>
        soon('key', () => {
          const { number, open } = keys.make();
          const key = (type, uses) => Object.freeze({ type, extractable: type === 'public' || extractable, usages: uses, number, open });
          return { privateKey: key('private', usages.filter((it) => it === 'sign')), publicKey: key('public', usages.filter((it) => it === 'verify')) };
        }),
      exportKey: (format, key) =>
        soon('export', () => {
          if (format !== 'raw' || key.type !== 'public') throw new DOMException('not extractable', 'InvalidAccessError');
          return buffer(key.open);
        }),
      importKey: (format, data, _, extractable, usages) =>
        soon('import', () => Object.freeze({ type: 'public', extractable, usages, open: new Uint8Array(data.buffer ?? data) })),
      sign: (_, key, data) =>
        soon('sign', () => {
          if (key.type !== 'private') throw new DOMException('no private key', 'InvalidAccessError');
          return buffer(keys.sign(key.number, text(data)));
        }),
      verify: (_, key, signature, data) => soon('verify', () => keys.verify(base64url(key.open), text(data), base64url(new Uint8Array(signature.buffer ?? signature)))),
    },
  };
};
