// A person's key pair: 32 random bytes for as long as it takes to wrap them, and then a key that the browser does not give away.

import { agreed } from '../vault/agree.js';
import { joined } from '../vault/ask.js';
import { software } from '../vault/cipher.js';

const NAME = 'X25519';
const { subtle } = globalThis.crypto || {};
/** What stands in front of a private key (RFC 8410). */
const FRONT = Uint8Array.of(0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20);
/** The curve's base point: what a private key agrees on with it is the public half (RFC 7748). */
const BASE = Uint8Array.of(9, ...new Uint8Array(31));

export const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** The browser's own key, if it can: some do not know the curve, and WebKitGTK refuses secrets whose first byte is zero. */
const native = async (secret) => {
  const whole = joined([FRONT, secret]);
  try {
    return await subtle.importKey('pkcs8', whole, NAME, false, ['deriveBits']);
  } catch {
    return undefined;
  } finally {
    whole.fill(0);
  }
};

/** Whether the browser can keep such a key: WebKit makes them, and stores nothing in their place. */
const isLasting = (key) => {
  try {
    return structuredClone(key) instanceof CryptoKey;
  } catch {
    return false;
  }
};

/** For a browser that cannot: the secret stands there under a key that it does not give away either. */
const locked = async (secret) => {
  const iv = random(12);
  const by = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
  return { by, iv, text: new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv }, by, secret)) };
};

/** A pair for as long as a page needs it. */
export const held = async (secret) => {
  const key = await native(secret);
  return { key: key ?? secret, public: key ? await agreed(key, BASE) : (await software()).public_of(secret) };
};

/** What the browser keeps of a secret, which is wiped: `{key}` or `{lock}`, and the public half. */
export const taken = async (secret) => {
  const { key, public: own } = await held(secret);
  const pair = isLasting(key) ? { key, public: own } : { lock: await locked(secret), public: own };
  secret.fill(0);
  return pair;
};

const unlocked = async ({ by, iv, text }) => {
  const secret = new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv }, by, text));
  const key = await native(secret);
  if (key) secret.fill(0);
  return key ?? secret;
};

/** A kept pair as `open` of the vault takes it. */
export const usable = async ({ id, key, lock, public: own }) => ({ id, key: key ?? (await unlocked(lock)), public: own });
