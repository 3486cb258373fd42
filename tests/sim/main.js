// `node tests/sim/main.js [--seeds N] [--from N] [--seed N] [--trace]`.

import { parseArgs } from 'node:util';

import { runSeed } from './seed.js';
import { script, sourceOf } from './world/tab.js';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '100' }, from: { type: 'string', default: '1' }, seed: { type: 'string' }, trace: { type: 'boolean' } } });
const code = script(sourceOf());
const first = +(values.seed ?? values.from);
const count = values.seed ? 1 : +values.seeds;
const counts = {};
const broken = {};
const begin = Date.now();
for (let seed = first; seed < first + count; seed++) {
  const result = await runSeed(seed, code, { trace: values.trace && console.log });
  for (const [what, by] of Object.entries(result.counts)) counts[what] = (counts[what] || 0) + by;
  if (result.broken) {
    (broken[result.broken.code] ||= []).push(seed);
    if (broken[result.broken.code].length <= 2) console.log(`seed ${seed}: ${result.broken.says.slice(0, 600)}`);
  }
}
const seconds = (Date.now() - begin) / 1000;
for (const [what, by] of Object.entries(counts).sort()) console.log(`count: ${by} ${what}`);
console.log(broken);
console.log(`${count} seeds in ${seconds.toFixed(1)} s, ${(count / seconds).toFixed(1)} a second; ${(process.cpuUsage().user / 1000 / count).toFixed(1)} ms of processor time each`);
process.exitCode = Object.keys(broken).length ? 1 : 0;
