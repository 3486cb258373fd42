// Keeps the records of decisions in step with a server, and with a person's other devices. Nothing
// here is waited for by a page: what was decided is on this device already, and holds.

import * as glue from 'glue-sync';

import { loading } from './module.js';
import { accounts } from './sync/account.js';
import { loner } from './sync/alone.js';
import { own } from './sync/chain.js';
import { authorization, fresh } from './sync/device.js';
import { drainer } from './sync/drain.js';
import { endpoints } from './sync/endpoint.js';
import { histories } from './sync/history.js';
import { STATE, regained } from './sync/local.js';
import { witness } from './sync/log.js';
import { merger } from './sync/merge.js';
import { archive } from './sync/notices.js';
import { persist } from './sync/persist.js';
import { puller } from './sync/pull.js';
import { remember } from './sync/shown.js';
import { store as open } from './sync/store.js';
import { news } from './sync/tabs.js';
import { fetched } from './sync/wire.js';
import { writer } from './sync/write.js';

const load = loading(new URL('./sync.wasm', import.meta.url), glue);

/** How long a server may take to answer, in milliseconds. */
const PATIENCE = 30_000;
/** How old may be what is known of an account, in milliseconds. */
const DAY = 86_400_000;
/** How often a page looks whether there is something to do, in milliseconds. */
const INTERVAL = 300_000;

const create = async ({ PrivacyError, host, config, source, whole, facts, tell: say }, options) => {
  const { to, logKey, patience = PATIENCE, maxStale = DAY, region = config.region || '' } = options;
  const [regime] = facts();
  const { home, base } = await endpoints({ PrivacyError, to, source: source(), region, regime });
  if (!globalThis.crypto?.subtle) throw new PrivacyError('sync/unavailable', 'crypto');
  const module = await load().catch(() => {
    throw new PrivacyError('module/unavailable', 'sync');
  });
  const kept = await open();
  const ending = new AbortController();
  const stopped = ending.signal;
  // A page that is put aside lets go of everything, so that others go on and it can come back.
  let visit = new AbortController();
  const here = () => visit.signal;

  const fail = (error) => say('error', error.code ? error : new PrivacyError('sync/unavailable', error.name));
  /** What the server does not answer now is asked again when there is a reason. */
  const quietly = (promise) => promise.catch((error) => error.pause === undefined && fail(error));
  const { tell, end: deaf } = news(say, (name, detail) => {
    if (name === 'conflict') disputed(detail);
    // The tab that was sending has gone; or something has arrived that others may wait for.
    if (name === 'left') quietly(flush());
    else if (!asked(name)) look();
  });

  /** The address of an end point. Strict mode knows that it is the site's own. */
  const at = (path, name = home) => {
    const server = base(name);
    const url = new URL(server.pathname.replace(/\/$/, '') + path, server);
    host.guard.known?.set(url.host + url.pathname, true);
    return url;
  };

  // How far the server's clock is ahead of this one, in seconds, once that matters.
  let ahead = 0;
  /** A question that only this device may ask. A clock that is wrong is told so, and asks again. */
  const signed = async (device, method, path, rest) => {
    const ask = async () => {
      const time = Math.floor(Date.now() / 1000) + ahead;
      const Authorization = await authorization(module, device, method, path, time);
      return fetched(at(path, device.home), { method, patience, ...rest, headers: { ...rest.headers, Authorization } });
    };
    try {
      return await ask();
    } catch (error) {
      if (error.code !== 'subject/not-signed' || !Number.isSafeInteger(error.now)) throw error;
      ahead = error.now - Math.floor(Date.now() / 1000);
      return ask();
    }
  };

  const plan = () => source().plan;
  const place = `${region} ${config.regime || ''}`;
  const common = { PrivacyError, at, facts, fail, here, host, kept, logKey, maxStale, module, patience, place, plan, quietly, signed, stopped, tell, whole };
  common.home = () => home;
  const { alone, goes } = loner(kept, stopped);
  common.alone = alone;
  Object.assign(common, writer(common));
  const { disputed, ...merging } = merger(common);
  Object.assign(common, merging);
  common.notices = archive(common);
  const watch = witness(common);
  /** What follows an answer, and may fail: the next one brings it again. */
  common.after = ({ done }, { checkpoint, wanted }, name) => {
    quietly(watch(checkpoint, name).then((more) => more && common.send()));
    quietly(common.notices.give(wanted, name));
    if (done[0]) quietly(persist(kept));
    if (done.some(({ what }) => what === 'link')) quietly(follow());
  };
  const { send, farewell, outbox, hurry, end } = drainer(common);
  common.send = send;
  const { asked, heard, merge, write } = common;
  const flush = async () => {
    await write();
    const { acct } = (await kept.read()).get('device') || {};
    // In memory a page knows nothing of what other tabs have decided.
    if (acct || kept.lasting) await merge();
    await send();
  };
  common.flush = flush;
  const { pull, follow, rest } = puller(common);
  Object.assign(common, { pull, follow });
  const { named, link, unlink, erase } = accounts(common);
  const { history, receipt, retry, forget, export: exportAs } = histories(common);

  const look = () => {
    if (document.hidden) rest();
    else quietly(follow());
  };
  let failures = 0;
  let again;
  /** Does what there is to do. What goes wrong on this side is told, and tried again. */
  const work = () =>
    flush().then(
      () => {
        failures = 0;
        // Another tab may have got its database back, and with it an account.
        look();
      },
      (error) => {
        fail(error);
        failures += 1;
        clearTimeout(again);
        again = setTimeout(work, Math.min(1000 * 2 ** failures, INTERVAL));
      },
    );
  /** Something has come that makes trying worth while. */
  const wake = () => {
    hurry();
    kept.wake();
    work();
  };
  /** What is not seen any more may be frozen at once: then nothing must be under way that others wait for. */
  const turn = () => {
    if (!document.hidden) wake();
    look();
  };
  const arrive = () => {
    if (here().aborted) visit = new AbortController();
    wake();
    look();
  };
  const leave = () => {
    farewell();
    goes();
    visit.abort();
    kept.leave();
    tell('left');
  };
  const listeners = [
    [window, 'online', () => (rest(), wake())],
    [window, 'pageshow', ({ persisted }) => persisted && arrive()],
    [window, 'pagehide', leave],
    [document, 'freeze', leave],
    [document, 'resume', arrive],
    [document, 'visibilitychange', turn],
    [window, 'storage', ({ key }) => key?.startsWith(`${STATE}.`) && heard(key).then((free) => free && wake())],
  ];
  for (const [target, name, listener] of listeners) target.addEventListener(name, listener);
  const interval = setInterval(work, INTERVAL);
  const stop = () => {
    ending.abort();
    visit.abort();
    clearInterval(interval);
    clearTimeout(again);
    end();
    deaf();
    kept.close();
    for (const [target, name, listener] of listeners) target.removeEventListener(name, listener);
  };

  await remember(kept.papers, { ui: `${VERSION}-${config.layout || 'box'}`, host, plan: plan() });
  await write();
  const all = await kept.read();
  const device = all.get('device');
  if (device && home !== 'default' && device.home !== home && kept.lasting) {
    // Whoever comes here is another person to the server that is here.
    const next = await fresh(module, home);
    await kept.change((now) => (now.get('device')?.dev === device.dev ? [['device', next]] : undefined));
    if (device.acct) tell('fork', { subject: next.sub, account: device.acct });
  }
  // A browser that was killed may have lost what stood in storage, though not what stands in the database.
  regained(own(all).filter(({ slip, state }) => slip && state !== 'dead').map(({ slip, what }) => [slip, what]));
  if (device) await merge();
  quietly(send());
  look();

  return { flush, outbox, link, unlink, erase, stop, history, receipt, retry, forget, export: exportAs, decided: wake, work, subject: async () => (await named()).sub };
};

/**
 * Keeps the records of this browser in step with the server at `to`. `privacy` is the package: `import * as privacy from
 * '@mixus/privacy'`. Before `start` was called, and without what a browser has to have for it, it rejects.
 */
export const sync = async (privacy, options) => {
  const working = await privacy.track((inside) => create(inside, options || {}));
  if (!working) throw Object.assign(new Error('api/not-started'), { name: 'PrivacyError', code: 'api/not-started', path: '' });
  const { decided, work, stop, ...calls } = working;
  const end = privacy.on('decision', decided);
  // Somebody may have decided while this was on its way here.
  work();
  return { ...calls, stop: () => (end(), stop()) };
};
