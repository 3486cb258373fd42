// A sealed file as tus-js-client reads files: parts of it, from several places at once, and the same again when they are asked for
// again. It is sealed while it is read.

import { cut, pieces } from '../upload/pieces.js';

/** As much is handed out at once, whatever is asked for: it is in memory while it is sent. */
const MOST = 8 << 20;
/** As many pieces stay at hand: who asks for little at a time asks for the same piece again. */
const AT_HAND = 4;

const FOREVER = new AbortController().signal;

/** The parts of a file that are sealed together, and which of them a byte is in. */
const map = (it) => {
  const all = cut(it, Infinity);
  const find = (place) => {
    let [low, high] = [0, all.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (all[middle].begin <= place) low = middle;
      else high = middle - 1;
    }
    return low;
  };
  return { all, find };
};

/** Seals again what was sealed before, `marks` being the tags that it got: whether these are the same. */
export const isSame = async (file, it, known, marks) => {
  const wanted = new Set(marks.map(([first]) => first));
  const runs = [];
  for (const { first, end } of map(it).all.filter(({ first }) => wanted.has(first))) {
    const last = runs.at(-1);
    if (last?.end === first) last.end = end;
    else runs.push({ first, end });
  }
  for (const run of runs) {
    for await (const { index, marks } of pieces(file, it, run, FOREVER)) if (known.add(index, marks) !== 'known') return false;
  }
  return true;
};

/**
 * What opens a file for tus-js-client. `release` is told of pieces before any byte of them is handed out, and may refuse. What is
 * handed out may be opened itself, and is as long as was asked for then: so a client cuts a file into parts that it sends side by
 * side.
 */
export const readerOf = (file, it, release, unfit) => {
  const { all, find } = map(it);
  const hand = new Map();
  const given = new WeakMap();

  const piece = (nth) => {
    const one = hand.get(nth) || pieces(file, it, all[nth], FOREVER).next().then(({ value }) => value);
    hand.delete(nth);
    hand.set(nth, one);
    one.catch(() => hand.delete(nth));
    for (const old of hand.keys()) if (hand.size > AT_HAND) hand.delete(old);
    return one;
  };

  const read = async (from, to) => {
    if (from >= to) return null;
    const end = Math.min(to, from + MOST);
    const [first, last] = [find(from), find(end - 1)];
    const some = await Promise.all(Array.from({ length: last - first + 1 }, (_, at) => piece(first + at)));
    await release(some);
    const begin = some[0].from;
    const value = new Blob(some.map(({ bytes }) => bytes)).slice(from - begin, end - begin);
    given.set(value, [from, to]);
    return value;
  };

  const part = (from, to) => ({
    size: to - from,
    slice: async (begin, end) => {
      const value = await read(from + begin, Math.min(from + end, to));
      return { value, done: !value || from + begin + value.size === to };
    },
    close: () => {},
  });

  return {
    openFile: async (input) => {
      if (input !== file && !given.has(input)) throw unfit();
      return part(...(given.get(input) || [0, it.size]));
    },
  };
};
