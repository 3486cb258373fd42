// Signals that end a request.

import { Event, Target } from './events.js';

/** `AbortController` and `AbortSignal` of a tab. */
export const aborts = (tab) => {
  class Signal extends Target {
    aborted = false;
    reason = undefined;

    throwIfAborted() {
      if (this.aborted) throw this.reason;
    }
  }

  const end = (signal, reason) => {
    if (signal.aborted) return;
    signal.aborted = true;
    signal.reason = reason;
    signal.dispatchEvent(new Event('abort'));
  };
  const made = () => new Signal(tab.report);

  class AbortController {
    signal = made();

    abort(reason = new DOMException('The operation was aborted.', 'AbortError')) {
      end(this.signal, reason);
    }
  }

  const AbortSignal = {
    abort: (reason = new DOMException('The operation was aborted.', 'AbortError')) => {
      const signal = made();
      end(signal, reason);
      return signal;
    },
    timeout: (milliseconds) => {
      const signal = made();
      tab.later(milliseconds, 'timeout', () => end(signal, new DOMException('The operation timed out.', 'TimeoutError')));
      return signal;
    },
    any: (signals) => {
      const signal = made();
      for (const it of signals) {
        if (it.aborted) end(signal, it.reason);
        else it.addEventListener('abort', () => end(signal, it.reason));
      }
      return signal;
    },
  };
  return { AbortController, AbortSignal };
};
