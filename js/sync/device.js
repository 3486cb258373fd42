// This browser as a device: a key that nobody can take out of it, and the chain of what it signed.

const encode = (text) => new TextEncoder().encode(text);

export const base64 = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
const unbase64 = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (it) => it.charCodeAt(0));

const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** A device that has done nothing yet. */
export const fresh = async (module) => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
  const key = new Uint8Array(await crypto.subtle.exportKey('raw', publicKey));
  return {
    dev: base64(random(8)),
    key: privateKey,
    pk: base64(key),
    sub: module.subject(key, Date.now() / 1000),
    acct: '',
    seq: 0,
    prev: base64(new Uint8Array(32)),
    seen: 0,
    hlc: '0',
  };
};

export const sign = async (device, text) => new Uint8Array(await crypto.subtle.sign('Ed25519', device.key, encode(text)));

/**
 * The device's next event, from the line that was written when the person decided or, without one, from a word
 * about the device itself: `{device, row}`, both to be kept. Nothing for a line that is damaged.
 */
export const decide = async (module, device, { slip = '', name, word = '', plan, place, token }) => {
  const { dev, pk, sub, acct, seq, prev, seen, hlc } = device;
  const draft = module.draft(slip, word, plan, place, [dev, pk, sub, acct, seq, prev, seen, hlc].join('\n'), random(16), Date.now() / 1000);
  if (!draft) return undefined;
  const [clock, unsigned] = draft.split('\n');
  const whole = module.sealed(unsigned, await sign(device, unsigned));
  if (!whole) return undefined;
  const [text, id, hash] = whole.split('\n');
  return {
    device: { ...device, seq: seq + 1, prev: hash, hlc: clock },
    id,
    row: { text, seq: seq + 1, own: true, state: 'waiting', slip: name, token },
  };
};

/** The id of an event from elsewhere, if its key has signed it. */
export const verified = async (module, text) => {
  const [id, , pk, signature, unsigned] = module.opened(text)?.split('\n') || [];
  if (!id) return undefined;
  const key = await crypto.subtle.importKey('raw', unbase64(pk), 'Ed25519', false, ['verify']);
  return (await crypto.subtle.verify('Ed25519', key, unbase64(signature), encode(unsigned))) ? id : undefined;
};

/** What shows the server that a question is this device's own. */
export const authorization = async (module, device, method, path) => {
  const at = Math.floor(Date.now() / 1000);
  return `Mixus ${at}.${device.pk}.${base64(await sign(device, module.asking(method, path, at)))}`;
};
