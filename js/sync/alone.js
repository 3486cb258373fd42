// One at a time: calls within a page, and tabs of a browser.

import { base64, random } from './device.js';

/** How long a lease holds that nobody renews, in milliseconds. */
const LEASE = 15_000;

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
  const leased = async (name, work, patience) => {
    const key = `lease ${name}`;
    const holder = base64(random(9));
    const claim = () =>
      kept.change((all) => {
        const now = Date.now();
        const lease = all.get(key);
        // One that ends later than any can is from before a clock was set.
        const held = lease && lease.holder !== holder && lease.until > now && lease.until <= now + LEASE;
        return held ? undefined : [[key, { holder, until: now + LEASE }]];
      });
    const end = Date.now() + patience;
    while (!(await claim()) && Date.now() < end && !stopped.aborted) await pause(100 + Math.random() * 400, stopped);
    const beat = setInterval(claim, LEASE / 3);
    try {
      return await work();
    } finally {
      clearInterval(beat);
      await kept.change((all) => (all.get(key)?.holder === holder ? [[key, undefined]] : undefined));
    }
  };
  return async (name, work, patience = 3_600_000) => {
    if (!navigator.locks) return leased(name, work, patience);
    let begun;
    const late = new AbortController();
    const timer = setTimeout(() => late.abort(), patience);
    const end = () => late.abort();
    stopped.addEventListener('abort', end);
    try {
      return await navigator.locks.request(`mixus-privacy-${name}`, { signal: late.signal }, () => {
        begun = true;
        clearTimeout(timer);
        return work();
      });
    } catch (error) {
      if (begun) throw error;
      if (stopped.aborted) return undefined;
      // A browser that stores nothing refuses locks as well.
      return leased(name, work, late.signal.aborted ? 0 : patience);
    } finally {
      clearTimeout(timer);
      stopped.removeEventListener('abort', end);
    }
  };
};
