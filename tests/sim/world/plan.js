// What a seed is about: how many devices, what they cannot do, what goes wrong and how often, and what people do when.
// Each seed has some kinds of fault and not others, so that each is seen alone, in pairs and in crowds.

import { Random } from './random.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** What people and the world do, by weight; each stands in `acts.js`. */
const USUAL = [
  [10, 'accept'],
  [10, 'reject'],
  [8, 'custom'],
  [4, 'withdraw'],
  [6, 'banner'],
  [6, 'open'],
  [4, 'close'],
  [4, 'reload'],
  [4, 'look'],
];

/** Kinds of trouble that a seed may have or not, with the acts that they bring. */
const TROUBLE = {
  accounts: [[8, 'signIn'], [3, 'signOut']],
  kills: [[8, 'kill']],
  together: [[6, 'together']],
  freezes: [[4, 'freeze'], [4, 'thaw'], [4, 'away']],
  clocks: [[4, 'clock']],
  partitions: [[6, 'offline'], [6, 'online']],
  nights: [[2, 'night']],
  fullDisks: [[3, 'full'], [3, 'free']],
  evictions: [[2, 'evict']],
  crashes: [[2, 'crash']],
  serverCrashes: [[4, 'serverCrash']],
  restores: [[4, 'backup'], [2, 'restore']],
  copies: [[1, 'copy']],
  forgeries: [[3, 'forge']],
};

/** How often a seed has each kind. */
const OFTEN = { accounts: 0.75, kills: 0.4, together: 0.25, freezes: 0.2, clocks: 0.3, partitions: 0.4, nights: 0.15, fullDisks: 0.15, evictions: 0.1, crashes: 0.15, serverCrashes: 0.25, restores: 0.08, copies: 0.03, forgeries: 0.1 };

/** Kinds of trouble with the network, and how likely one request meets them in a seed that has them. */
const RATES = { lost: 0.15, unheard: 0.15, twice: 0.2, late: 0.08, portal: 0.06, junk: 0.06, busy: 0.1, broken: 0.1, cut: 0.1, files: 0.05 };

/** A clock's error in milliseconds: mostly little, sometimes years. */
export const apart = (random) =>
  random.weighted([
    [4, () => random.between(-2_000, 2_000)],
    [2, () => random.between(-10 * MINUTE, 10 * MINUTE)],
    [2, () => random.between(-2 * DAY, 2 * DAY)],
    [1, () => random.between(-3650 * DAY, 3650 * DAY)],
  ])();

const traits = (random, trouble) => ({
  isolated: random.chance(0.5),
  withoutLocks: random.chance(0.1),
  withoutChannels: random.chance(0.1),
  withoutDatabase: random.chance(0.04),
  blocked: random.chance(0.04),
  persists: random.chance(0.5),
  tellsFreezing: random.chance(0.5),
  apart: trouble.clocks ? apart(random) : random.between(-1_000, 1_000),
  delays: {
    disk: random.weighted([[6, 0.5], [2, 5], [1, 60]]),
    diskErrors: random.weighted([[8, 0], [1, 0.03]]),
    storage: random.weighted([[4, 3], [2, 30], [1, 300]]),
    message: random.weighted([[4, 1], [2, 10], [1, 100]]),
  },
  layout: random.weighted([[2, 'box'], [1, 'centre']]),
});

/** The plan of a seed. `size` bounds how much happens, from 0 to 1. */
export const planOf = (seed) => {
  const random = new Random(seed, 'plan');
  const trouble = {};
  // Every tenth world is a quiet one.
  const quiet = random.chance(0.1);
  for (const name of Object.keys(TROUBLE)) trouble[name] = random.chance(OFTEN[name]) && (!quiet || name === 'accounts');
  const rates = { slow: random.weighted([[4, 20], [2, 200], [1, 1500]]) };
  for (const [name, rate] of Object.entries(RATES)) rates[name] = !quiet && random.chance(0.35) ? random.share() * 2 * rate : 0;
  const devices = Array.from({ length: random.weighted([[4, 2], [3, 3], [2, 4], [1, 5]]) }, () => traits(random, trouble));
  const kinds = [...USUAL, ...Object.keys(TROUBLE).flatMap((name) => (trouble[name] ? TROUBLE[name] : []))];
  const count = 6 + random.below(random.weighted([[4, 16], [1, 40]]));
  const pace = random.weighted([[2, 400], [4, 4_000], [1, 30_000]]);
  const acts = [];
  let at = 0;
  for (let number = 0; number < count; number++) {
    at += random.delay(pace);
    acts.push({ at, kind: random.weighted(kinds), device: random.below(devices.length), a: random.share(), b: random.share(), c: random.share() });
  }
  return {
    trouble,
    rates,
    devices,
    acts,
    withLogKey: random.chance(0.5),
    real: seed % 16 === 0,
    region: random.weighted([[7, 'DE'], [1, 'US-CA']]),
    server: { filler: random.weighted([[6, 0], [1, 250], [1, 3]]), commit: random.weighted([[3, 3], [1, 80]]), apart: random.between(-3_000, 3_000) },
  };
};
