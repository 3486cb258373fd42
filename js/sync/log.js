// Whether the log only ever grew (RFC 9162): what a server showed once has to be in everything that it shows later.
// Whoever is shown two logs that do not fit keeps both, as signed notes (C2SP `tlog-checkpoint`): they prove it.

import { forked } from './chain.js';
import { isSigned } from './device.js';
import { fetched, parsed } from './wire.js';

/** As many notes wait for a proof. */
const MOST = 8;

export const witness = ({ PrivacyError, at, kept, module, logKey, patience, here, tell, fail }) => {
  let mistrusted;
  /** Servers whose logs were found to be others, each once: one that goes to and fro is not followed. */
  const found = new Set();

  /** Whether the log's own key has signed a note; without a key nobody can say. */
  const isGenuine = async (note) => {
    if (!logKey) return true;
    const [pk, signature, ...body] = module.signed(note, logKey)?.split('\n') || [];
    return !!pk && (await isSigned(pk, signature, body.join('\n')));
  };

  /** Whether the log of a note has only grown since an earlier one, as far as the server's proof says; undefined if it gives none. */
  const grew = async (before, note, home) => {
    const [from, to] = [module.size(before), module.size(note)];
    let proof = [];
    if (from === 0) return true;
    if (to > from) {
      ({ proof } = parsed(await fetched(at(`/v1/log/consistency?from=${from}&to=${to}`, home), { signal: here(), patience })));
      if (!Array.isArray(proof)) return undefined;
    }
    return module.consistent(before, note, proof.join('\n'));
  };

  /**
   * Takes a note in, and compares it with what was shown before. What was shown counts at once: a proof that does not come now is
   * asked for with the next note, so that nobody gets round it by answering late. True if there is something to send again.
   */
  return async (note, home = '') => {
    const size = typeof note === 'string' ? module.size(note) : undefined;
    if (size === undefined) return false;
    const name = `log ${home}`;
    const row = (all) => ({ unproved: [], forks: [], ...all.get(name) });
    if (row(await kept.read()).note === note) return false;
    if (!(await isGenuine(note))) {
      if (!mistrusted) fail(new PrivacyError('sync/log-key', 'logKey'));
      mistrusted = true;
      return false;
    }
    const waits = (all) => {
      const now = row(all);
      return [[name, { ...now, unproved: [...now.unproved.filter((it) => it !== note), note].slice(-MOST) }]];
    };
    const { note: last, unproved } = row(await kept.change(waits));
    const earlier = [last, ...unproved].filter((it) => it && it !== note);
    // An older view of the log shows nothing against it.
    const isOld = earlier.some((it) => module.size(it) > size);
    const misfits = [];
    for (const before of isOld ? [] : earlier) {
      const fits = await grew(before, note, home);
      if (fits === undefined) return false;
      if (!fits) misfits.push(before);
    }
    let news = [];
    await kept.change((all) => {
      const now = row(all);
      const rest = (proved) => now.unproved.filter((it) => !proved.includes(it));
      if (isOld) return [[name, { ...now, unproved: rest([note]) }]];
      news = misfits.map((before) => [before, note]).filter(([before]) => !now.forks.some(([it]) => it === before));
      const isNewest = !now.note || module.size(now.note) <= size;
      return [[name, { ...now, ...(isNewest && { note }), unproved: rest([...earlier, note]), forks: [...now.forks, ...news] }]];
    });
    if (!news.length) return false;
    const isFirst = !found.has(home);
    found.add(home);
    if (isFirst) await kept.change((all) => forked(all, home));
    tell('log-forked', { before: news.at(-1)[0], after: note });
    return isFirst;
  };
};
