// Whether the log only ever grew (RFC 9162): what a server showed once has to be in everything that it shows later.
// Whoever is shown two logs that do not fit keeps both, as signed notes (C2SP `tlog-checkpoint`): they prove it.

import { isSigned } from './device.js';
import { fetched, parsed } from './wire.js';

export const witness = ({ PrivacyError, at, kept, module, logKey, patience, here, tell, fail }) => {
  let mistrusted;

  /** Whether the log's own key has signed a note; without a key nobody can say. */
  const isGenuine = async (note) => {
    if (!logKey) return true;
    const [pk, signature, ...body] = module.signed(note, logKey)?.split('\n') || [];
    return !!pk && (await isSigned(pk, signature, body.join('\n')));
  };

  /** Takes a note in, and compares it with what was shown before. True if they fit, as far as that can be known now. */
  return async (note, home = '') => {
    const size = typeof note === 'string' ? module.size(note) : undefined;
    if (size === undefined) return true;
    const name = `log ${home}`;
    const { note: before, forks = [] } = (await kept.read()).get(name) || {};
    if (note === before) return true;
    if (!(await isGenuine(note))) {
      if (!mistrusted) fail(new PrivacyError('sync/log-key', 'logKey'));
      mistrusted = true;
      return true;
    }
    const from = before && module.size(before);
    let fits = true;
    if (from > 0) {
      // An older view of the log shows nothing against it.
      if (size < from) return true;
      let proof = [];
      if (size > from) {
        const answer = await fetched(at(`/v1/log/consistency?from=${from}&to=${size}`, home), { signal: here(), patience });
        ({ proof } = parsed(answer));
        if (!Array.isArray(proof)) return true;
      }
      fits = module.consistent(before, note, proof.join('\n'));
    }
    const done = await kept.change((all) => {
      if (all.get(name)?.note !== before) return undefined;
      return [[name, { note, forks: fits ? forks : [...forks, [before, note]] }]];
    });
    if (!fits && done) tell('log-forked', { before, after: note });
    return fits || !done;
  };
};
