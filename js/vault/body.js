// The body of a file between its envelope and its end: sealed and opened piece by piece.

import { joined } from './ask.js';
import { TAG, UNIT } from './cipher.js';
import { flow } from './flow.js';
import { lanes, runner } from './pool.js';
import { coded } from './source.js';

/** As much is worked on by the page itself, in bytes. */
const LITTLE = 1 << 20;
/** How long the start of a body is. */
export const START = 40;

export const body = (vault, { head, secret, start, plain }) => {
  const [count] = vault.holding(head, start, 0, 0);
  const run = runner(vault.key(head, secret, start), plain <= LITTLE);
  const cuts = (first) => vault.segments(head, start, first, UNIT);
  const piece = (index, job) => coded(job(cuts(index)).then(run));
  return {
    /** How long it is. */
    size: START + plain + TAG * count,
    /** It as a stream, without its start. What is behind the end of `file` is zeros. */
    sealed: (file, options) => {
      const job = async (some) => ({ sealing: true, blob: file, cuts: some.map(({ plain, nonce }) => [...plain, nonce]) });
      return flow(Math.ceil(count / UNIT), lanes(), (index) => piece(index * UNIT, job), options);
    },
    /**
     * It in pieces, with what stands in front of it: where each begins, its bytes, the tags of its segments, and the number of the
     * first of these.
     */
    pieces: async function* (file, front, { signal } = {}) {
      const job = async (some) => ({ sealing: true, blob: file, cuts: some.map(({ plain, nonce }) => [...plain, nonce]) });
      const ahead = [];
      for (let unit = 0, next = 0; unit * UNIT < count; unit += 1) {
        for (; next * UNIT < count && ahead.length < lanes(); next += 1) {
          const promise = piece(next * UNIT, job);
          // It may fail before it is waited for.
          promise.catch(() => {});
          ahead.push(promise);
        }
        const parts = (await ahead.shift()).map((it) => new Uint8Array(it));
        signal?.throwIfAborted();
        const marks = joined(parts.map((it) => it.slice(-TAG)));
        const from = unit ? front.length - START + cuts(unit * UNIT)[0].sealed[0] : 0;
        yield { from, bytes: new Blob(unit ? parts : [front, ...parts]), marks, first: unit * UNIT };
      }
    },
    /** A part of the open file as a stream; `blob` or `read` has it sealed, the body from a place on. */
    open: ({ blob, read }, place, from, to, options) => {
      const [, first, end] = vault.holding(head, start, from, to);
      if (first >= end) return new Blob().stream();
      let skip = from - cuts(first)[0].plain[0];
      let left = to - from;
      const each = (index, signal) =>
        piece(first + index * UNIT, async (some) => {
          const there = some.slice(0, end - first - index * UNIT).map(({ sealed, nonce }) => [...sealed.map((it) => place + it), nonce]);
          const bytes = blob ? undefined : (await read(there[0][0], there.at(-1)[1], signal)).bytes;
          return { sealing: false, blob, bytes, cuts: there };
        });
      const kept = (bytes, controller) => {
        const part = bytes.subarray(skip, skip + left);
        skip = Math.max(0, skip - bytes.length);
        left -= part.length;
        if (part.length) controller.enqueue(part);
      };
      return flow(Math.ceil((end - first) / UNIT), lanes(), each, options).pipeThrough(new TransformStream({ transform: kept }));
    },
  };
};
