// One seed: a world is made, things happen in it, and it ends well or is told how it does not.

import { calm, end } from './checks/ending.js';
import { Ghost } from './checks/ghost.js';
import { Keys } from './browser/keys.js';
import { link, schedule } from './world/acts.js';
import { Device } from './world/device.js';
import { Network } from './world/network.js';
import { PURPOSES, reuse } from './world/package.js';
import { planOf } from './world/plan.js';
import { Server } from './world/server.js';
import { World } from './world/world.js';

export { calm };

/** What was promised and nobody heard of: a fault of whoever promised it. */
let world;
process.on('unhandledRejection', (error) => {
  if (world) world.fail('page/unhandled', error?.stack || String(error));
  else throw error;
});

/** Runs a seed with the page's `code`: the digest of all that happened, what was counted, and what broke, if anything. */
export const runSeed = async (seed, code, { trace, plan = planOf(seed) } = {}) => {
  const begin = process.hrtime.bigint();
  world = new World(seed, { trace });
  const keys = new Keys(plan.real);
  const ghost = new Ghost(world, PURPOSES, plan.region === 'US-CA');
  const server = new Server(world, keys, plan.server);
  const network = new Network(world, server, { ...plan.rates });
  server.heard = (request, answer) => ghost.heard(request, answer);
  server.lost = (size) => ghost.restored(size);
  Object.assign(world, { ghost, server, network, forged: new Set(), refused: new Set() });
  const used = [];
  world.devices = plan.devices.map((traits, at) => new Device(world, `d${at + 1}`, { network, server, keys, ghost, code, traits: structuredClone(traits), region: plan.region, logKey: plan.withLogKey ? server.kept.verifier() : undefined }));
  world.used = used;
  ghost.onTold = (tab, name, { id } = {}) => {
    const text = name === 'dead-letter' && ghost.signed.get(id);
    if (!text || ghost.parse(text).t !== 'link') return;
    // The token was too old, or for the name that the device had before: the site gives it another one.
    world.refused.add(id);
    if (tab.records) tab.later(1000, 'signs in again', () => link(world, tab).catch(() => {}));
  };
  for (const device of world.devices) device.open();
  schedule(world, plan.acts);
  const last = Math.max(0, ...plan.acts.map(({ at }) => at));
  await world.pass(last + 5_000);
  if (!world.broken) await end(world);
  for (const device of world.devices) for (const tab of [...device.alive]) device.end(tab, 'ends');
  for (const instance of used) reuse(instance);
  ghost.count('steps', world.steps);
  const time = Number(process.hrtime.bigint() - begin) / 1e6;
  const result = { seed, time, digest: world.digest, counts: ghost.counts, broken: world.broken && { code: world.broken.code, says: world.broken.message } };
  world = undefined;
  return result;
};
