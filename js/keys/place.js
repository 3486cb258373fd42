// Where a browser keeps keys: one small database. It is a cache, which the browser may throw away as it likes.

import { PrivacyError } from '../error.js';

const NAME = 'mixus-privacy-keys';
const ROOM = 'kept';

const opened = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(ROOM);
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => reject(request.error);
  });

const once = async (mode, work) => {
  const db = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(ROOM, mode, { durability: 'strict' });
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error);
      // Some private windows keep no keys, and say so here.
      const request = work(transaction.objectStore(ROOM));
    });
  } finally {
    db.close();
  }
};

/** One transaction; `work` gets the store and answers a request. What the browser refuses is told with its own word for it. */
const transact = async (mode, work) => {
  try {
    return await once(mode, work);
  } catch (error) {
    throw new PrivacyError('keys/storage', error?.name || '');
  }
};

/** What is kept under a name, or nothing. */
const get = (name) => transact('readonly', (store) => store.get(name));

export const place = {
  get,
  /** Keeps something, and does away with another. It is on the disk then, and can be read: WebKit keeps nothing of what it cannot clone. */
  put: async (name, value, instead) => {
    await transact('readwrite', (store) => {
      if (instead) store.delete(instead);
      return store.put(value, name);
    });
    if (!(await get(name))) throw new PrivacyError('keys/storage', 'DataCloneError');
  },
  drop: (...names) => transact('readwrite', (store) => names.map((name) => store.delete(name)).at(-1)),
};

/** Runs alone among all tabs: two that need a pair at once make one. Where storage is blocked, locks are too. */
export const alone = async (work) => {
  let begun;
  try {
    return await navigator.locks.request(NAME, () => {
      begun = true;
      return work();
    });
  } catch (error) {
    if (begun) throw error;
    return work();
  }
};
