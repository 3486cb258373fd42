// Files that wait for their turn, are sent some at a time, stop and go on. What is known of each is the item itself.

import { PrivacyError } from '../error.js';
import { longestOf } from './server.js';

/** As many are sent at a time. */
const TOGETHER = 2;
/** What an envelope and the start of a body add to a file at least, in bytes; and what each of its segments does. */
const FRONT = 4136;
const TAG = 16;
const SEGMENT = 524_288;

/** States of an item that has not ended. */
const OPEN = ['waiting', 'sending', 'paused'];

/** How long a file is once it is sealed, at most. */
const sealedLength = (size, segment) => FRONT + size + TAG * Math.ceil((size + 1) / (segment - TAG));

/** What a file is told from others by. */
const keyOf = ({ name, size, type, lastModified }, path = '') => JSON.stringify([path, name, size, type, lastModified]);

/** A queue. `load()` promises what uploads; `options()` are those of now, since headers and recipients may change. */
export const queued = (load, options) => {
  const items = [];
  /** What every item can do; told from what it is, which is shown. */
  const turns = new WeakMap();
  let asked;
  let guarded = false;

  // --- Leaving the page -------------------------------------------------------------------------

  const ask = (event) => {
    event.preventDefault();
    // Older engines look at this.
    event.returnValue = true;
  };
  /** Asks before the page is left, as long as something is sent: at other times it would only be in the way. */
  const guard = () => {
    const busy = items.some(({ state }) => state === 'waiting' || state === 'sending');
    if (busy === guarded) return;
    guarded = busy;
    if (busy) addEventListener('beforeunload', ask);
    else removeEventListener('beforeunload', ask);
  };

  const change = (item, news) => {
    Object.assign(item, news);
    guard();
    options().onChange?.(item);
  };

  // --- One item ---------------------------------------------------------------------------------

  const fail = (item, error) => {
    turns.delete(item);
    change(item, { state: 'failed', error, rate: 0, left: Infinity });
  };

  const start = async (item) => {
    const turn = {};
    turns.set(item, turn);
    const isOver = () => turns.get(item) !== turn;
    change(item, { state: 'sending', error: undefined });
    try {
      const { upload } = await load();
      if (isOver()) return;
      // What is the queue's own is nothing to an upload.
      const { onChange, together, most, ...rest } = options();
      const onProgress = ({ sent, size, rate, left }) => {
        if (!isOver() && item.state === 'sending') change(item, { sent, sealed: size, rate, left });
      };
      turn.upload = upload(item.file, { ...rest, onProgress });
      const { url, size } = await turn.upload.done;
      if (isOver()) return;
      turns.delete(item);
      change(item, { state: 'done', url, sent: size, sealed: size, rate: 0, left: 0 });
    } catch (error) {
      if (!isOver()) fail(item, error);
    }
    next();
  };

  /** Whether another one that looks the same to the journal is under way: they would take each other for the same file. */
  const hasTwin = ({ file }) => items.some((it) => turns.has(it) && it.file !== file && keyOf(it.file) === keyOf(file));

  /** As many as may be sent, in the order in which they were added. */
  const next = () => {
    const { together = TOGETHER } = options();
    let free = together - items.filter(({ state }) => state === 'sending').length;
    for (const item of items) {
      if (free <= 0) return;
      if (item.state !== 'waiting' || (!turns.has(item) && (!item.judged || hasTwin(item)))) continue;
      free -= 1;
      const turn = turns.get(item);
      if (!turn) start(item);
      else {
        change(item, { state: 'sending' });
        turn.upload.resume();
      }
    }
  };

  const does = {
    pause() {
      if (this.state !== 'waiting' && this.state !== 'sending') return;
      const turn = turns.get(this);
      // Nothing has been begun of it yet.
      if (turn && !turn.upload) turns.delete(this);
      turn?.upload?.pause();
      change(this, { state: 'paused', rate: 0, left: Infinity });
      next();
    },
    resume() {
      if (this.state !== 'paused') return;
      change(this, { state: 'waiting' });
      next();
    },
    retry() {
      if (this.state !== 'failed') return;
      change(this, { state: 'waiting', error: undefined, sent: 0, judged: false });
      judge();
    },
    remove() {
      const at = items.indexOf(this);
      if (at < 0) return;
      items.splice(at, 1);
      const turn = turns.get(this);
      turns.delete(this);
      turn?.upload?.abort().catch(() => {});
      change(this, { state: 'removed' });
      next();
    },
  };

  // --- All of them ------------------------------------------------------------------------------

  /** Says of files that they are too long before anything of them is sent. */
  const judge = async () => {
    const { most = Infinity, segment = SEGMENT } = options();
    // Who cannot be asked now is asked again with the next files; each upload asks for itself, too.
    asked ||= longestOf(options()).catch(() => (asked = undefined));
    const longest = (await asked) ?? Infinity;
    const limit = Math.min(longest, most);
    for (const item of [...items]) {
      if (item.judged || item.state === 'failed') continue;
      item.judged = true;
      const isLong = item.size > most || sealedLength(item.size, segment) > longest;
      if (isLong) fail(item, new PrivacyError('upload/too-long', `${limit}`));
    }
    next();
  };

  return {
    items,
    /** Takes files; answers which are new and which were there. One that failed is tried again. */
    add: (files) => {
      const added = [];
      const twice = [];
      for (const it of files) {
        const file = it.file || it;
        const path = it.path || file.webkitRelativePath || file.name;
        const there = items.find((item) => item.key === keyOf(file, path));
        if (there && there.state !== 'failed') {
          twice.push(there);
          continue;
        }
        if (there) there.remove();
        const item = Object.create(does);
        Object.assign(item, { file, path, name: file.name, size: file.size, key: keyOf(file, path), state: 'waiting', sent: 0, sealed: 0, rate: 0, left: Infinity });
        items.push(item);
        added.push(item);
      }
      for (const item of added) change(item, {});
      if (added[0]) judge();
      return { added, twice };
    },
    total: () => {
      const sum = (all, each) => all.reduce((sum, it) => sum + each(it), 0);
      // What failed is not going to be sent.
      const all = items.filter(({ state }) => state !== 'failed');
      const [sent, size, rate] = [sum(all, (it) => it.sent), sum(all, (it) => it.sealed || it.size), sum(all, (it) => it.rate)];
      const count = (...states) => items.filter(({ state }) => states.includes(state)).length;
      return { sent, size, rate, left: rate > 0 ? (size - sent) / rate : Infinity, count: items.length, done: count('done'), failed: count('failed'), open: count(...OPEN) };
    },
    pause: () => items.forEach((it) => it.pause()),
    resume: () => items.forEach((it) => it.resume()),
  };
};
