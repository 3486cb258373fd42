// What stands elsewhere of a person's keys: sealed files, one behind the other. See docs/keys.md.

import { PrivacyError } from '../error.js';
import { joined } from '../vault/ask.js';
import { kindsIn, opener, recipientsBy } from './by.js';
import { held, random } from './pair.js';
import { open, seal } from './vault.js';

const SAFE = 'application/vnd.mixus.safe';
const KEY = 'application/vnd.mixus.x25519';
/** What there is of a file behind its envelope: the start of a stream, 32 bytes, a tag. */
const BODY = 40 + 32 + 16;
/** What says how long an envelope is. */
const FIRST = 76;

/** A number that no other key of this person has. Tink's are such numbers too. */
export const fresh = () => crypto.getRandomValues(new Uint32Array(1))[0] || fresh();

const numberOf = (name) => (/^[1-9]\d{0,9}$/.test(name) && name < 2 ** 32 ? Number(name) : undefined);
const bytesOf = async (blob) => new Uint8Array(await blob.arrayBuffer());

const sealed = async (secret, id, type, to, modified) => {
  const it = await seal(new Blob([secret]), { to, type, name: `${id}`, modified, segment: 4096 });
  return bytesOf(await it.blob());
};

/** Each of the files. */
const filesOf = (bytes) => {
  const files = [];
  for (let at = 0; at < bytes.length; ) {
    const rest = bytes.subarray(at);
    const length = rest.length < FIRST ? 0 : new DataView(rest.buffer, rest.byteOffset).getUint32(72) + BODY;
    if (length < FIRST + BODY || length > rest.length) throw new PrivacyError('keys/form', 'wrapped');
    files.push(rest.slice(0, length));
    at += length;
  }
  return files;
};

/** What is in one, and how it is changed; nothing if it is somebody else's. */
const read = async (file, by) => {
  let it;
  try {
    it = await open(new Blob([file]), by);
    const secret = await bytesOf(await it.blob());
    const id = numberOf(it.name);
    if (secret.length === 32 && id && [SAFE, KEY].includes(it.type)) return { ...it, id, secret };
  } catch (error) {
    if (error.code === 'vault/closed') return undefined;
    if (!/^vault\/(form|length|cost)$/.test(error.code)) throw error;
  }
  throw new PrivacyError('keys/form', 'wrapped');
};

/**
 * A safe, which opens by any of these: a key pair whose private half nobody keeps. Who has its public half puts more keys in, and
 * takes none out, so that a browser can rotate without asking for anything.
 */
export const safe = async (by) => {
  const to = await recipientsBy(by);
  const [id, secret] = [fresh(), random(32)];
  const { public: own } = await held(secret);
  const file = await sealed(secret, id, SAFE, to, Date.now());
  secret.fill(0);
  return { safe: { id, public: own }, file };
};

/** A key, for a safe. */
export const inSafe = ({ id, public: key }, own, secret, made) => sealed(secret, own, KEY, [{ id, key }], made);

export const put = joined;

/** Files of the first that the second does not have, and those. */
export const both = (first, second) => {
  const later = filesOf(second);
  const known = new Set(later.map((it) => it.join()));
  return joined([...filesOf(first).filter((it) => !known.has(it.join())), ...later]);
};

/** Opens what there is: the safe in use, by what it opens, every key, and how many files stayed closed. */
export const emptied = async (bytes, by) => {
  const files = filesOf(bytes);
  const way = await opener(by);
  const [safes, keys] = [[], []];
  let closed = 0;
  let wrappers;
  for (const file of way ? files : []) {
    const it = (safes.length && (await read(file, { keys: safes }))) || (await read(file, way));
    if (!it) closed += 1;
    else if (it.type === SAFE) {
      safes.unshift({ id: it.id, secret: it.secret, ...(await held(it.secret)) });
      wrappers = kindsIn(file);
    } else keys.push({ id: it.id, secret: it.secret, made: it.modified });
  }
  const found = safes[0] && { id: safes[0].id, public: safes[0].public };
  for (const { secret } of safes) secret.fill(0);
  if (!found || !keys.length) throw new PrivacyError('keys/closed');
  return { safe: found, wrappers, keys, closed };
};

/** The same, with safes that open by others. Those which do not open stay as they are. */
export const resealed = async (bytes, by, others) => {
  const way = await opener(by);
  const files = filesOf(bytes);
  const to = way && (await recipientsBy(others));
  let count = 0;
  for (const [at, file] of files.entries()) {
    const it = way && (await read(file, way));
    if (!it) continue;
    it.secret.fill(0);
    files[at] = joined([await it.rewrap(to), file.subarray(file.length - BODY)]);
    count += 1;
  }
  if (!count) throw new PrivacyError('keys/closed');
  return joined(files);
};
