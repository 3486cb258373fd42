// The sync module, with a look at what goes in and out where that says what a device knows.

import * as real from 'real-glue-sync';

export * from 'real-glue-sync';

export const draft = (what, ...rest) => {
  const made = real.draft(what, ...rest);
  simulation.drafted(what, made);
  return made;
};

export const sealed = (unsigned, signature) => {
  const made = real.sealed(unsigned, signature);
  simulation.sealed(unsigned, made);
  return made;
};

export const merged = (events, dev, acct, local, ...rest) => {
  const state = real.merged(events, dev, acct, local, ...rest);
  simulation.merged(events, dev, acct, local, state);
  return state;
};
