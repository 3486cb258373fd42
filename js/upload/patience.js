// Waiting between tries: longer each time, as long as a server asks for, and no longer than until the network is back.

/** The longest pause, in milliseconds. */
const LONGEST = 30_000;

export const patience = (signal) => {
  let tries = 0;
  return {
    /** Something moved: the next pause is a short one. */
    over: () => (tries = 0),
    wait: (after = 0) =>
      new Promise((resolve, reject) => {
        tries += 1;
        const end = (done) => {
          clearTimeout(timer);
          removeEventListener('online', soon);
          signal.removeEventListener('abort', stop);
          done();
        };
        const soon = () => end(resolve);
        const stop = () => end(() => reject(signal.reason));
        const timer = setTimeout(soon, Math.max(after, Math.random() * Math.min(LONGEST, 500 * 2 ** tries)));
        addEventListener('online', soon);
        signal.addEventListener('abort', stop);
        if (signal.aborted) stop();
      }),
  };
};
