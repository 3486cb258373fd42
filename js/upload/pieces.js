// A file on its way, a few segments at a time.

import { freed } from '../vault/freed.js';

const TAG = 16;
/** As many such pieces are under way at once, beside the one that is sent. */
const AHEAD = 3;

const marksOf = (parts) => {
  const marks = new Uint8Array(parts.length * TAG);
  parts.forEach((it, at) => marks.set(it.subarray(-TAG), at * TAG));
  return marks;
};

/** Where a segment begins in the sealed file, with what stands in front of it: the first has that with it. */
const place = ({ front, body }, start, index) => {
  if (index === body.count) return front.length - start.length + body.size;
  return index ? front.length - start.length + body.place(index) : 0;
};

/** A file cut into as many parts as that, if it has so many pieces: `{first, end, begin, length}`, segments and bytes. */
export const cut = (it, most) => {
  const by = it.body.unit;
  const pieces = Math.ceil(it.body.count / by);
  const parts = Math.max(1, Math.min(most, pieces));
  const bounds = Array.from({ length: parts + 1 }, (_, at) => Math.min(it.body.count, Math.round((pieces * at) / parts) * by));
  return bounds.slice(1).map((end, at) => {
    const [first, begin] = [bounds[at], place(it, it.state.start, bounds[at])];
    return { first, end, begin, length: place(it, it.state.start, end) - begin };
  });
};

/** The pieces of a part: the number of the first segment, where it begins, its bytes, and the tags of its segments. */
export async function* pieces(file, it, { first, end }, signal) {
  const by = it.body.unit;
  const ahead = [];
  let next = first;
  for (let index = first; index < end; index += by) {
    for (; next < end && ahead.length < AHEAD; next += by) {
      const promise = it.body.seal(file, next, Math.min(by, end - next));
      // It may fail before it is waited for.
      promise.catch(() => {});
      ahead.push(promise);
    }
    const parts = (await ahead.shift()).map((bytes) => new Uint8Array(bytes));
    signal.throwIfAborted();
    const [marks, bytes] = [marksOf(parts), new Blob(index ? parts : [it.front, ...parts])];
    freed(parts.map(({ buffer }) => buffer));
    yield { index, from: place(it, it.state.start, index), bytes, marks };
  }
}
