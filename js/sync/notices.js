// The documents that events name by their hashes: what was shown, and the policy. The server has an archive of them
// (L32); what it lacks and this browser has, it gets.

import { canonical, digest } from './shown.js';
import { HASH, fetched } from './wire.js';

export const archive = ({ at, kept, whole, patience, here }) => {
  /** The policy document, where this page was made by it. Its parts are loaded for that. */
  const policy = async (hash) => {
    try {
      const text = canonical(await whole());
      return (await digest(text)) === hash ? text : undefined;
    } catch {
      // A part that cannot be loaded, or none that has to do with it.
      return undefined;
    }
  };
  const local = async (hash) => (await kept.papers.get(hash)) ?? policy(hash);

  /** Gives the server what it wants. What does not arrive is asked for again some time. */
  const give = async (wanted, home) => {
    for (const hash of Array.isArray(wanted) ? wanted.slice(0, 16) : []) {
      const body = HASH.test(hash) ? await local(hash) : undefined;
      if (body === undefined) continue;
      await fetched(at(`/v1/notices/${hash}`, home), { method: 'PUT', headers: { 'Content-Type': 'text/plain' }, body, signal: here(), patience });
    }
  };

  /** A document by its hash, from here or from the archive; nothing if it is in neither, or is another one. */
  const get = async (hash, home) => {
    const here_ = await local(hash);
    if (here_ !== undefined) return here_;
    try {
      const { text } = await fetched(at(`/v1/notices/${hash}`, home), { signal: here(), patience });
      if ((await digest(text)) !== hash) return undefined;
      await kept.papers.put([[hash, text]]);
      return text;
    } catch {
      return undefined;
    }
  };

  return { give, get };
};
