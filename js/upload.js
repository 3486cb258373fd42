// Files on their way to a server: sealed, in pieces, and gone on with after a lost connection, a reload or a crash.

import { addressOf, recordOf } from './upload/context.js';
import { journal, lockOf, printOf } from './upload/journal.js';
import { readers } from './upload/readers.js';
import { server } from './upload/tus.js';
import { worker } from './upload/work.js';
import { PrivacyError, open, prepared } from './vault.js';

export { PrivacyError };

const work = worker({ PrivacyError, prepared, open });

const PAUSED = new DOMException('paused', 'AbortError');

/** Sends a file: see `upload.d.ts`. */
export const upload = (file, { signal, at, privacy, sync, region, record, ...options }) => {
  let controller;
  let settle;
  let ended = false;
  let there = [];
  const done = new Promise((resolve, reject) => (settle = { resolve, reject }));
  // Whoever does not look at it is told by `onProgress`.
  done.catch(() => {});
  const prepare = async () => {
    const { to, known } = await addressOf(PrivacyError, { at, privacy, region });
    const begun = (urls) => {
      there = urls;
      urls.forEach(known);
    };
    return { to, begun, known, print: await printOf(file, [to, readers(options.to)]), record: record || (await recordOf(privacy, sync)) };
  };
  let prepared;
  let running;
  const run = () => (running = send());
  const send = async () => {
    controller = new AbortController();
    const { signal: own } = controller;
    try {
      const { print, to, known, ...more } = await (prepared ||= prepare());
      // One tab sends a file, and the others wait.
      const once = () => work(file, print, { ...options, ...more, address: to, signal: own });
      own.throwIfAborted();
      const sent = await (navigator.locks ? navigator.locks.request(lockOf(print), { signal: own }, once) : once());
      known(sent.url);
      ended = true;
      settle.resolve(sent);
    } catch (error) {
      if (own.reason === PAUSED) return;
      ended = true;
      settle.reject(error);
    }
  };
  const stop = (reason) => {
    controller?.abort(reason);
    // What is paused has nobody who would hear of it.
    if (reason !== PAUSED) settle.reject(reason);
  };
  const abort = async () => {
    if (ended) return;
    ended = true;
    stop(new DOMException('aborted', 'AbortError'));
    // What it is about to begin is begun by then, and known.
    await running;
    if (!there.length) return;
    const { to, print } = await prepared;
    await journal.drop(print);
    const tus = server(PrivacyError, to, options.headers);
    await Promise.all(there.map(tus.end));
  };
  signal?.addEventListener('abort', () => stop(signal.reason));
  if (signal?.aborted) stop(signal.reason);
  else run();
  return {
    done,
    pause: () => ended || controller.abort(PAUSED),
    resume: () => !ended && controller?.signal.reason === PAUSED && run(),
    abort,
  };
};

/** Uploads that were begun in this browser and are not there yet: see `upload.d.ts`. */
export const unfinished = async () => (await journal.list()).map(({ size, since }) => ({ size, since }));
