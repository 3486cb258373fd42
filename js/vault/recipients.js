// Who can open a file, and by what.

import { PrivacyError } from '../error.js';
import { agreed, once } from './agree.js';
import { joined } from './ask.js';
import { sealed, unsealed } from './cipher.js';
import { stretched } from './pool.js';

export const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** Passphrases that look alike are alike: UTF-8 in its normal form C. */
const normal = (passphrase) => new TextEncoder().encode(passphrase.normalize('NFC'));

/** What wraps a file's secret for one recipient, before it is sealed. */
const unsealedWrap = async (vault, head, secret, { passphrase, wrapper, id, key }, at) => {
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
const wraps = async (vault, head, secret, to) => {
  if (!to?.length) throw new PrivacyError('vault/unfit', 'to');
  const wrap = async (it, at) => {
    const message = await unsealedWrap(vault, head, secret, it, at);
    return joined([message.front, await sealed(message)]);
  };
  return joined(await Promise.all(to.map(wrap)));
};

/** An envelope for recipients, at least so long. */
export const enveloped = async (vault, head, secret, about, to, least) => {
  const nonce = random(12);
  const metadata = await sealed(vault.metadata(head, secret, about, nonce));
  return vault.envelope(head, secret, about, await wraps(vault, head, secret, to), joined([nonce, metadata]), least);
};

/** What a secret that stands in one of some messages opens. */
const proved = async (vault, envelope, messages) => {
  for (const message of messages) {
    try {
      return await withSecret(vault, envelope, await unsealed(message));
    } catch {
      // Somebody else's, which leads nowhere.
    }
  }
  throw new PrivacyError('vault/closed');
};

const withSecret = async (vault, envelope, secret) => {
  const metadata = await unsealed(vault.proved(envelope, secret));
  return { secret, ...vault.told(envelope, secret, metadata) };
};

/** What each key pair opens. */
const withKey = async (vault, envelope, { id, key, public: own }) => {
  const them = vault.encapsulated(envelope, id);
  for (let at = 0; at < them.length; at += 32) {
    try {
      return await proved(vault, envelope, vault.forAgreed(envelope, id, own, await agreed(key, them.slice(at, at + 32))));
    } catch {
      // Somebody else's, with a key of the same number.
    }
  }
  throw new PrivacyError('vault/closed');
};

/** The secret, and what is proved of a file, by the first that opens it: what costs most comes last. */
export const opened = async (vault, envelope, { keys = [], wrapper, secret, passphrase }) => {
  const ways = keys.map((it) => () => withKey(vault, envelope, it));
  if (secret) ways.push(() => withSecret(vault, envelope, secret));
  if (wrapper) ways.push(() => proved(vault, envelope, vault.unlocked(envelope, wrapper.id, wrapper.key)));
  if (passphrase) ways.push(async () => proved(vault, envelope, vault.unstretched(envelope, await stretched(normal(passphrase), vault.stretch(envelope)))));
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
