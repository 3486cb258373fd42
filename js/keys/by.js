// By what a person gets their keys back: a passphrase, a recovery code, a passkey.

import { PrivacyError } from '../error.js';
import { keyOf } from './code.js';
import { random } from './pair.js';

const encode = (text) => new TextEncoder().encode(text);
const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));

/** The name of a code's key in an envelope. */
const CODE = encode('mixus recovery 1');
/** What a passkey is asked about: nobody else asks it the same. */
const ASKED = 'mixus keys 1 passkey';

/** Whether there may be passkeys with a pseudo-random function here. */
export const hasPasskeys = async () => {
  const { PublicKeyCredential: it } = globalThis;
  const known = await it?.getClientCapabilities?.();
  return known ? known['extension:prf'] !== false : !!it;
};

/** What the browser and the person say to a question about passkeys. */
const credential = async (call, options) => {
  try {
    const it = await navigator.credentials[call]({ publicKey: { challenge: random(32), ...options } });
    return { id: new Uint8Array(it.rawId), prf: it.getClientExtensionResults().prf };
  } catch ({ name }) {
    throw new PrivacyError('keys/passkey', name);
  }
};

/** Makes a passkey that can wrap keys. Its name is for `by`. */
export const newPasskey = async ({ rp, user }) => {
  const { id, prf } = await credential('create', {
    rp,
    user: { displayName: user.name, ...user },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -257 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    extensions: { prf: {} },
  });
  if (!prf?.enabled) throw new PrivacyError('keys/passkey', 'prf');
  return { id };
};

const ofPasskey = async ({ id: wanted, rpId }) => {
  const { id, prf } = await credential('get', {
    ...(rpId && { rpId }),
    ...(wanted && { allowCredentials: [{ type: 'public-key', id: wanted }] }),
    userVerification: 'required',
    extensions: { prf: { eval: { first: await sha256(encode(ASKED)) } } },
  });
  const key = prf?.results?.first;
  if (!key) throw new PrivacyError('keys/passkey', 'prf');
  return { id: (await sha256(id)).slice(0, 16), key: new Uint8Array(key) };
};

/** What it is, for people. */
export const kindOf = (it) => ['passphrase', 'code', 'passkey'].find((kind) => it?.[kind]);

/** By what a safe opens, as anyone can see. */
export const kindsIn = (file) => {
  const view = new DataView(file.buffer, file.byteOffset);
  const kinds = [];
  for (let at = 82, left = view.getUint16(80); left > 0; left -= 1) {
    const kind = view.getUint8(at);
    if (kind === 2) kinds.push('passphrase');
    if (kind === 3) kinds.push(CODE.every((it, place) => it === view.getUint8(at + 4 + place)) ? 'code' : 'passkey');
    at += 4 + view.getUint16(at + 2);
  }
  return kinds;
};

/** As `open` of the vault takes it; nothing for a code that has been written wrongly. */
export const opener = async ({ passphrase, code, passkey }) => {
  if (passphrase) return { passphrase };
  if (passkey) return { wrapper: await ofPasskey(passkey) };
  const key = keyOf(code);
  return key && { wrapper: { id: CODE, key } };
};

/** Whether keys can be kept by these, and by nothing else: a passkey may go with its device, and one that is synced with an account. */
export const check = (by) => {
  if (!Array.isArray(by) || !by.length || !by.every(kindOf)) throw new PrivacyError('keys/unfit', 'by');
  if (by.every((it) => kindOf(it) === 'passkey')) throw new PrivacyError('keys/passkey-alone', 'by');
  const wrong = by.findIndex(({ code }) => code !== undefined && !keyOf(code));
  if (wrong >= 0) throw new PrivacyError('keys/unfit', `by[${wrong}].code`);
};

/** As `seal` of the vault takes them. */
export const recipientsBy = async (by) => {
  const all = [];
  // One after the other: two questions to a person at once are none.
  for (const it of by) {
    const { passphrase, wrapper } = await opener(it);
    all.push(passphrase ? { passphrase } : { id: wrapper.id, wrapper: wrapper.key });
  }
  return all;
};
