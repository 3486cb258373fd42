// One at a time: calls within a page, and tabs of a browser.

import { base64 } from '../base64.js';
import { random } from './device.js';
import { leave, left } from './local.js';

/** How long a lease holds that nobody renews, in milliseconds. */
const LEASE = 15_000;

/** Longer than any page lives, in milliseconds. */
const FOR_EVER = 2 ** 31 - 1;

/** Calls in a row become one that waits and one that runs. */
export const once = (work) => {
  let waiting;
  let running = Promise.resolve();
  return () => {
    waiting ||= running = running.catch(() => {}).then(() => {
      waiting = undefined;
      return work();
    });
    return waiting;
  };
};

/** Resolves after so many milliseconds, or when a signal says that nobody waits any longer. */
export const pause = (time, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, time);
    signal?.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
    if (signal?.aborted) resolve();
  });

/**
 * One tab at a time does what has a name: under a lock of the browser or, where there are none, a lease in the
 * database, which runs out by itself when its tab is gone. What is done under either bears being done twice: who has
 * waited for longer than `patience` stops waiting, since a tab that the browser has frozen gives nothing back.
 */
export const loner = (kept, stopped) => {
  let holders = [];
  let go;
  let gone;
  const renew = () => (gone = new Promise((resolve) => (go = resolve)));
  renew();
  const leased = async (name, work, patience) => {
    const key = `lease ${name}`;
    const holder = base64(random(9));
    const claim = () =>
      kept.change((all) => {
        const now = Date.now();
        const lease = all.get(key);
        // One that ends later than any can is from before a clock was set.
        const held = lease && lease.holder !== holder && lease.until > now && lease.until <= now + LEASE;
        return held && !left().includes(lease.holder) ? undefined : [[key, { holder, until: now + LEASE }]];
      }, 'relaxed');
    const end = Date.now() + patience;
    for (let tries = 0; !(await claim()) && Date.now() < end && !stopped.aborted; tries += 1) {
      await pause(Math.min(100 * 2 ** tries, LEASE / 3) * (0.5 + Math.random()), stopped);
    }
    const beat = setInterval(claim, LEASE / 3);
    holders.push(holder);
    try {
      return await work();
    } finally {
      clearInterval(beat);
      holders = holders.filter((it) => it !== holder);
      // Not in the database, if there is another way: a page may be frozen while it writes there, and then holds up
      // everybody.
      const free = (all) => (all.get(key)?.holder === holder ? [[key, undefined]] : undefined);
      if (leave([holder]) === undefined) await kept.change(free, 'relaxed');
    }
  };
  const alone = async (name, work, patience = FOR_EVER) => {
    // Browsers put no page that holds a lock into their cache of pages: what takes long has a lease.
    if (!navigator.locks || patience === FOR_EVER) return leased(name, work, patience);
    let done;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), patience);
    const end = () => late.abort();
    stopped.addEventListener('abort', end);
    try {
      await navigator.locks.request(`mixus-privacy-${name}`, { signal: late.signal }, () => {
        clearTimeout(timer);
        done = work();
        return Promise.race([done, gone]);
      });
      return await done;
    } catch (error) {
      if (done) throw error;
      if (stopped.aborted) return undefined;
      // A browser that stores nothing refuses locks as well.
      return leased(name, work, patience);
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
    }
  };
  return {
    alone,
    /** This page goes, now: there is no time to give anything back in the database. Locks are let go, whatever is under way. */
    goes: () => {
      if (holders[0]) leave(holders);
      go();
      renew();
    },
  };
};
