// A person's own keys, and those of the people who run a site. Where keys stand elsewhere is the site's matter; that they do is not
// forgotten here.

import { base64 } from './base64.js';
import { PrivacyError } from './error.js';
import { check, hasPasskeys, kindOf, newPasskey } from './keys/by.js';
import { isRecoveryCode, recoveryCode, recoveryKit } from './keys/code.js';
import { keyOf, ruled } from './keys/fetch.js';
import { random, taken, usable } from './keys/pair.js';
import { alone, place } from './keys/place.js';
import { both, emptied, fresh, inSafe, put, resealed, safe } from './keys/wrapped.js';

export { PrivacyError, hasPasskeys, isRecoveryCode, newPasskey, recoveryCode, recoveryKit };

const [KEPT, NEXT] = ['keyset', 'next'];
const NONE = { keys: [], wrapped: new Uint8Array(0) };

/** What is kept: `{keys, safe, wrappers, wrapped}`, the key in use first. */
const kept = async () => (await place.get(KEPT)) ?? NONE;

/** What would be gone with this browser's data. */
const lossOf = ({ keys }) => keys.filter((it) => !it.safe).map(({ id }) => id);

const told = async (row) => {
  const [first] = row.keys;
  return {
    kept: first ? (first.safe ? 'wrapped' : 'here') : 'nowhere',
    keys: row.keys.map(({ id, made, public: own, safe: wrapped }) => ({ id, made, public: own, wrapped })),
    wrappers: row.wrappers ?? [],
    loss: lossOf(row),
    persisted: !!(await navigator.storage?.persisted?.().catch(() => false)),
  };
};

const printOf = async (bytes) => base64(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));

/**
 * Keeps what is new, after the site has: a key is in use only once it stands where it can be got back from. It is written down
 * first all the same, so that a browser that refuses says so before anybody is asked for anything.
 */
const keeping = async (row, before, keep) => {
  if (row.wrapped === before.wrapped) return place.put(KEPT, row);
  await place.put(NEXT, row);
  try {
    await keep(row.wrapped, before.wrapped.length ? { replaces: await printOf(before.wrapped) } : {});
  } catch (error) {
    await place.drop(NEXT);
    throw error;
  }
  return place.put(KEPT, row, NEXT);
};

/** A keyset with one key more, which is the one in use from then on. */
const grown = async (before, { by, keep }) => {
  if (!globalThis.crypto?.subtle) throw new PrivacyError('keys/unavailable', 'crypto');
  if (by !== undefined) check(by);
  if ((by || before.safe) && typeof keep !== 'function') throw new PrivacyError('keys/unfit', 'keep');
  const { safe: to, file } = by ? await safe(by) : { safe: before.safe };
  const [id, secret, made] = [fresh(), random(32), Date.now()];
  const files = to ? [file ?? [], await inSafe(to, id, secret, made)] : [];
  const row = {
    keys: [{ id, made, safe: !!to, ...(await taken(secret)) }, ...before.keys],
    safe: to,
    wrappers: by ? by.map(kindOf) : before.wrappers,
    wrapped: files.length ? put([before.wrapped, ...files]) : before.wrapped,
  };
  await keeping(row, before, keep);
  return told(row);
};

/** What there is of keys, and where. */
export const status = async () => told(await kept());

/** Makes a pair, if there is none. */
export const make = (options = {}) =>
  alone(async () => {
    const before = await kept();
    return before.keys.length ? told(before) : grown(before, options);
  });

/** Makes another, for what is sealed from now on. */
export const rotate = (options = {}) => alone(async () => grown(await kept(), options));

/** Brings back what was wrapped. */
export const restore = (wrapped, by) =>
  alone(async () => {
    if (!kindOf(by)) throw new PrivacyError('keys/unfit', 'by');
    const before = await kept();
    const { safe: found, wrappers, keys, closed } = await emptied(wrapped, by);
    const there = new Map(before.keys.map((it) => [it.id, it]));
    const back = [];
    // The last that was made is the one in use.
    for (const { id, made, secret } of keys.reverse()) {
      back.push({ id, made, safe: true, ...(await taken(secret)) });
      there.delete(id);
    }
    const all = before.wrapped.length ? both(before.wrapped, wrapped) : wrapped.slice();
    const row = { keys: [...back, ...there.values()], safe: found, wrappers, wrapped: all };
    await place.put(KEPT, row);
    return { ...(await told(row)), closed };
  });

/** Changes by what keys are got back. */
export const rewrap = (by, { by: others, keep }) =>
  alone(async () => {
    if (!kindOf(by)) throw new PrivacyError('keys/unfit', 'by');
    check(others);
    if (typeof keep !== 'function') throw new PrivacyError('keys/unfit', 'keep');
    const before = await kept();
    const row = { ...before, wrapped: await resealed(before.wrapped, by, others), wrappers: others.map(kindOf) };
    await keeping(row, before, keep);
    return told(row);
  });

/** What has to stand elsewhere, as `keep` was given it last. */
export const wrapped = async () => (await kept()).wrapped.slice();

/** Key pairs for `open` of the vault, the one in use first. */
export const own = async () => Promise.all((await kept()).keys.map(usable));

/** Asks the browser not to throw away what it keeps. Some ask the person in turn. */
export const persist = async () => !!(await navigator.storage?.persist?.());

/** Does away with the keys of this browser. */
export const forget = ({ lose = [] } = {}) =>
  alone(async () => {
    const loss = lossOf(await kept());
    if (!loss.every((id) => lose.includes(id))) throw new PrivacyError('keys/loss', loss.join());
    await place.drop(KEPT, NEXT);
  });

/** Recipients for `seal` of the vault: the person, and whom the policy names. */
export const recipients = async (of, { me, server, organisation, loss, ...where } = {}) => {
  const to = [];
  if (me) {
    const [first] = (await kept()).keys;
    if (!first) throw new PrivacyError('keys/none', 'me');
    if (!first.safe && loss !== 'accepted') throw new PrivacyError('keys/loss', `${first.id}`);
    to.push({ id: first.id, key: first.public });
  }
  const rules = await ruled(of, where);
  for (const [owner, wanted] of Object.entries({ server, organisation, recovery: 'if the policy has one' })) {
    const key = wanted && (await keyOf(rules, owner));
    if (key) to.push(key);
    else if (wanted === true) throw new PrivacyError('keys/no-keyset', owner);
  }
  if (!to.length) throw new PrivacyError('keys/unfit', 'to');
  return to;
};
