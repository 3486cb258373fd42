// How far an upload is, how fast, and how long it will take.

/** The rate is that of the last so many milliseconds: what was before that says little of what comes. */
const WINDOW = 5_000;
/** How often it is told, in milliseconds, at most. */
const OFTEN = 100;

/** `report(sent)`, in bytes; `now` is a clock, in milliseconds. */
export const reporter = (size, onProgress, now = () => performance.now()) => {
  const marks = [];
  let last = -Infinity;
  return (sent) => {
    const time = now();
    // After a lost connection there is less of it again: what was counted before does not count.
    if (marks.length && sent < marks.at(-1)[1]) marks.length = 0;
    const same = marks.at(-1);
    if (!same || time - same[0] >= OFTEN || sent >= size) marks.push([time, sent]);
    while (marks.length > 2 && time - marks[1][0] > WINDOW) marks.shift();
    if (time - last < OFTEN && sent < size) return;
    last = time;
    const [[since, from]] = marks;
    const rate = time > since ? ((sent - from) / (time - since)) * 1000 : 0;
    onProgress?.({ sent, size, rate, left: sent >= size ? 0 : rate > 0 ? (size - sent) / rate : Infinity });
  };
};
