// The body of a file between its envelope and its end: sealed and opened piece by piece.

import { TAG } from './cipher.js';
import { flow } from './flow.js';
import { lanes, runner } from './pool.js';
import { coded } from './source.js';

/** How long the segments of the suites are, from 1. */
export const SEGMENTS = [1 << 20, 4096, 1 << 19];
/** As much is one piece of work: what surrounds the cipher is what it costs. */
const PIECE = 1 << 22;
/** How long the start of a body is. */
export const START = 40;

export const body = (vault, { head, secret, start, plain }) => {
  const [count] = vault.holding(head, start, 0, 0);
  const run = runner(vault.key(head, secret, start), plain);
  const unit = PIECE / SEGMENTS[head[9] - 1];
  const cuts = (first, most = unit) => vault.segments(head, start, first, most);
  const piece = (some, job) => coded(job(some).then(run));
  /** Some segments of `file`, sealed: buffers. What is behind its end is zeros. */
  const seal = (file, first, most) =>
    piece(cuts(first, most), async (some) => ({ sealing: true, blob: file, cuts: some.map(({ plain, nonce }) => [...plain, nonce]) }));
  return {
    /** How long it is, how many segments it has, how many of them are a piece, and where one begins. */
    size: START + plain + TAG * count,
    count,
    unit,
    place: (index) => cuts(index, 1)[0].sealed[0],
    seal,
    /** It as a stream, without its start. */
    sealed: (file, options) => flow(Math.ceil(count / unit), lanes(), (index) => seal(file, index * unit), options),
    /** A part of the open file as a stream; `blob` or `read` has it sealed, the body from a place on. */
    open: ({ blob, read }, place, from, to, options) => {
      const [, first, end] = vault.holding(head, start, from, to);
      if (first >= end) return new Blob().stream();
      let skip = from - cuts(first, 1)[0].plain[0];
      let left = to - from;
      const each = (index, signal) =>
        piece(cuts(first + index * unit), async (some) => {
          const there = some.slice(0, end - first - index * unit).map(({ sealed, nonce }) => [...sealed.map((it) => place + it), nonce]);
          const bytes = blob ? undefined : (await read(there[0][0], there.at(-1)[1], signal)).bytes;
          return { sealing: false, blob, bytes, cuts: there };
        });
      const kept = (bytes, controller) => {
        const part = bytes.subarray(skip, skip + left);
        skip = Math.max(0, skip - bytes.length);
        left -= part.length;
        if (part.length) controller.enqueue(part);
      };
      return flow(Math.ceil((end - first) / unit), lanes(), each, options).pipeThrough(new TransformStream({ transform: kept }));
    },
  };
};
