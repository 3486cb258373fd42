// What of an upload has to be known to go on with it after a reload or a crash, and to know that it is the same file: the tag of
// every segment that may have been sent, kept before it is. The file's secret stands here under a key that the browser does not
// give away. No name, and nothing else of the file.

const NAME = 'mixus-privacy-vault';
const ROOM = 'uploads';
const { subtle } = globalThis.crypto || {};

const opened = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(ROOM);
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });

/** One transaction; `work` gets the store and answers a request. */
const transact = async (mode, work) => {
  const db = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(ROOM, mode, { durability: 'strict' });
      const request = work(transaction.objectStore(ROOM));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
};

const random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** What a file is found by again: a hash of what the browser says of it, and of where it goes. */
export const printOf = async (file, to) => {
  const said = new TextEncoder().encode([to, file.name, file.size, file.type, file.lastModified].join('\n'));
  return new Uint8Array(await subtle.digest('SHA-256', said)).join('');
};

/** Journals by the prints of their files. Where nothing can be kept an upload is not gone on with, and works all the same. */
export const journal = {
  /** `{url, size, head, start, envelope, secret, tags}`, or nothing. */
  get: async (print) => {
    try {
      const row = await transact('readonly', (store) => store.get(print));
      if (!row) return undefined;
      const secret = await subtle.decrypt({ name: 'AES-GCM', iv: row.iv }, row.key, row.wrapped);
      return { ...row, secret: new Uint8Array(secret) };
    } catch {
      return undefined;
    }
  },
  /** Keeps one. False where that cannot be. */
  put: async (print, { secret, ...row }) => {
    try {
      const iv = random(12);
      const key = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
      const wrapped = await subtle.encrypt({ name: 'AES-GCM', iv }, key, secret);
      await transact('readwrite', (store) => store.put({ ...row, iv, key, wrapped, at: Date.now() }, print));
      return true;
    } catch {
      return false;
    }
  },
  /** Keeps more tags of one that is there, before their segments are sent. */
  more: async (print, tags) => {
    const row = await transact('readonly', (store) => store.get(print));
    if (!row) throw new DOMException('gone', 'NotFoundError');
    await transact('readwrite', (store) => store.put({ ...row, tags }, print));
  },
  drop: (print) => transact('readwrite', (store) => store.delete(print)).catch(() => {}),
};
