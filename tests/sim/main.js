// `node tests/sim/main.js`: runs seeds, and says what broke and how to see it again.
//
//   --seeds N --from N   so many seeds, from one on (300, 1)
//   --twice              each of them twice: both have to be the same, step by step
//   --workers N          side by side
//   --mutations          puts known faults in, one at a time, and sees to it that each is found in as many seeds
//   --seed N             one seed; with --trace every step of it; with --shrink the least that breaks the same;
//                        with --plan FILE what --shrink has left; with --mutation NAME a known fault in it

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { crew } from './crew.js';
import { MUTATIONS, mutated } from './mutations.js';
import { runSeed } from './seed.js';
import { shrink } from './shrink.js';
import { planOf } from './world/plan.js';
import { script, sourceOf } from './world/tab.js';

const text = { type: 'string' };
const flag = { type: 'boolean' };
const { values } = parseArgs({
  options: { seeds: text, from: text, seed: text, workers: text, plan: text, mutation: text, trace: flag, shrink: flag, twice: flag, mutations: flag },
});
const COMMAND = 'cargo xtask faults simulation --as-built';
/** Of so many broken seeds of a kind the story is told. */
const TOLD = 2;

const count = (number, what) => console.log(`count: ${number} ${what}`);

/** One seed, told in full. */
const one = async (seed) => {
  const code = script(mutated(sourceOf(), values.mutation));
  let plan = values.plan ? JSON.parse(readFileSync(values.plan, 'utf8')) : planOf(seed);
  if (values.shrink) {
    const { broken } = await runSeed(seed, code, { plan: structuredClone(plan) });
    if (!broken) return console.log(`seed ${seed} ends well`);
    plan = await shrink(seed, plan, code, broken.code);
    const file = `target/sim/seed-${seed}.json`;
    writeFileSync(file, JSON.stringify(plan, undefined, 2));
    console.log(`${plan.devices.length} devices, ${plan.acts.length} acts are left, in ${file}; ${COMMAND} --seed ${seed} --plan ${file} --trace`);
  }
  const { digest, broken } = await runSeed(seed, code, { trace: values.trace && console.log, plan });
  console.log(`seed ${seed}: ${digest}`);
  if (broken) {
    console.log(broken.says);
    process.exitCode = 1;
  }
  return undefined;
};

/** Many seeds: what was counted, and what broke. */
const many = async (first, number) => {
  const source = sourceOf();
  for (const [name] of MUTATIONS) mutated(source, name);
  const sums = {};
  const broken = new Map();
  const begin = Date.now();
  let ran = 0;
  let time = 0;
  const told = (result) => {
    ran += 1;
    time += result.time;
    for (const [what, by] of Object.entries(result.counts)) sums[what] = (sums[what] || 0) + by;
    if (ran % 5000 === 0) console.log(`${ran} seeds, ${broken.size} kinds of trouble`);
    if (!result.broken) return false;
    const list = broken.get(result.broken.code) || [];
    broken.set(result.broken.code, [...list, result.seed]);
    if (list.length < TOLD) {
      console.log(`seed ${result.seed}: ${result.broken.says.slice(0, 1500)}`);
      console.log(`  ${COMMAND} --seed ${result.seed} --shrink --trace`);
    }
    return false;
  };
  await crew(first, number, { twice: values.twice }, told, values.workers && +values.workers);
  const seconds = (Date.now() - begin) / 1000;
  for (const [what, by] of Object.entries(sums).sort()) count(by, what);
  count(ran, values.twice ? 'seeds, each of them twice the same' : 'seeds');
  console.log(`${(ran / seconds).toFixed(1)} seeds a second; each took ${(time / ran).toFixed(1)} ms of one core`);
  for (const [code, seeds] of broken) console.log(`${code}: ${seeds.length} seeds: ${seeds.sort((a, b) => a - b).slice(0, 40).join(' ')}`);
  if (broken.size) process.exitCode = 1;
};

/** Every known fault: in which seed it was noticed. */
const faults = async (first, number) => {
  let found = 0;
  for (const [name] of MUTATIONS) {
    let tried = 0;
    let sign;
    const told = (result) => {
      tried += 1;
      if (!result.broken) return false;
      if (!sign || result.seed < sign.seed) sign = { seed: result.seed, ...result.broken };
      return true;
    };
    await crew(first, number, { mutation: name }, told, values.workers && +values.workers);
    if (sign) found += 1;
    else process.exitCode = 1;
    console.log(sign ? `${name}: ${sign.code} in seed ${sign.seed}` : `${name}: NOT FOUND in ${tried} seeds`);
  }
  count(found, `of ${MUTATIONS.length} known faults found`);
};

const first = +(values.from ?? 1);
const number = +(values.seeds ?? 300);
if (values.seed) await one(+values.seed);
else if (values.mutations) await faults(first, number);
else await many(first, number);
