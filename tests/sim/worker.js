// One of several that run seeds side by side.

import { parentPort } from 'node:worker_threads';

import { mutated } from './mutations.js';
import { runSeed } from './seed.js';
import { script, sourceOf } from './world/tab.js';

const source = sourceOf();
const codes = new Map();
const codeOf = (mutation) => {
  if (!codes.has(mutation)) codes.set(mutation, script(mutated(source, mutation)));
  return codes.get(mutation);
};

parentPort.on('message', async ({ seeds, mutation, twice }) => {
  const results = [];
  for (const seed of seeds) {
    const result = await runSeed(seed, codeOf(mutation));
    if (twice) {
      const again = await runSeed(seed, codeOf(mutation));
      if (again.digest !== result.digest) result.broken ||= { code: 'world/differs', says: `two runs of seed ${seed}: ${result.digest}, ${again.digest}` };
    }
    results.push(result);
    // Of a known fault the first sign is enough.
    if (mutation && result.broken) break;
  }
  parentPort.postMessage(results);
});
