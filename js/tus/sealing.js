// One file that a client of others sends. What it takes to go on with it in another page is kept as for uploads of our own, and by
// the same rule: the tag of every segment before it is sent, and another secret if one of them is not the same again.

import { printOf } from '../upload/journal.js';
import { isFor } from '../upload/readers.js';
import { tags } from '../upload/tags.js';
import { take } from './holding.js';
import { isSame, readerOf } from './source.js';

const same = (a, b) => !!a && a.length === b.length && a.every((it, at) => it === b[at]);

/** What people know by whom a file is opened: it is not written down. */
const KNOWN = ['passphrase', 'wrapper'];

/** For whom else a file is sealed and what is said of it, so that nobody who has not its secret can try what that is. */
const markOf = async (secret, options) => {
  const text = JSON.stringify(options, (name, it) => (KNOWN.includes(name) ? true : it instanceof Uint8Array ? [...it] : it));
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(text)));
};

export const sealer = ({ PrivacyError, open, prepared, journal }) => {
  /** What another page has begun of it, if it is the same file for the same people. */
  const begun = async (print, file, options) => {
    const row = await journal.get(print);
    if (!row || !same(row.mark, await markOf(row.secret, options)) || !(await isFor(open, row, options.to))) return { was: row };
    const it = await prepared(file, { ...options, kept: row });
    const known = tags(it.body.count);
    row.marks.forEach(([first, marks]) => known.add(first, marks));
    const goesOn = it.size === row.size && (await isSame(file, it, known, row.marks));
    return goesOn ? { it, known, sent: row.marks, upload: row.upload } : { was: row };
  };

  return async (file, { endpoint, ...options }) => {
    const to = new URL(endpoint, document.baseURI).href;
    const print = await printOf(file, ['tus', to]);
    let close = await take(print);
    let { it, known, sent = [], upload, was } = close ? await begun(print, file, options) : {};
    /** Whether it is kept: not yet, for as long as there is room, or not at all. */
    let kept = it ? 'is' : close ? 'may' : 'not';
    // What cannot be forgotten is not written over either.
    if (was && !(await journal.drop(print))) kept = 'not';
    it ||= await prepared(file, options);
    known ||= tags(it.body.count);
    let changed = false;
    let url;

    const more = async (first, marks) => {
      if (kept !== 'is' || (await journal.more(print, first, marks))) return;
      kept = 'not';
      // Of what goes on under this secret nothing may be thought to be unsent.
      if (await journal.drop(print)) return;
      changed = true;
      throw new PrivacyError('vault/unreadable', 'storage');
    };
    const keep = async () => {
      if (kept === 'is') return journal.change(print, { upload });
      if (kept !== 'may') return;
      close ||= await take(print);
      const mark = close && (await markOf(it.state.secret, options));
      kept = close && (await journal.put(print, { ...it.state, size: it.size, mark, upload })) ? 'is' : 'not';
      for (const [first, marks] of sent) await more(first, marks);
    };
    const forget = async () => {
      upload = undefined;
      if (kept === 'is') kept = (await journal.drop(print)) ? 'may' : 'not';
      close?.();
      close = undefined;
    };

    let turn = Promise.resolve();
    const look = async (some) => {
      if (changed) throw new PrivacyError('vault/unreadable', 'changed');
      if (kept === 'may') await keep();
      for (const { index, marks } of some) {
        const said = known.add(index, marks);
        if (said === 'unlike') {
          changed = true;
          await forget();
          throw new PrivacyError('vault/unreadable', 'changed');
        }
        if (said === 'known') continue;
        sent.push([index, marks]);
        await more(index, marks);
      }
    };
    // One after the other: what is known is kept as well.
    const next = (work) => (turn = turn.catch(() => {}).then(work));
    const release = (some) => next(() => look(some));

    const find = async () => (upload ? [{ ...upload, urlStorageKey: print }] : []);
    /** The last answer about the whole says where it is: also where it is read, if the server has another address for that. */
    const answered = (request, response) => {
      const [read, made] = ['Content-Location', 'Location'].map((name) => response.getHeader(name));
      const asked = new URL(request.getURL(), to);
      if (response.getStatus() < 300 && request.getMethod() !== 'DELETE') url = new URL(read || made || asked, asked).href;
    };
    return {
      size: it.size,
      options: {
        endpoint: to,
        fileReader: readerOf(file, it, release, () => new PrivacyError('vault/unfit', 'file')),
        fingerprint: async () => print,
        urlStorage: {
          findAllUploads: find,
          findUploadsByFingerprint: find,
          addUpload: async (_, said) => {
            upload = said;
            await next(keep);
            return print;
          },
          removeUpload: () => next(forget),
        },
        storeFingerprintForResuming: true,
        removeFingerprintOnSuccess: true,
        // What a server would be told of the file.
        metadata: {},
        metadataForPartialUploads: {},
        onAfterResponse: answered,
      },
      url: () => url,
      close: () => {
        changed = true;
        close?.();
        close = undefined;
      },
    };
  };
};
