// X25519 by the browser, or by the module where that does not know it yet.

import { software } from './cipher.js';

const NAME = 'X25519';
const { subtle } = globalThis.crypto || {};

/** Whether an error says that the browser does not know the name. */
const isUnknown = ({ name }) => name === 'NotSupportedError' || name === 'TypeError';

const raw = async (key) => new Uint8Array(await subtle.exportKey('raw', key));

/** A new pair. WebKitGTK throws an `OperationError` for one in a few hundred, those with a leading zero byte, and is asked again. */
const pair = (tries = 8) =>
  subtle.generateKey(NAME, false, ['deriveBits']).catch((error) => {
    if (error.name !== 'OperationError' || tries < 2) throw error;
    return pair(tries - 1);
  });

/** A key that is used once: its public half, and what it agrees on with another. */
export const once = async (other) => {
  try {
    const { privateKey, publicKey } = await pair();
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
