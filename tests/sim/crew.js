// Hands seeds out to workers, and adds up what they found.

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** As many seeds are handed out at once. */
const TOGETHER = 10;
/** A worker ends after so many times that, and another one goes on: what it has compiled is not all given back. */
const TURNS = 100;

const worker = () => new Worker(new URL('./worker.js', import.meta.url));

/**
 * Runs the seeds from `first` on. `told` gets each result; when it answers true, no more are handed out. `options` go to
 * the workers.
 */
export const crew = async (first, count, options, told, size = availableParallelism()) => {
  let next = first;
  const end = first + count;
  let enough = false;
  const work = async () => {
    const one = worker();
    try {
      for (let turn = 0; turn < TURNS && next < end && !enough; turn += 1) {
        const seeds = Array.from({ length: Math.min(TOGETHER, end - next) }, (_, at) => next + at);
        next += seeds.length;
        one.postMessage({ ...options, seeds });
        // Rejects if the worker has ended with an error.
        const [results] = await once(one, 'message');
        for (const result of results) if (told(result)) enough = true;
      }
    } finally {
      await one.terminate();
    }
  };
  const shift = async () => {
    while (next < end && !enough) await work();
  };
  await Promise.all(Array.from({ length: Math.min(size, Math.ceil(count / TOGETHER)) }, shift));
};
