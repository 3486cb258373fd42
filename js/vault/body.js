// The body of a file between its envelope and its end: sealed and opened piece by piece.

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
  const cuts = (first, most = UNIT) => vault.segments(head, start, first, most);
  const piece = (some, job) => coded(job(some).then(run));
  /** Some segments of `file`, sealed: buffers. What is behind its end is zeros. */
  const seal = (file, first, most) =>
    piece(cuts(first, most), async (some) => ({ sealing: true, blob: file, cuts: some.map(({ plain, nonce }) => [...plain, nonce]) }));
  return {
    /** How long it is, how many segments it has, and where one of them begins. */
    size: START + plain + TAG * count,
    count,
    place: (index) => cuts(index, 1)[0].sealed[0],
    seal,
    /** It as a stream, without its start. */
    sealed: (file, options) => flow(Math.ceil(count / UNIT), lanes(), (index) => seal(file, index * UNIT), options),
    /** A part of the open file as a stream; `blob` or `read` has it sealed, the body from a place on. */
    open: ({ blob, read }, place, from, to, options) => {
      const [, first, end] = vault.holding(head, start, from, to);
      if (first >= end) return new Blob().stream();
      let skip = from - cuts(first, 1)[0].plain[0];
      let left = to - from;
      const each = (index, signal) =>
        piece(cuts(first + index * UNIT), async (some) => {
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
