// A sealed file at an address, whose server answers with parts of what is there: loaded by who opens one. Where a network breaks in
// the midst of a part, it goes on from there.

import { freed } from './freed.js';

const TEXT = 'vault/unreadable';
/** Answers that may be others in a while. */
const LATER = [408, 425, 429, 500, 502, 503, 504];
/** As many failures one after the other, without a byte between them, end it; and as many if nothing has arrived ever. */
const TRIES = 7;
const FIRST_TRIES = 2;
/** How long a pause after a failure is at least and at most, in milliseconds. */
const SHORTEST = 250;
const LONGEST = 8_000;
/** A timer as long as there are. */
const FOREVER = 2 ** 31 - 1;
/** So long nothing may arrive before it is asked for again, in milliseconds. */
const PATIENCE = 30_000;

/** Waits before another try. What is online again is worth one at once, and what is offline, none before. */
const paused = (time, signal) =>
  new Promise((resolve, reject) => {
    const own = new AbortController();
    const end = (done) => {
      clearTimeout(timer);
      own.abort();
      done();
    };
    const soon = () => end(resolve);
    const stop = () => end(() => reject(signal.reason));
    const timer = setTimeout(soon, time);
    globalThis.addEventListener?.('online', soon, { signal: own.signal });
    signal.addEventListener('abort', stop, { signal: own.signal });
    if (signal.aborted) stop();
  });

/** What can be tried again. */
class Broken extends Error {}

/** Reads parts of a file; `Fault` is the class of what is wrong for good. */
export const remote = (address, { signal: whole, headers, patience = PATIENCE } = {}, Fault) => {
  /** The tag and the length of the file, of which all parts have to be. */
  let tag;
  let length;
  const wrong = (why) => new Fault(TEXT, `${why}`);

  /** One question: hands what arrives to `taken`. */
  const ask = async (from, to, signal, taken) => {
    const own = new AbortController();
    const stop = () => own.abort(signal.reason);
    signal.addEventListener('abort', stop, { signal: own.signal });
    if (signal.aborted) stop();
    let timer;
    /** What takes too long is as good as broken. */
    const soon = async (promise) => {
      clearTimeout(timer);
      timer = setTimeout(() => own.abort(new Broken('slow')), patience);
      try {
        return await promise;
      } catch (error) {
        throw own.signal.aborted ? own.signal.reason : new Broken(error.name);
      }
    };
    try {
      // A browser that keeps parts puts them together by itself, and asks for one after the other.
      const options = { cache: 'no-store', signal: own.signal, headers: { ...headers, Range: `bytes=${from}-${to - 1}` } };
      const answer = await soon(fetch(address, options));
      const { status } = answer;
      if (LATER.includes(status)) throw new Broken(status);
      const [, begins, ends, size] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+)$/.exec(answer.headers.get('content-range')) || [];
      const is = answer.headers.get('etag');
      // One that changes while it is read is another file.
      if ((tag && is && is !== tag) || (size && length >= 0 && +size !== length)) throw wrong('changed');
      // There is nothing so far behind.
      const beyond = status === 416 && +size <= from;
      if (!beyond && (status !== 206 || +begins !== from)) throw wrong(status);
      tag ||= is;
      length = +size;
      if (beyond) return;
      const reader = answer.body.getReader();
      for (let at = from; at <= +ends; ) {
        const { value } = await soon(reader.read());
        if (!value) throw new Broken('cut');
        at += value.length;
        taken(value);
        freed([value.buffer]);
      }
    } finally {
      clearTimeout(timer);
      own.abort();
    }
  };

  const read = async (from, to, own) => {
    const controller = new AbortController();
    const { signal } = controller;
    for (const it of [whole, own]) {
      const stop = () => controller.abort(it.reason);
      it?.addEventListener('abort', stop, { signal });
      if (it?.aborted) stop();
    }
    const bytes = new Uint8Array(to - from);
    let at = 0;
    const taken = (some) => {
      bytes.set(some.subarray(0, bytes.length - at), at);
      at = Math.min(bytes.length, at + some.length);
    };
    const end = () => Math.min(to, length ?? to) - from;
    try {
      for (let tries = 0; ; ) {
        const before = at;
        try {
          await ask(from + at, to, signal, taken);
          if (at === before || at >= end()) return { bytes: bytes.subarray(0, at), size: length };
        } catch (error) {
          if (!(error instanceof Broken)) throw error;
          tries = at > before ? 1 : tries + 1;
          if (tries >= (length >= 0 ? TRIES : FIRST_TRIES)) throw wrong(error.message);
          const most = Math.min(LONGEST, SHORTEST * 2 ** tries);
          const isOffline = length >= 0 && globalThis.navigator?.onLine === false;
          await paused(isOffline ? FOREVER : (most * (1 + Math.random())) / 2, signal);
        }
      }
    } finally {
      controller.abort();
    }
  };
  return { read };
};
