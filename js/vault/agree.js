// X25519 by the browser, or by the module where that does not know it yet.

import { software } from './cipher.js';

const NAME = 'X25519';
const { subtle } = globalThis.crypto || {};

/**
 * Whether an error says that the browser does not know the name (`NotSupportedError`, `TypeError`), or that it is WebKitGTK and has made one
 * of the pairs that begin with a zero, which it does not take (`OperationError`): one in a few hundred.
 */
const isUnknown = ({ name }) => /^[NOT]/.test(name);

const raw = async (key) => new Uint8Array(await subtle.exportKey('raw', key));

/** A key that is used once: its public half, and what it agrees on with another. */
export const once = async (other) => {
  try {
    const { privateKey, publicKey } = await subtle.generateKey(NAME, false, ['deriveBits']);
    return { public: await raw(publicKey), agreed: await agreed(privateKey, other) };
  } catch (error) {
    if (!isUnknown(error)) throw error;
    const module = await software();
    const secret = crypto.getRandomValues(new Uint8Array(32));
    return { public: module.public_of(secret), agreed: module.agreed(secret, other) };
  }
};

/** What a private key, the browser's own or 32 bytes, agrees on with a public one. */
export const agreed = async (own, other) => {
  if (own instanceof Uint8Array) return (await software()).agreed(own, other);
  const key = await subtle.importKey('raw', other, NAME, false, []);
  return new Uint8Array(await subtle.deriveBits({ name: NAME, public: key }, own, 256));
};
