// The public keys of those who run a site: a Tink keyset in a statement that somebody has signed whom the policy names. What is in it
// changes on schedule; who signs it does not. See docs/keys.md.

import { base64, unbase64 } from '../base64.js';
import { PrivacyError } from '../error.js';
import { joined } from '../vault/ask.js';

const KIND = 'application/vnd.mixus.keyset+json';
const TYPE = 'type.googleapis.com/google.crypto.tink.HpkePublicKey';
/** Tink's key before its 32 bytes: DHKEM X25519 HKDF-SHA256, HKDF-SHA256, AES-256-GCM. */
const FRONT = [0x12, 6, 8, 1, 0x10, 1, 0x18, 2, 0x1a, 32];
/** As many signatures are looked at: one of the key before, one of the key that follows it. */
const MOST = 8;

const { subtle } = globalThis.crypto || {};
const encode = (text) => new TextEncoder().encode(text);

/** What is signed: the bytes with their kind (DSSE 1). */
const signed = (payload) => joined([encode(`DSSEv1 ${KIND.length} ${KIND} ${payload.length} `), payload]);

const isBy = async (pin, sig, text) => {
  const key = await subtle.importKey('raw', unbase64(pin), 'Ed25519', false, ['verify']);
  return subtle.verify('Ed25519', key, unbase64(sig), text);
};

/** Whether one of the policy's keys has signed it. */
const isPinned = async (pins, signatures, payload) => {
  const text = signed(payload);
  for (const { keyid, sig } of signatures.slice(0, MOST)) if (pins.includes(keyid) && (await isBy(keyid, sig, text))) return true;
  return false;
};

/** The key to seal for, as Tink writes it. */
const primary = ({ primaryKeyId, key }) => {
  const { keyData, status, keyId: id, outputPrefixType } = key.find(({ keyId }) => keyId === primaryKeyId);
  const bytes = unbase64(keyData.value);
  const fits = bytes.length === FRONT.length + 32 && FRONT.every((it, at) => it === bytes[at]);
  if (!fits || keyData.typeUrl !== TYPE || status !== 'ENABLED' || outputPrefixType !== 'TINK' || id >>> 0 !== id || !id) throw TYPE;
  return { id, key: bytes.slice(FRONT.length) };
};

/** What a statement says, if it is of this owner and holds now; `now` is in seconds since 1970. */
export const stated = async (text, { owner, pins }, now) => {
  const fail = (what) => {
    throw new PrivacyError(`keys/${what}`, owner);
  };
  let payload;
  let signatures;
  try {
    const it = JSON.parse(text);
    payload = unbase64(it.payload);
    signatures = it.signatures;
    if (it.payloadType !== KIND || !signatures.every(({ keyid, sig }) => keyid.at && sig.at)) fail('form');
  } catch {
    fail('form');
  }
  // What nobody has signed is not read any further.
  if (!(await isPinned(pins, signatures, payload).catch(() => false))) fail('unpinned');
  let said;
  let key;
  try {
    said = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    key = primary(said.keyset);
    if (![said.serial, said.expires].every((it) => Number.isSafeInteger(it) && it > 0)) fail('form');
  } catch {
    fail('form');
  }
  // Whoever signs for several owners has not signed for all of them.
  if (said.owner !== owner) fail('unpinned');
  if (said.expires <= now) fail('expired');
  const digest = base64(new Uint8Array(await subtle.digest('SHA-256', payload)));
  return { serial: said.serial, expires: said.expires, digest, key };
};
