// Makes a plan that breaks something smaller, as long as the same breaks.

import { runSeed } from './seed.js';

/** As many smaller plans are tried at most. */
const MOST = 400;

const without = (list, from, count) => [...list.slice(0, from), ...list.slice(from + count)];

/** Plans that are a little smaller, the much smaller ones first. */
function* smaller(plan) {
  for (let size = plan.acts.length >> 1; size >= 1; size >>= 1) {
    for (let from = 0; from < plan.acts.length; from += size) yield { ...plan, acts: without(plan.acts, from, size) };
  }
  const last = plan.devices.length - 1;
  for (let at = last; at >= 0 && last > 0; at--) {
    const acts = plan.acts.filter(({ device }) => device !== at).map((act) => ({ ...act, device: act.device > at ? act.device - 1 : act.device }));
    yield { ...plan, devices: without(plan.devices, at, 1), acts };
  }
  for (const [name, rate] of Object.entries(plan.rates)) if (rate && name !== 'slow') yield { ...plan, rates: { ...plan.rates, [name]: 0 } };
  for (let at = 0; at <= last; at++) {
    for (const [name, value] of Object.entries(plan.devices[at])) {
      const plain = { isolated: false, withoutLocks: false, withoutChannels: false, withoutDatabase: false, blocked: false, tellsFreezing: false, apart: 0 }[name];
      if (plain === undefined || value === plain) continue;
      yield { ...plan, devices: plan.devices.map((device, it) => (it === at ? { ...device, [name]: plain } : device)) };
    }
    const calm = { disk: 0.5, diskErrors: 0, storage: 3, message: 1 };
    if (JSON.stringify(plan.devices[at].delays) !== JSON.stringify(calm)) yield { ...plan, devices: plan.devices.map((device, it) => (it === at ? { ...device, delays: calm } : device)) };
  }
  if (plan.real) yield { ...plan, real: false };
  if (plan.server.filler) yield { ...plan, server: { ...plan.server, filler: 0 } };
}

/** The smallest plan found by which `code` breaks for the same reason as by `plan`. */
export const shrink = async (seed, plan, code, reason) => {
  let tries = 0;
  for (let found = true; found; ) {
    found = false;
    for (const next of smaller(plan)) {
      if ((tries += 1) > MOST) return plan;
      const { broken } = await runSeed(seed, code, { plan: structuredClone(next) });
      if (broken?.code !== reason) continue;
      plan = next;
      found = true;
      break;
    }
  }
  return plan;
};
