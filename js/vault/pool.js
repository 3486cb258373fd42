// The threads that seal and open files. They come when there is much to do, and go when there is nothing.

import { cipher, software, work } from './cipher.js';

/** How long threads wait for more, in milliseconds. */
const IDLE = 5_000;

const threads = [];
let number = 0;
let barred;
let end;

/** A thread, if this page may have one. */
const start = () => {
  const waiting = new Map();
  let worker;
  try {
    worker = new Worker(new URL('./vault-worker.js', import.meta.url), { type: 'module' });
  } catch {
    barred = true;
    return;
  }
  const thread = { worker, waiting, alive: false };
  worker.onmessage = ({ data: { id, done, failed } }) => {
    thread.alive = true;
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    failed ? reject(failed) : resolve(done);
    rest();
  };
  // Its script cannot be loaded here: then nobody else's will be either.
  worker.onerror = () => {
    barred ||= !thread.alive;
    threads.splice(threads.indexOf(thread), 1);
    for (const { reject } of waiting.values()) reject('thread');
  };
  threads.push(thread);
};

const rest = () => {
  clearTimeout(end);
  if (threads.some(({ waiting }) => waiting.size)) return;
  end = setTimeout(() => threads.splice(0).forEach(({ worker }) => worker.terminate()), IDLE);
};

/** How many threads there may be: the cipher has something to do as well, and one thread for all of them in some browsers. */
const most = () => (globalThis.navigator?.hardwareConcurrency > 2 ? 2 : 1);

/** How many pieces of work are worth having under way: one is read while another is sealed. */
export const lanes = () => most() + 1;

/** Has a thread do something; nothing if there is none. */
const threaded = (job) => {
  const idle = threads.find(({ waiting }) => !waiting.size);
  if (!barred && !idle && threads.length < most()) start();
  if (barred || !threads.length) return undefined;
  const thread = idle || threads.reduce((a, b) => (b.waiting.size < a.waiting.size ? b : a));
  clearTimeout(end);
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

/**
 * Seals and opens pieces of one file: see `work`. `little` is done on the page: it is not worth a thread.
 */
export const runner = (key, little) => {
  let own;
  const alone = async (job) => work(await (own ||= cipher(key)), job);
  const name = (number += 1);
  // What comes as bytes is not there any more if the thread goes.
  return (job) => (little ? alone(job) : done({ name, key, ...job }, () => alone(job)));
};

/** What becomes of a passphrase: a quarter of a second in which a page must not stand still. */
export const stretched = (passphrase, by) =>
  done({ passphrase, by }, async () => (await software()).stretched(passphrase, by));
