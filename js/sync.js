// Keeps the records of decisions in step with a server, and with a person's other devices. Nothing
// here is waited for by a page: what was decided is on this device already, and holds.

import * as glue from 'glue-sync';

import { loading } from './module.js';
import { authorization, decide, fresh, verified } from './sync/device.js';
import { store as open } from './sync/store.js';
import { answers, ask, isSafe } from './sync/wire.js';

const load = loading(new URL('./sync.wasm', import.meta.url), glue);

const STATE = 'mixus-privacy';
const DEVICE = 'mixus-privacy-device';
const SENT = 'mixus-privacy-sent';
/** How long a server may take to say that there is no news, in seconds. */
const WAIT = 25;

/** One tab at a time does what has this name; without locks, what is done bears being done twice. */
const alone = async (name, work) => {
  let begun;
  const held = () => ((begun = true), work());
  try {
    return await (navigator.locks ? navigator.locks.request(`mixus-privacy-${name}`, held) : held());
  } catch (error) {
    // A browser that stores nothing refuses locks as well.
    if (begun) throw error;
    return held();
  }
};

/** Calls in a row become one that waits and one that runs. */
const once = (work) => {
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

const local = (name, value) => {
  try {
    if (value !== undefined) localStorage[name] = value;
    return localStorage[name];
  } catch {
    return undefined;
  }
};

/** The server reads the state from a cookie: see the package's header. */
const mirror = (state, domain) => {
  const until = Math.max(...state.split('~').map((group) => parseInt(group.slice(11, 18), 32) || 0));
  const parts = [`mixus_privacy=${state}`, 'Path=/', `Max-Age=${Math.floor(until - Date.now() / 1000)}`, 'SameSite=Lax'];
  if (location.protocol === 'https:') parts.push('Secure');
  if (domain) parts.push(`Domain=${domain}`);
  document.cookie = parts.join(';');
};

/** The lines that were written when this person decided, by their names. */
const slips = (host) => {
  let found = [];
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(`${STATE}.`)).sort();
    found = names.map((name) => [name, localStorage[name]]);
  } catch {
    // Blocked: what there is, is in memory.
  }
  return found.concat((host.slips || []).map((slip) => [slip, slip]));
};

const events = (kept) => [...kept].filter(([id]) => id !== 'device').map(([id, row]) => ({ id, ...row }));
const waiting = (kept) =>
  events(kept)
    .filter(({ state }) => state === 'waiting')
    .sort((a, b) => a.seq - b.seq);

const create = async ({ PrivacyError, host, config, source, facts, tell }, { to, region = config.region || '' }) => {
  const base = new URL(to, document.baseURI);
  if (!isSafe(base)) throw new PrivacyError('sync/insecure', 'to');
  const module = await load().catch(() => {
    throw new PrivacyError('module/unavailable', 'sync');
  });
  const kept = await open();
  const place = `${region} ${config.regime || ''}`;
  let pause = '';
  let timer;
  let stopped = new AbortController();

  /** The address of an end point. Strict mode knows that it is the site's own. */
  const at = (path) => {
    const url = new URL(base.pathname.replace(/\/$/, '') + path, base);
    host.guard.known?.set(url.host + url.pathname, true);
    return url;
  };
  const signed = async (device, method, path, options, patience) => {
    const url = at(path);
    const Authorization = await authorization(module, device, method, url.pathname.slice(base.pathname.replace(/\/$/, '').length) + url.search);
    return ask(url, { method, headers: { Authorization }, ...options }, patience);
  };

  // --- Writing down ------------------------------------------------------------------------

  /** Signs and keeps the device's next event. Another tab may do so at the same time: then again. */
  const add = async (about) => {
    for (;;) {
      const all = await kept.change(() => []);
      const before = all.get('device');
      if (about.name && events(all).some(({ slip }) => slip === about.name)) return undefined;
      if (!before && kept.lasting && local(DEVICE)) tell('storage-lost', { events: slips(host).length });
      const device = { ...(before || (await fresh(module))), ...about.device };
      const next = await decide(module, device, { plan: source().plan, place, ...about });
      // A line that is damaged says nothing that could be kept.
      if (!next) return undefined;
      const done = await kept.change((now) => {
        const same = now.get('device')?.prev === before?.prev && now.get('device')?.dev === before?.dev;
        return same ? [['device', next.device], [next.id, next.row]] : undefined;
      });
      if (!done) continue;
      if (kept.lasting) local(DEVICE, device.dev);
      return next.id;
    }
  };

  /** Makes an event of everything that was decided and is none yet. */
  const write = once(() =>
    alone('write', async () => {
      const all = await kept.change(() => []);
      const sent = kept.lasting ? [] : (local(SENT) || '').split(' ');
      const known = new Set(events(all).map(({ slip }) => slip).concat(sent));
      for (const [name, slip] of slips(host)) if (!known.has(name)) await add({ name, slip });
    }),
  );

  // --- Sending -------------------------------------------------------------------------------

  const post = async (rows) => {
    const ids = rows.map(({ id }) => id);
    const token = rows.find((row) => row.token)?.token;
    const body = rows.map(({ text }) => text).join('\n');
    const answer = await ask(at('/v1/events'), {
      method: 'POST',
      keepalive: body.length < 60_000,
      headers: { 'Content-Type': 'text/plain', ...(token && { 'Mixus-Link': token }) },
      body,
    });
    return answers(answer, ids).map((it) => ({ ...it, checkpoint: answer.checkpoint }));
  };

  /** Keeps what the server said. */
  const settle = async (changes, said) => {
    const all = await kept.change((all) =>
      changes.flatMap(([word, id]) => {
        const row = all.get(id);
        const { index, taken, proof, checkpoint, code } = said.find((it) => it.id === id);
        if (!row) return [];
        // What the server has lost is sent again from the start: it knows what it has.
        if (word === 'again') return events(all).filter((it) => it.own && it.seq < row.seq && it.state === 'kept').map(({ id, ...it }) => [id, { ...it, state: 'waiting' }]);
        return [[id, word === 'done' ? { ...row, state: 'kept', index, taken, proof, checkpoint } : { ...row, state: 'dead', code }]];
      }),
    );
    const done = changes.filter(([word]) => word === 'done');
    if (!kept.lasting) local(SENT, [local(SENT), ...done.map(([, id]) => all.get(id)?.slip)].filter(Boolean).join(' '));
    for (const { id, code, word } of said) if (word === 'rejected') tell('dead-letter', { id, code });
    if (said.some(({ status }) => status === 'fork')) tell('fork', {});
    if (done[0]) tell('synced', { events: done.length });
  };

  const send = once(() =>
    alone('send', async () => {
      for (;;) {
        const all = waiting(await kept.change(() => []));
        // A link travels with its token, and so does nothing else.
        const first = all.findIndex(({ token }) => token);
        const some = first < 0 ? all : all.slice(0, first || 1);
        const rows = some.map(({ seq, id, text }) => `${seq} ${id} ${text.length}`).join('\n');
        const [word, ...rest] = module.next(rows, pause, Date.now()).split(' ');
        clearTimeout(timer);
        if (word === 'wait') timer = setTimeout(send, Math.max(0, rest[0] - Date.now()));
        if (word !== 'send' || stopped.signal.aborted) return;
        try {
          const said = await post(rest.map((id) => some.find((row) => row.id === id)));
          const outcomes = said.map(({ id, word }) => `${id} ${word}`).join('\n');
          const [next, ...changes] = module.answered(rows, pause, outcomes, Date.now(), Math.random() * 2 ** 32).split('\n');
          pause = next;
          await settle(changes.map((it) => it.split(' ')), said);
        } catch (error) {
          pause = module.failed(pause, Date.now(), Math.random() * 2 ** 32, error.pause || 0);
        }
      }
    }),
  );

  const flush = async () => {
    await write();
    await send();
  };

  /** Something has come that makes trying worth while. */
  const hurry = () => {
    pause = '';
    flush().catch(fail);
  };

  // --- What other devices decided --------------------------------------------------------------

  let conflicts = '';
  /** Imposes what all events add up to on what this browser holds. */
  const merge = async () => {
    await write();
    const all = await kept.change(() => []);
    const known = new Set(events(all).map(({ slip }) => slip));
    // Somebody decided in the meantime: their word comes first.
    if (slips(host).some(([name]) => !known.has(name))) return merge();
    const { dev, acct } = all.get('device') || {};
    if (!dev) return undefined;
    const lines = events(all).filter(({ state }) => state !== 'dead').map(({ index = '-', text }) => `${index} ${text}`);
    const version = source().plan.split('|', 2)[1];
    const [state, ...disputed] = (module.merged(lines.join('\n'), dev, acct, facts()[3], version) || '').split('\n');
    if (state) {
      local(STATE, state);
      mirror(state, host.domain);
      // As if another tab had written it: this page reads it, and so do the others.
      dispatchEvent(new StorageEvent('storage', { key: `${STATE}.`, newValue: '' }));
      host.channel?.postMessage('');
    }
    const news = disputed.join(' ');
    if (news && news !== conflicts) tell('conflict', { keys: disputed.map((name) => name.split('@')[0]) });
    conflicts = news;
    return undefined;
  };

  /** Takes in what the server hands back; what its device has not signed is passed over. */
  const take = async ({ events: found, seen }) => {
    if (!Array.isArray(found) || !Number.isSafeInteger(seen)) throw new Error('no answer');
    const good = [];
    for (const { event, index, taken } of found) {
      const id = typeof event === 'string' && (await verified(module, event));
      if (id) good.push([id, { text: event, index, taken }]);
    }
    await kept.change((all) => [
      ...good.map(([id, row]) => [id, { state: 'kept', ...all.get(id), ...row, ...(all.get(id)?.own && { state: 'kept' }) }]),
      ['device', { ...all.get('device'), seen: Math.max(seen, all.get('device').seen) }],
    ]);
    await merge();
  };

  const pull = async (wait) => {
    const { device } = Object.fromEntries(await kept.change(() => []));
    if (!device?.acct) return false;
    const before = device.seen;
    const path = `/v1/subjects/${device.sub}/events?after=${before}&wait=${wait}`;
    await take(await signed(device, 'GET', path, { signal: stopped.signal }, (wait + 10) * 1000));
    return true;
  };

  /** While somebody looks, and for one tab: news as they come. */
  const follow = once(() =>
    alone('follow', async () => {
      let failures = 0;
      let first = true;
      while (!document.hidden && !stopped.signal.aborted) {
        try {
          if (!(await pull(first ? 0 : WAIT))) return;
          first = false;
          failures = 0;
        } catch {
          failures += 1;
          await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(2 ** failures * 500, 60_000)));
        }
      }
    }),
  );

  // --- Accounts ----------------------------------------------------------------------------------

  const link = async (token) => {
    const acct = JSON.parse(atob(token.split('.')[0].replaceAll('-', '+').replaceAll('_', '/'))).acct;
    await write();
    const { device } = Object.fromEntries(await kept.change(() => []));
    if (device?.acct === acct) return;
    if (device?.acct) await unlink();
    await add({ word: 'link', token, device: { acct, seen: 0 } });
    await send();
    await pull(0);
    follow().catch(fail);
  };

  const unlink = async () => {
    await write();
    await add({ word: 'unlink', device: { acct: '', seen: 0 } });
    await merge();
    await send();
  };

  // --- Starting ------------------------------------------------------------------------------------

  const fail = (error) => tell('error', error.code ? error : new PrivacyError('sync/unavailable', error.name));
  const leave = () => {
    // An accelerator, never delivery: nobody hears the answer.
    if (document.hidden) return hurry();
    hurry();
    return follow().catch(fail);
  };
  const heard = [
    [window, 'online', hurry],
    [window, 'pageshow', hurry],
    [document, 'visibilitychange', leave],
    [window, 'storage', ({ key }) => key?.startsWith(`${STATE}.`) && hurry()],
  ];
  for (const [target, name, listener] of heard) target.addEventListener(name, listener);
  const stop = () => {
    stopped.abort();
    clearTimeout(timer);
    for (const [target, name, listener] of heard) target.removeEventListener(name, listener);
  };

  await write();
  send().then(follow).catch(fail);

  return {
    flush,
    link,
    unlink,
    stop,
    decided: hurry,
    /** The name of this device, which gets one if it has none. */
    subject: async () => {
      const all = await kept.change(() => []);
      if (all.has('device')) return all.get('device').sub;
      const device = await fresh(module);
      const before = await kept.change((now) => (now.has('device') ? [] : [['device', device]]));
      return (before.get('device') || device).sub;
    },
    /** Everything that this device knows, in the order of the log. */
    history: async () =>
      events(await kept.change(() => []))
        .sort((a, b) => (a.index ?? Infinity) - (b.index ?? Infinity) || a.seq - b.seq)
        .map(({ id, text, state, index, taken, code, own = false }) => ({ id, own, state, index, taken, code, event: JSON.parse(text) })),
    /** What proves an event to anyone, once the server has it. */
    receipt: async (id) => {
      const row = (await kept.change(() => [])).get(id);
      if (row?.state !== 'kept' || !row.proof) return undefined;
      const { text: event, index, taken, proof, checkpoint } = row;
      return { v: 1, event, index, taken, proof, checkpoint };
    },
  };
};

/**
 * Keeps the records of this browser in step with the server at `to`. `privacy` is the package: `import * as privacy from
 * '@mixus/privacy'`. Before `start` was called, and without what a browser has to have for it, it rejects.
 */
export const sync = async (privacy, options) => {
  const working = await privacy.track((inside) => create(inside, options));
  if (!working) throw Object.assign(new Error('api/not-started'), { name: 'PrivacyError', code: 'api/not-started', path: '' });
  const end = privacy.on('decision', working.decided);
  const { flush, link, unlink, subject, history, receipt, stop } = working;
  return { flush, link, unlink, subject, history, receipt, stop: () => (end(), stop()) };
};
