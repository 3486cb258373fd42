// What a person's other devices decided.

import { once, pause } from './alone.js';
import { events, last, own, restored, succeeded } from './chain.js';
import { fresh, verified } from './device.js';
import { drop } from './local.js';
import { HASH, OTHER, failure, parsed } from './wire.js';

/** How long a server may take to say that there is no news, in seconds. */
const WAIT = 25;
/** The longest pause after failures, in milliseconds. */
const LONGEST = 60_000;

export const puller = ({ alone, home, host, kept, module, signed, tell, write, isOpen, merge, here, flush, patience, maxStale }) => {
  /** What the server hands back, as rows; what its device has not signed is passed over. */
  const checked = async (found, home) => {
    const good = [];
    for (const { event, index, taken, hash } of found) {
      const id = typeof event === 'string' && (await verified(module, event));
      if (!id || !Number.isSafeInteger(taken)) continue;
      const { acct = '', dev, prev, seen, seq, t } = JSON.parse(event);
      good.push([id, { text: event, index, taken, ...(HASH.test(hash) && { hash }), dev, prev, seq, acct, seen, home, kind: t }]);
    }
    return good;
  };

  /** The person has had everything of the account erased: what this device has of it goes as well. */
  const forget = async (acct, index) => {
    const gone = (it) => it.acct === acct && it.index < index && it.kind !== 'link' && it.what !== 'link';
    const all = await kept.change((all) => events(all).filter(gone).map(({ id }) => [id, undefined]));
    drop(host, events(all).filter(gone).map(({ slip }) => slip).filter(Boolean));
  };

  /**
   * Whether somebody else goes on with this device's chain: a copied profile. Whose event came first keeps the name; the
   * other one was told by the server when it came second.
   */
  const isTwin = (all, id, { dev, prev, seq, index }) => {
    const mine = own(all).filter((it) => it.dev === dev);
    if (dev !== all.get('device').dev || mine.some((it) => it.id === id)) return false;
    return (seq === 1 || mine.some(({ hash }) => hash === prev)) && !mine.some((it) => it.seq === seq && it.index < index);
  };

  /**
   * Takes in an answer. That the log was looked through counts only once what it says is in force here, and not while
   * there is a line of somebody's decision of which no event was made: it was made without knowing. `most` is the last place
   * that was known when this was asked: a log that does not reach as far has become shorter, and not just its answer old.
   */
  const take = async (device, { events: found, seen }, tag, most) => {
    if (!Array.isArray(found) || ![seen, ...found.map(({ index }) => index)].every((it) => Number.isSafeInteger(it) && it >= 0)) throw failure();
    const last = found.at(-1)?.index ?? -1;
    // An answer that ends with its last event may be a part only.
    const whole = !found.length || seen > last + 1;
    const good = await checked(found, device.home);
    const same = (all) => ['dev', 'acct', 'turn'].every((name) => all.get('device')?.[name] === device[name]);
    let gone = false;
    let twin;
    const spare = await fresh(module, home());
    await write();
    await kept.change((all) => {
      gone = twin = undefined;
      if (!same(all)) return undefined;
      gone = whole && seen <= most;
      if (gone) return restored(all, seen);
      twin = good.find(([id, row]) => isTwin(all, id, row));
      const renamed = twin ? succeeded(all, twin[1], spare) : [];
      return renamed.concat(good.map(([id, row]) => {
        const { proof, checkpoint, ...before } = all.get(id) || {};
        return [id, { ...before, ...row, ...(before.index === row.index && { proof, checkpoint }), state: 'kept' }];
      }));
    });
    if (twin) tell('fork', { subject: spare.sub, account: device.acct });
    if (gone || twin) return flush();
    const erased = good.filter(([, { kind, acct }]) => kind === 'erase' && acct && acct === device.acct);
    if (erased[0]) await forget(device.acct, erased.at(-1)[1].index);
    for (let tries = 0, done; !done && tries < 5; tries += 1) {
      done =
        (await merge()) &&
        (await kept.change((all) => {
          if (!same(all)) return [];
          if (isOpen(all)) return undefined;
          const now = all.get('device');
          return [['device', { ...now, seen: whole ? seen : Math.max(now.seen, seen), cursor: Math.max(now.cursor || 0, last + 1), tag, heard: Date.now() }]];
        }));
      if (!done) await pause(200, here());
    }
    return undefined;
  };

  /** Whether there is an account to ask about. Before the server knows of the link, its answer says nothing about it. */
  const isLinked = (device) => device?.acct && device.linked && device.key;

  /** Asks for news once; false where there is nobody to ask for. */
  const pull = async (wait, signal) => {
    const all = await kept.read();
    const device = all.get('device');
    if (!isLinked(device)) return false;
    const most = Math.max(-1, ...events(all).map(({ index = -1, home }) => (home === device.home ? index : -1)));
    const known = last(all, device);
    const path = `/v1/subjects/${device.sub}/events?after=${device.cursor || 0}&wait=${wait}${known && `&${known}`}`;
    const headers = wait && device.tag ? { 'If-None-Match': device.tag } : {};
    let answer;
    try {
      answer = await signed(device, 'GET', path, { headers, signal, patience: wait * 1000 + patience });
    } catch (error) {
      if (!known || error.code !== OTHER) throw error;
      await kept.change((all) => restored(all, 0));
      await flush();
      return true;
    }
    if (answer.status === 304) {
      await kept.change((all) => (all.has('device') ? [['device', { ...all.get('device'), heard: Date.now() }]] : undefined));
    } else {
      await take(device, parsed(answer), answer.headers.get('etag') || undefined, most);
    }
    return true;
  };

  let watching;
  let asked = false;
  /** Where somebody looks; and once on every page for what was allowed long ago. */
  const isWanted = async () =>
    !here().aborted && (!document.hidden || (!asked && Date.now() - ((await kept.read()).get('device')?.heard || 0) > maxStale));

  const listen = async () => {
    let failures = 0;
    while (await isWanted()) {
      watching = new AbortController();
      const end = () => watching.abort();
      here().addEventListener('abort', end);
      try {
        if (!(await pull(asked ? WAIT : 0, watching.signal))) return;
        asked = true;
        failures = 0;
      } catch (error) {
        failures += 1;
        if (!watching.signal.aborted) await pause(Math.max(error.pause || 0, Math.random() * Math.min(2 ** failures * 500, LONGEST)), watching.signal);
      } finally {
        here().removeEventListener('abort', end);
      }
    }
  };
  /** While somebody looks, and for one tab: news as they come. Without an account not a lease is stored. */
  const follow = once(async () => ((await isWanted()) && isLinked((await kept.read()).get('device')) ? alone('follow', listen) : undefined));

  return {
    pull,
    follow,
    /** Nobody looks any more, or the connection is back: what is being waited for is not worth it. */
    rest: () => watching?.abort(),
  };
};
