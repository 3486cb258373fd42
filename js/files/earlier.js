// Uploads that were begun in this browser and did not get to their end. Their journals hold no name, so that nobody can say which files
// they are: how many, how long, and that whoever chooses them again goes on with them.

import { NAME, journal, printIn } from '../upload/journal.js';
import { endAll } from './server.js';

/** A page that only shows where files could go makes no database for that. */
const isThere = async () => {
  try {
    return (await indexedDB.databases()).some(({ name }) => name === NAME);
  } catch {
    // Blocked, or an engine that does not tell.
    return false;
  }
};

/** Those that a page is at, this one or another. */
const held = async () => {
  const { held = [] } = (await navigator.locks?.query().catch(() => {})) || {};
  return new Set(held.map(({ name }) => printIn(name)));
};

/** `look()` answers `{count, size}` of what waits for somebody to choose it again; `discard(options)` gives it up. */
export const earlier = () => {
  let known;
  const look = async () => {
    if (known && !known.size) return { count: 0, size: 0 };
    if (!known && !(await isThere())) {
      known = new Map();
      return look();
    }
    const [rows, taken] = await Promise.all([journal.list(), held()]);
    const there = rows.filter(({ print }) => !taken.has(print));
    // What a page has taken up again is in its list from then on, though it may stop there.
    known = new Map(there.filter(({ print }) => !known || known.has(print)).map((it) => [it.print, it]));
    return { count: known.size, size: [...known.values()].reduce((sum, it) => sum + it.size, 0) };
  };
  const discard = async (options) => {
    const prints = [...known.keys()];
    known = new Map();
    const rows = await Promise.all(prints.map(journal.get));
    await Promise.all(prints.map(journal.drop));
    await endAll(rows.flatMap((row) => row?.parts || []).map(({ url }) => url), options);
  };
  return { look, discard };
};
