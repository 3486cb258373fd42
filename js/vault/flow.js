// A file's pieces one after the other, some of them under way side by side, and never more than that in memory.

import { freed } from './freed.js';

/**
 * A stream of what `each(index, signal)` promises for 0 up to `count`: lists of buffers. `ahead` of them are under way while one is
 * waited for; whoever reads slowly stops them. The signal ends with the stream.
 */
export const flow = (count, ahead, each, { signal } = {}) => {
  const pending = [];
  const own = new AbortController();
  let next = 0;
  const end = () => {
    next = count;
    pending.length = 0;
    own.abort(signal?.reason);
  };
  signal?.addEventListener('abort', end, { signal: own.signal });
  if (signal?.aborted) end();
  const more = () => {
    while (next < count && pending.length < ahead) {
      const promise = each(next, own.signal);
      // It may fail before it is waited for.
      promise.catch(() => {});
      pending.push(promise);
      next += 1;
    }
  };
  return new ReadableStream(
    {
      pull: async (controller) => {
        try {
          more();
          const parts = await pending.shift();
          signal?.throwIfAborted();
          for (const part of parts) controller.enqueue(new Uint8Array(part));
          if (pending.length || next < count) return;
          controller.close();
          end();
        } catch (error) {
          end();
          throw signal?.aborted ? signal.reason : error;
        }
      },
      cancel: end,
    },
    { highWaterMark: 0 },
  );
};

/** A stream of bytes that are at hand, in front of another. */
export const behind = (first, rest) => {
  const reader = rest.getReader();
  let sent = false;
  return new ReadableStream(
    {
      pull: async (controller) => {
        if (!sent) {
          sent = true;
          // Theirs: it may be needed again.
          return controller.enqueue(first.slice());
        }
        const { done, value } = await reader.read();
        return done ? controller.close() : controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
};

/** A stream as a blob, which a browser keeps outside of the page's memory. A `Response` would hide why it failed. */
export const gathered = async (stream, type = '') => {
  const reader = stream.getReader();
  const parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts, { type });
    parts.push(new Blob([value]));
    freed([value.buffer]);
  }
};
