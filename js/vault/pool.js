// The threads that seal and open files. They come when there is much to do, and go when there is nothing.

import { cipher, software, work } from './cipher.js';
import { freed } from './freed.js';

/** How long threads wait for more, in milliseconds. */
const IDLE = 5_000;
/** As many pieces of work one thread does: what browsers keep of each read is collected late, and goes with the thread at once. */
const SHIFT = 256;
/** As much is worked on by the page itself, in bytes: it is not worth a thread. */
const LITTLE = 1 << 20;

const threads = new Set();
let number = 0;
let barred;
let end;

/** A thread, if this page may have one. */
const start = () => {
  if (barred) return;
  const waiting = new Map();
  let worker;
  try {
    worker = new Worker(new URL('./vault-worker.js', import.meta.url), { type: 'module' });
  } catch {
    barred = true;
    return;
  }
  const thread = { worker, waiting, left: SHIFT };
  worker.onmessage = ({ data: { id, done, failed } }) => {
    thread.alive = true;
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    failed ? reject(failed) : resolve(done);
    if (!thread.left && !waiting.size) worker.terminate();
    rest();
  };
  // Its script cannot be loaded here: then nobody else's will be either.
  worker.onerror = () => {
    barred ||= !thread.alive;
    threads.delete(thread);
    for (const { reject } of waiting.values()) reject('thread');
  };
  threads.add(thread);
  rest();
};

/** Those that have nothing to do go after a while. */
const rest = () => {
  clearTimeout(end);
  end = setTimeout(() => {
    for (const thread of threads) {
      if (thread.waiting.size) continue;
      thread.worker.terminate();
      threads.delete(thread);
    }
  }, IDLE);
};

/** How many threads there may be: the cipher has something to do as well, and one thread for all of them in some browsers. */
const most = () => (globalThis.navigator?.hardwareConcurrency > 2 ? 2 : 1);

/** How many pieces of work are worth having under way: one is read while another is sealed. */
export const lanes = () => most() + 1;

/** Has a thread do something; nothing if there is none. */
const threaded = (job) => {
  const least = () => [...threads].sort((a, b) => a.waiting.size - b.waiting.size)[0];
  if (least()?.waiting.size !== 0 && threads.size < most()) start();
  const thread = least();
  if (!thread) return undefined;
  if (!(thread.left -= 1)) threads.delete(thread);
  const id = (number += 1);
  return new Promise((resolve, reject) => {
    thread.waiting.set(id, { resolve, reject });
    thread.worker.postMessage({ id, ...job });
  });
};

/** What a thread makes of a job, or `alone()` where there is none, or where it went. */
const done = async (job, alone) => {
  try {
    const promise = threaded(job);
    if (promise) return await promise;
  } catch (failed) {
    if (failed !== 'thread') throw failed;
  }
  return alone();
};

/** Has a thread begin to be there for a file of this length. */
export const ready = (length) => length > LITTLE && !threads.size && start();

/** Seals and opens pieces of one file of this length: see `work`. */
export const runner = (key, length) => {
  let own;
  const alone = async (job) => work(await (own ||= cipher(key)), job);
  const name = (number += 1);
  // Threads get a copy of bytes, since they may go.
  return (job) => (length <= LITTLE ? alone(job) : done({ name, key, ...job }, () => alone(job))).finally(() => job.bytes && freed([job.bytes.buffer]));
};

/** What becomes of a passphrase: a quarter of a second in which a page must not stand still. */
export const stretched = (passphrase, by) =>
  done({ passphrase, by }, async () => (await software()).stretched(passphrase, by));
