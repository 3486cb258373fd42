// How a thread reads a file: ahead of what is sealed, and into memory that it has already. What files cost here is new memory and
// new pipes, more than the cipher does.

/** How far one reader goes, in bytes. When it begins and when it has come to its end the browser looks whether the file has changed. */
const RUN = 1 << 26;
/** The most that is read at once. */
const MOST = 1 << 20;

let kept = {};
let place = new ArrayBuffer(0);
let turn = Promise.resolve();

const opened = (blob) => blob.stream().getReader({ mode: 'byob' });

let able;
/** Whether the browser reads blobs into memory of ours. */
export const reads = () => {
  try {
    able ??= !!opened(new Blob());
  } catch {
    able = false;
  }
  return able;
};

/** A reader that stands at a place: that of before, if it does. */
const standing = (blob, name, from) => {
  if (kept.name !== name || kept.at !== from || from === kept.end) {
    kept.reader?.cancel().catch(() => {});
    const end = Math.min(from + RUN, blob.size);
    kept = { name, at: from, end, reader: opened(blob.slice(from, end)) };
  }
  return kept;
};

/** Fills the place from a blob. What is behind its end is zeros. */
const fill = async (blob, name, from, to) => {
  if (!place.byteLength) place = new ArrayBuffer(MOST);
  const there = Math.max(from, Math.min(to, blob.size));
  for (let at = from; at < there; ) {
    const it = standing(blob, name, at);
    const { done, value } = await it.reader.read(new Uint8Array(place, at - from, Math.min(there, it.end) - at));
    if (done) throw new Error('changed');
    place = value.buffer;
    it.at = at += value.length;
    if (at === it.end) await blob.slice(at - 1, at).arrayBuffer();
  }
  new Uint8Array(place).fill(0, there - from, to - from);
  return new Uint8Array(place, 0, to - from);
};

/**
 * What `work(bytes, cut)` makes of each part of a blob. The bytes are there until `work` answers its promise: the cipher takes a
 * copy. One piece of work is read behind the other.
 */
export const read = (blob, name, cuts, work) => {
  const all = async () => {
    const made = [];
    try {
      for (const cut of cuts) {
        const promise = work(await fill(blob, name, cut[0], cut[1]), cut);
        // It may fail before it is waited for.
        promise.catch(() => {});
        made.push(promise);
      }
    } catch (error) {
      // Its memory may have gone with it.
      kept = {};
      place = new ArrayBuffer(0);
      throw error;
    }
    return made;
  };
  turn = turn.then(all, all);
  return turn.then((made) => Promise.all(made));
};
