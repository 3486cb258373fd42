// The sync module, with a look at what goes in and out where that says what a device knows.

import * as real from 'real-glue-sync';

export * from 'real-glue-sync';

export const draft = (slip, word, plan, place, device, nonce, now) => {
  const made = real.draft(slip, word, plan, place, device, nonce, now);
  simulation.drafted?.(slip, word, made);
  return made;
};

export const merged = (events, dev, acct, local, version) => {
  const state = real.merged(events, dev, acct, local, version);
  simulation.merged?.(events, dev, acct, local, state);
  return state;
};
