// Who can open a file, and by what.

import { PrivacyError } from '../error.js';
import { agreed, once } from './agree.js';
import { joined } from './ask.js';
import { stretched } from './pool.js';

export const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** Passphrases that look alike are alike: UTF-8 in its normal form C. */
const normal = (passphrase) => new TextEncoder().encode(passphrase.normalize('NFC'));

/** What wraps a file's secret for one recipient. */
const wrap = async (vault, head, secret, { passphrase, wrapper, id, key }, at) => {
  if (passphrase) {
    const by = vault.usual(random(16));
    return vault.forPassphrase(head, secret, await stretched(normal(passphrase), by), by);
  }
  if (wrapper) return vault.forWrapper(head, secret, id, wrapper, random(16));
  if (!(key instanceof Uint8Array)) throw new PrivacyError('vault/unfit', `to[${at}]`);
  const agreement = await once(key);
  return vault.forPair(head, secret, id, key, agreement.public, agreement.agreed);
};

/** What wraps it for all of them. A file that nobody can open is not meant. */
export const wraps = async (vault, head, secret, to) => {
  if (!to?.length) throw new PrivacyError('vault/unfit', 'to');
  return joined(await Promise.all(to.map((it, at) => wrap(vault, head, secret, it, at))));
};

/** What each key pair opens. */
const withKey = async (vault, envelope, { id, key, public: own }) => {
  const them = vault.encapsulated(envelope, id);
  for (let at = 0; at < them.length; at += 32) {
    try {
      return vault.withAgreed(envelope, id, own, await agreed(key, them.slice(at, at + 32)));
    } catch {
      // Somebody else's, with a key of the same number.
    }
  }
  throw new PrivacyError('vault/closed');
};

/** The secret, and what is proved of a file, by the first that opens it: what costs most comes last. */
export const opened = async (vault, envelope, { keys = [], wrapper, secret, passphrase }) => {
  const ways = keys.map((it) => () => withKey(vault, envelope, it));
  if (secret) ways.push(() => vault.withSecret(envelope, secret));
  if (wrapper) ways.push(() => vault.withWrapper(envelope, wrapper.id, wrapper.key));
  if (passphrase) ways.push(async () => vault.withStretched(envelope, await stretched(normal(passphrase), vault.stretch(envelope))));
  let failed = new PrivacyError('vault/closed');
  for (const way of ways) {
    try {
      return await way();
    } catch (error) {
      failed = error;
    }
  }
  throw failed;
};
