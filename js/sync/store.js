// Where a device keeps its events: IndexedDB, whose changes are on the disk when they are told to be
// done, or this page's memory where there is none. Everything is small enough to be read at once.

const NAME = 'mixus-privacy';

const open = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore('kept');
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error('blocked'));
  });

/**
 * `change(work)` gives `work` everything that is kept, as a `Map`, and keeps the entries that it answers, all of them or
 * none: `[[key, value], …]`, a value of `undefined` meaning that the key goes. Answers what was kept before, or
 * `undefined` if `work` did.
 */
export const store = async () => {
  let db;
  try {
    db = await open();
    // Another tab may want to do away with it; so may the person.
    db.onversionchange = () => db.close();
  } catch {
    const kept = new Map();
    return {
      lasting: false,
      change: async (work) => {
        const news = work(kept);
        for (const [key, value] of news || []) value === undefined ? kept.delete(key) : kept.set(key, value);
        return news && kept;
      },
    };
  }
  return {
    lasting: true,
    change: (work) =>
      new Promise((resolve, reject) => {
        const transaction = db.transaction('kept', 'readwrite', { durability: 'strict' });
        const kept = transaction.objectStore('kept');
        let news;
        let all;
        transaction.oncomplete = () => resolve(news && all);
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
        const keys = kept.getAllKeys();
        const values = kept.getAll();
        values.onsuccess = () => {
          all = new Map(keys.result.map((key, at) => [key, values.result[at]]));
          news = work(all);
          for (const [key, value] of news || []) value === undefined ? kept.delete(key) : kept.put(value, key);
        };
      }),
  };
};
