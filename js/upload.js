// Files on their way to a server: sealed, in pieces, and gone on with after a lost connection, a reload or a crash.

import { PrivacyError } from './error.js';
import { prepared } from './vault.js';
import { journal, printOf } from './vault/journal.js';
import { patience, server } from './vault/tus.js';

export { PrivacyError };

/** How long a segment's tag is. */
const TAG = 16;
const NONE = new Uint8Array(0);

const same = (a, b) => a.length === b.length && a.every((it, at) => it === b[at]);

/** Says how far it is, how fast, and how long it will take: in bytes and seconds. */
const reporter = (size, from, onProgress = () => {}) => {
  const begin = performance.now();
  return (sent) => {
    const rate = ((sent - from) / (performance.now() - begin)) * 1000 || 0;
    onProgress({ sent, size, rate, left: rate > 0 ? (size - sent) / rate : Infinity });
  };
};

/** The tags of all segments up to a piece, if those that are known already are the same; nothing if one is not. */
const tagged = (known, marks, place) => {
  const before = known.subarray(place, place + marks.length);
  if (!same(before, marks.subarray(0, before.length))) return undefined;
  if (before.length === marks.length) return known;
  const more = new Uint8Array(place + marks.length);
  more.set(known.subarray(0, place));
  more.set(marks, place);
  return more;
};

/**
 * One try: seals the file from its beginning, passes over what the server has, and sends the rest. What was sealed before has to be
 * the same again: of two files under one secret, who sees both would learn how they differ. False if it is another file.
 */
const sent = async (it, row, { tus, keep, offset, report, signal }) => {
  let at = offset;
  for await (const { from, bytes, marks, first } of it.pieces({ signal })) {
    const tags = tagged(row.tags, marks, first * TAG);
    if (!tags) return false;
    if (tags !== row.tags) {
      row.tags = tags;
      await keep();
    }
    for (const end = from + bytes.size; at < end; ) {
      const start = at;
      at = await tus.send(row.url, at, bytes.slice(at - from), (loaded) => report(start + loaded));
      report(at);
    }
  }
  return true;
};

/** Sends a file, as often as that takes. `row` is what is known of it: of an earlier page, or nothing. */
const work = async (file, print, { at, headers, onProgress, signal, ...options }) => {
  const tus = server(at, headers, signal);
  const pause = patience(signal);
  let row = await journal.get(print);
  let keeps = !!row;
  const forget = async () => {
    row = undefined;
    await journal.drop(print);
  };
  for (;;) {
    try {
      let offset = row ? await tus.offset(row.url, row.size) : 0;
      // The server has done away with it: it begins again, under a new secret.
      if (offset === undefined) {
        await forget();
        offset = 0;
      }
      const it = await prepared(file, { ...options, kept: row });
      if (row && row.size !== it.size) {
        tus.end(row.url);
        await forget();
        continue;
      }
      if (!row) {
        row = { url: await tus.create(it.size), size: it.size, tags: NONE, ...it.state };
        keeps = await journal.put(print, row);
      }
      const keep = async () => keeps && journal.more(print, row.tags);
      const report = reporter(it.size, offset, onProgress);
      report(offset);
      const { url, size } = row;
      if (await sent(it, row, { tus, keep, offset, report, signal })) {
        await forget();
        return { url, size };
      }
      tus.end(url);
      await forget();
    } catch (error) {
      if (error.code !== 'upload/unreachable') throw error;
      await pause.wait();
    }
  }
};

const PAUSED = new DOMException('paused', 'AbortError');

/** Sends a file: see `upload.d.ts`. */
export const upload = (file, { signal, ...options }) => {
  let controller;
  let settle;
  const done = new Promise((resolve, reject) => (settle = { resolve, reject }));
  // Whoever does not look at it is told by `onProgress`.
  done.catch(() => {});
  const print = printOf(file, new URL(options.at, location.href).href);
  const run = async () => {
    controller = new AbortController();
    const { signal: own } = controller;
    try {
      // One tab sends a file, and the others wait.
      const name = `mixus-privacy-upload ${await print}`;
      const once = async () => work(file, await print, { ...options, signal: own });
      settle.resolve(await (navigator.locks ? navigator.locks.request(name, { signal: own }, once) : once()));
    } catch (error) {
      if (own.reason !== PAUSED) settle.reject(error);
    }
  };
  const stop = (reason) => controller?.abort(reason);
  const abort = async () => {
    stop(new DOMException('aborted', 'AbortError'));
    const row = await journal.get(await print);
    await journal.drop(await print);
    if (row) await server(options.at, options.headers).end(row.url);
  };
  signal?.addEventListener('abort', () => stop(signal.reason));
  if (signal?.aborted) settle.reject(signal.reason);
  else run();
  return {
    done,
    pause: () => stop(PAUSED),
    resume: () => controller?.signal.reason === PAUSED && run(),
    abort,
  };
};
