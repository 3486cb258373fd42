// Whose decisions this device's are: its own, or those of an account for which the site's server vouches.

import { next, own } from './chain.js';
import { NOTHING, decide, fresh } from './device.js';
import { drop, dropMark, dropTaken, mark, slips } from './local.js';

/** How long a tab waits for another that may be frozen, in milliseconds. */
const PATIENCE = 3_000;

/** The account that a token names. */
const accountOf = (token) => {
  try {
    const { acct } = JSON.parse(atob(token.split('.')[0].replaceAll('-', '+').replaceAll('_', '/')));
    return /^[\w-]{1,64}$/.test(acct) ? acct : undefined;
  } catch {
    return undefined;
  }
};

export const accounts = ({ PrivacyError, alone, host, kept, module, home, place, plan, add, write, merge, send, pull, follow, quietly }) => {
  const device = async () => (await kept.read()).get('device');

  /** The device, which gets a name if it has none. */
  const named = async () => {
    // What was lost is told first.
    await write();
    for (;;) {
      const there = await device();
      if (there) return there;
      const made = await fresh(module, home(), kept.lasting);
      await kept.change((all) => (all.has('device') ? [] : [['device', made]]));
    }
  };

  /** Says a word about the device, once it can; a device of an account has none without its database. */
  const say = async (word) => {
    let id;
    while ((id = await add(word)) === false) await write();
    if (!id) throw new PrivacyError('sync/unavailable', 'database');
  };

  const unlink = async () => {
    await write();
    if (!(await device())?.acct) return;
    await say({ what: 'unlink', device: { acct: '', seen: 0, linked: false } });
    await merge();
    quietly(send());
  };

  const link = async (token) => {
    const acct = accountOf(token);
    if (!acct) throw new PrivacyError('sync/token', 'token');
    await named();
    const before = (await device()).acct;
    if (before === acct) return;
    if (before) await unlink();
    const change = { acct, seen: 0, linked: false, cursor: 0, tag: undefined, heard: undefined };
    await say({ what: 'link', token, device: change });
    await quietly(send());
    await quietly(pull(0));
    quietly(follow());
  };

  /**
   * Everything that this device has signed is to be erased, at the server too; with an account, everything of the
   * account. From here on nothing of it is left in this browser but the word to the server, until that has arrived. What is
   * allowed now stays so; who decides next has another name. True once the server knows, or has nothing.
   */
  const erase = async () => {
    await write();
    const strike = async () => {
      for (;;) {
        const all = await kept.read();
        const now = all.get('device');
        const { lasting } = kept;
        // What lies in a database that is gone for now would come back with it.
        if (!lasting && (mark() || (now && !now.brief))) throw new PrivacyError('sync/unavailable', 'database');
        const names = slips(host).map(([name]) => name);
        const chain = own(all).filter(({ dev }) => dev === now?.dev);
        // What has not arrived need not arrive to be erased: the word takes its place in the chain.
        const last = chain.filter(({ state }) => state === 'kept').at(-1);
        const base = { ...now, seq: last?.seq ?? 0, prev: last?.hash ?? NOTHING, acct: last?.acct ?? '' };
        const made = chain.length ? await decide(module, base, { what: 'erase', plan: plan(), place }) : undefined;
        const done = await kept.change((there) => {
          const same = ['dev', 'prev'].every((name) => there.get('device')?.[name] === now?.[name]);
          if (!same || kept.lasting !== lasting) return undefined;
          const mine = ([key, it]) => key === 'device' || (it?.text !== undefined && it.what !== 'erase') || it?.slip;
          const gone = [...there].filter(mine).map(([key]) => [key, undefined]);
          return made ? [...gone, [made.id, { ...made.row, nth: next(there) }]] : gone;
        });
        if (!done) continue;
        drop(host, names);
        dropMark();
        dropTaken();
        return made?.id;
      }
    };
    const id = await alone('write', strike, PATIENCE);
    await quietly(send());
    return !id || !(await kept.read()).has(id);
  };

  return { named, link, unlink, erase };
};
