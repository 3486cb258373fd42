// What all events add up to, imposed on what this browser holds.

import { events, lines as written, own } from './chain.js';
import { impose } from './local.js';

const GRANTS = /\+[^+!*~@]+/g;

/** Whether a state allows something that another one does not. */
const lifts = (next, now) => {
  const allowed = now.match(GRANTS) || [];
  return (next.match(GRANTS) || []).some((it) => !allowed.includes(it));
};

/**
 * `merge()` is true once that is done: while a line stands there of which no event was made, what it says comes first; and
 * what has to be signed anew says for a moment what it will not say any more.
 */
export const merger = ({ facts, host, kept, module, plan, tell, write, isOpen }) => {
  let conflicts = '';
  let before;
  const merge = async () => {
    await write();
    const all = await kept.read();
    const { dev, acct } = all.get('device') || {};
    if (!dev) return true;
    if (isOpen(all)) return false;
    // Under another name than before, what this browser had decided for itself still counts here: in its own order.
    const renamed = own(all).some((it) => it.dev !== dev);
    const lines = events(all)
      .filter(({ state }) => state !== 'dead')
      .map(({ index = '-', nth, text }) => `${index} ${(renamed && nth) || 0} ${text}`)
      .join('\n');
    const version = plan().split('|', 2)[1];
    const local = facts()[3];
    const [state, ...disputed] = (module.merged(lines, dev, acct, local, version, written(all)) || '').split('\n');
    // Without a database two tabs know different things for good. One that has nothing new to say lifts no refusal of
    // another's, or they would take turns for ever.
    const known = kept.lasting ? undefined : `${dev} ${acct} ${lines}`;
    if (state && !(known && known === before && lifts(state, local))) impose(host, state);
    before = known;
    const keys = disputed.map((name) => name.split('@')[0]);
    if (keys[0] && keys.join() !== conflicts) tell('conflict', { keys });
    conflicts = keys.join();
    return true;
  };
  return {
    merge,
    /** Another tab has told it. */
    disputed: ({ keys }) => (conflicts = keys.join()),
  };
};
