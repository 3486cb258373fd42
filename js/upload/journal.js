// What of an upload has to be known to go on with it after a reload or a crash, and to know that it is the same file: the tag of
// every segment that may have been sent, kept before it is. The file's secret stands here under a key that the browser does not
// give away. No name, and nothing else of the file.

import { base64 } from '../base64.js';

/** The database. It is made when something is kept. */
export const NAME = 'mixus-privacy-uploads';
const LOCK = 'mixus-privacy-upload ';
const ROWS = 'uploads';
const TAGS = 'tags';
/** What nobody goes on with is forgotten: no server keeps half a file that long. In milliseconds. */
const OLD = 30 * 86_400_000;

const subtle = globalThis.crypto?.subtle;

const opened = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => [ROWS, TAGS].forEach((name) => request.result.createObjectStore(name));
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error || new DOMException('blocked', 'InvalidStateError'));
  });

/** One transaction; `work` gets the stores and answers requests, and this their results. */
const transact = async (mode, work) => {
  const db = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction([ROWS, TAGS], mode, { durability: 'strict' });
      const requests = work(transaction.objectStore(ROWS), transaction.objectStore(TAGS)) || [];
      transaction.oncomplete = () => resolve(requests.map(({ result }) => result));
      transaction.onabort = () => reject(transaction.error || new DOMException('aborted', 'AbortError'));
    });
  } finally {
    db.close();
  }
};

/** Every tag of a file: keys are `[print, first segment]`. */
const all = (print) => IDBKeyRange.bound([print], [print, []]);

const remove = (rows, marks, print) => {
  marks.delete(all(print));
  rows.delete(print);
};

/** What a file is found by again: a hash of what the browser says of it, and of where it goes. */
export const printOf = async (file, to) => {
  const said = new TextEncoder().encode(JSON.stringify([to, file.name, file.size, file.type, file.lastModified]));
  const hash = new Uint8Array(subtle ? await subtle.digest('SHA-256', said) : crypto.getRandomValues(new Uint8Array(32)));
  return base64(hash);
};

/** The lock of whoever is at a file, by its print; and the other way round. */
export const lockOf = (print) => LOCK + print;
export const printIn = (lock) => lock.replace(LOCK, '');

/** Journals by the prints of their files. Where nothing can be kept an upload is not gone on with, and works all the same. */
export const journal = {
  /** What was put, with `marks`: a list of `[first segment, their tags]`; or nothing. */
  get: async (print) => {
    try {
      const every = all(print);
      const [row, keys, values] = await transact('readonly', (rows, marks) => [rows.get(print), marks.getAllKeys(every), marks.getAll(every)]);
      if (!row) return undefined;
      const secret = await subtle.decrypt({ name: 'AES-GCM', iv: row.iv }, row.key, row.wrapped);
      return { ...row, secret: new Uint8Array(secret), marks: keys.map(([, first], at) => [first, values[at]]) };
    } catch {
      return undefined;
    }
  },
  /** Keeps one, and forgets those that are old. False where that cannot be. */
  put: async (print, { secret, ...row }) => {
    try {
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const key = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      const wrapped = await subtle.encrypt({ name: 'AES-GCM', iv }, key, secret);
      const old = (await journal.list()).filter(({ since }) => since < Date.now() - OLD);
      await transact('readwrite', (rows, marks) => {
        for (const it of old) remove(rows, marks, it.print);
        rows.put({ ...row, iv, key, wrapped, since: Date.now() }, print);
      });
      return true;
    } catch {
      return false;
    }
  },
  /** Keeps more tags of one, before their segments are sent. False where that cannot be, or where it has been dropped. */
  more: async (print, first, tags) => {
    try {
      let kept = false;
      await transact('readwrite', (rows, marks) => {
        const request = rows.getKey(print);
        request.onsuccess = () => {
          if (request.result === undefined) return;
          marks.put(tags, [print, first]);
          kept = true;
        };
      });
      return kept;
    } catch {
      return false;
    }
  },
  /** Says more of one that is there. */
  change: async (print, more) => {
    const work = (rows) => {
      const request = rows.get(print);
      request.onsuccess = () => request.result && rows.put({ ...request.result, ...more }, print);
    };
    await transact('readwrite', work).catch(() => {});
  },
  /** Forgets one. False where that cannot be. */
  drop: (print) => transact('readwrite', (rows, marks) => remove(rows, marks, print)).then(() => true, () => false),
  /** All of them: `{print, size, since}`. */
  list: async () => {
    try {
      const [keys, rows] = await transact('readonly', (it) => [it.getAllKeys(), it.getAll()]);
      return rows.map(({ size, since }, at) => ({ print: keys[at], size, since }));
    } catch {
      return [];
    }
  },
};
