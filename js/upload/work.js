// One file's way to a server, as often as it takes: begun, gone on with, or begun again under a new secret.

import { journal } from './journal.js';
import { patience } from './patience.js';
import { cut, pieces } from './pieces.js';
import { reporter } from './progress.js';
import { isFor } from './readers.js';
import { tags } from './tags.js';
import { server } from './tus.js';

/** Files from here on go in parts side by side, in bytes: while one waits for an answer, another is sent. */
const MUCH = 64 << 20;
const PARTS = 3;
/** How often a server may do away with what it has before it is believed that it does not want it. */
const LOST = 3;

/** It has to begin again under a new secret: it is another file, or what was there of it is gone. */
const ANEW = new Error('anew');

export const worker = ({ PrivacyError, prepared, open }) => {
  /**
   * Sends a file, and answers where it is. `begun` is told the addresses of what is there of it, so that it can be given up.
   */
  return async (file, print, { address, begun, headers, onProgress, signal, parts, ...options }) => {
    const tus = server(PrivacyError, address, headers, signal);
    const pause = patience(signal);
    let keeps = true;
    let row = await journal.get(print);
    let it;
    let known;
    let lost = 0;

    const forget = async () => {
      row?.parts.forEach(({ url }) => tus.end(url));
      row = it = undefined;
      begun([]);
      // What cannot be forgotten is not written over either: it says all that was ever sent under its secret.
      keeps = (await journal.drop(print)) && keeps;
    };

    const begin = async () => {
      it = await prepared(file, options);
      const { joins, longest } = await tus.able();
      if (it.size > longest) throw new PrivacyError('upload/too-long');
      const many = joins ? (parts ?? (it.size < MUCH ? 1 : PARTS)) : 1;
      const all = cut(it, many);
      const made = [];
      try {
        for (const part of all) made.push({ ...part, ...(await tus.create(part.length, all.length > 1)), offset: 0 });
      } catch (error) {
        made.forEach(({ url }) => tus.end(url));
        throw error;
      }
      row = { size: it.size, parts: made.map(({ offset, ...part }) => part), ...it.state };
      keeps = keeps && (await journal.put(print, row));
      known = tags(it.body.count);
      begun(made.map(({ url }) => url));
      return made;
    };

    /** What is there of one that was begun before. */
    const goOn = async () => {
      if (!it) {
        if (!(await isFor(open, row, options.to))) throw ANEW;
        it = await prepared(file, { ...options, kept: row });
        if (it.size !== row.size) throw ANEW;
        known = tags(it.body.count);
        row.marks?.forEach(([first, marks]) => known.add(first, marks));
        begun(row.parts.map(({ url }) => url));
      }
      const look = async (part) => ({ ...part, offset: await tus.offset(part.url, part.length) });
      const there = await Promise.all(row.parts.map(look));
      if (there.some(({ offset }) => offset === undefined)) {
        lost += 1;
        if (lost > LOST) throw new PrivacyError('upload/refused', '404');
        throw ANEW;
      }
      return there;
    };

    /** Seals a part from its beginning, passes over what the server has, and sends the rest. */
    const send = async (part, report, signal) => {
      let at = part.begin + part.offset;
      for await (const { index, from, bytes, marks } of pieces(file, it, part, signal)) {
        const said = known.add(index, marks);
        if (said === 'unlike') throw ANEW;
        if (said === 'new' && keeps && !(await journal.more(print, index, marks))) {
          // There is no room for more. It goes on as long as this page does; if not even that can be kept, under another secret.
          keeps = false;
          if (!(await journal.drop(print))) throw ANEW;
        }
        for (const end = from + bytes.size; at < end; ) {
          const start = at;
          at = part.begin + (await tus.send(part.url, at - part.begin, bytes.slice(at - from), (loaded) => report(start + loaded), signal));
          pause.over();
          report(at);
        }
      }
    };

    /** Sends all parts side by side. Where one fails the others stop. */
    const sent = async (all) => {
      const each = new AbortController();
      const stop = () => each.abort(signal.reason);
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      const tell = reporter(row.size, onProgress);
      const done = all.map(({ offset }) => offset);
      const total = () => tell(done.reduce((sum, one) => sum + one, 0));
      total();
      const one = (part, nth) =>
        send(part, (at) => ((done[nth] = at - part.begin), total()), each.signal).catch((error) => {
          each.abort(error);
          throw error;
        });
      try {
        const ends = await Promise.allSettled(all.map(one));
        signal.throwIfAborted();
        const failed = ends.map(({ reason }) => reason).find((reason) => reason && reason === each.signal.reason);
        if (failed) throw failed;
      } finally {
        signal.removeEventListener('abort', stop);
      }
    };

    /** One out of the parts. It may have become that already, unheard. */
    const joined = async () => {
      row.joining = true;
      if (keeps) await journal.change(print, { joining: true });
      return tus.join(row.parts.map(({ url }) => url));
    };

    const once = async () => {
      if (row?.joining) {
        const whole = await joined().catch((error) => {
          if (error.code !== 'upload/refused') throw error;
          row.joining = false;
        });
        if (whole) return whole;
      }
      await sent(row ? await goOn() : await begin());
      return row.parts.length > 1 ? joined() : row.parts[0];
    };

    for (;;) {
      try {
        const { url, read } = await once();
        const { size } = row;
        begun([]);
        await journal.drop(print);
        return { url: read, size, upload: url };
      } catch (error) {
        signal.throwIfAborted();
        if (error === ANEW) await forget();
        else if (error.code === 'upload/unreachable') await pause.wait(error.after);
        else if (error.code === 'upload/refused' && ['404', '410'].includes(error.path) && row && (lost += 1) <= LOST) await forget();
        else throw error;
      }
    }
  };
};
