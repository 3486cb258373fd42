// This browser as a device: a key that nobody can take out of it, and the chain of what it signed.

import { base64, unbase64 } from '../base64.js';

export const encode = (text) => new TextEncoder().encode(text);

export const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** The hash before the first event of a device. */
export const NOTHING = base64(new Uint8Array(32));

/** How often a pair of keys is tried. */
const TRIES = 8;

/**
 * A new pair of keys. WebKitGTK throws an `OperationError` for about one pair in a hundred, those with a leading zero byte, so
 * that it is asked again; what it refuses each time it does not have.
 */
const pair = async (tries = TRIES) => {
  try {
    return await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  } catch (error) {
    if (error.name !== 'OperationError' || tries === 1) throw error;
    return pair(tries - 1);
  }
};

/**
 * A device that has done nothing yet; `home` names the server of its records. One that is not `lasting` is `brief`: without a
 * database nobody knows of it when its page is gone.
 */
export const fresh = async (module, home, lasting = true) => {
  const { privateKey, publicKey } = await pair();
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
  return {
    dev: base64(random(8)),
    key: privateKey,
    pk: base64(key),
    sub: module.subject(key, Date.now() / 1000),
    home,
    born: Date.now(),
    acct: '',
    seq: 0,
    prev: NOTHING,
    seen: 0,
    hlc: '0',
    ...(!lasting && { brief: true }),
  };
};

const sign = async (device, text) => new Uint8Array(await crypto.subtle.sign('Ed25519', device.key, encode(text)));

/**
 * The device's next event, from the line that was written when the person decided or from a word about the device itself
 * (`what`): the device behind it, and the event's id and row. `most` is how much of the log it can have seen, if it was made
 * before. Nothing for a line that is damaged.
 */
export const decide = async (module, device, { what, shown = '', plan, place, most = Infinity }) => {
  const { dev, pk, sub, acct, seq, prev, hlc } = device;
  const seen = Math.min(device.seen, most);
  const lines = [dev, pk, sub, acct, seq, prev, seen, hlc].join('\n');
  const draft = module.draft(what, plan, place, lines, shown, random(16), Date.now() / 1000);
  if (!draft) return undefined;
  const [clock, unsigned] = draft.split('\n');
  const whole = module.sealed(unsigned, await sign(device, unsigned));
  if (!whole) return undefined;
  const [text, id, hash] = whole.split('\n');
  return {
    device: { ...device, seq: seq + 1, prev: hash, hlc: clock },
    id,
    row: { text, seq: seq + 1, dev, acct, seen, home: device.home, own: true, state: 'waiting', what, prev, hash },
  };
};

/** Whether a key has signed a text. */
export const isSigned = async (pk, signature, text) => {
  const key = await crypto.subtle.importKey('raw', unbase64(pk), 'Ed25519', false, ['verify']);
  return crypto.subtle.verify('Ed25519', key, unbase64(signature), encode(text));
};

/** The id of an event from elsewhere, if its key has signed it. */
export const verified = async (module, text) => {
  const [id, , pk, signature, unsigned] = module.opened(text)?.split('\n') || [];
  return id && (await isSigned(pk, signature, unsigned)) ? id : undefined;
};

/** What shows the server that a question is this device's own; `at` is the time in seconds, by the server's clock. */
export const authorization = async (module, device, method, path, at) =>
  `Mixus ${at}.${device.pk}.${base64(await sign(device, module.asking(method, path, at)))}`;
