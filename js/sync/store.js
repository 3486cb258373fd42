// Where a device keeps its events: IndexedDB, whose changes are on the disk when they are told to be done, or this
// page's memory while there is none. Everything is small enough to be read at once.
//
// A database can go at any time: the disk is full, the person clears the site's data, the browser closes it. Then
// this page goes on in memory with what it knows, so that what waits is still sent, and comes back as soon
// as the database does.

import { joined, own } from './chain.js';

const NAME = 'mixus-privacy';
const ROOMS = ['kept', 'papers'];
/** How long a database may take before this page goes on without it, in milliseconds. */
const PATIENCE = 20_000;
/** By how much a timer may be late before its page is taken to have stood still, in milliseconds. */
const SLACK = 2_000;
/** What another try would not change. */
const FINAL = ['QuotaExceededError', 'DataCloneError', 'TimeoutError'];
/** How long it does so before it tries again. */
const AGAIN = 10_000;

/** Calls `late` once this page has waited for too long, and answers what ends that. While it stood still it has not waited. */
const waiting = (late) => {
  let timer;
  const wait = () => {
    const due = Date.now() + PATIENCE;
    timer = setTimeout(() => (Date.now() - due > SLACK ? wait() : late()), PATIENCE);
  };
  wait();
  return () => clearTimeout(timer);
};

const open = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    const found = waiting(() => {
      request.onsuccess = () => request.result.close();
      reject(new Error('late'));
    });
    const end = (done) => (found(), done());
    request.onupgradeneeded = () => ROOMS.forEach((room) => request.result.createObjectStore(room));
    request.onsuccess = () => end(() => resolve(request.result));
    request.onerror = () => end(() => reject(request.error));
    request.onblocked = () => end(() => reject(new Error('blocked')));
  });

/** Why a transaction ends that this page cannot wait for: it is about to be frozen. */
const LEFT = new Error('left');

/**
 * One transaction: `work` gets everything in a room and answers what to keep, as in `change`. While it runs, its end stands
 * in `running`.
 */
const transact = (db, room, mode, work, running, durability = 'strict') =>
  new Promise((resolve, reject) => {
    const transaction = db.transaction(room, mode, { durability });
    const kept = transaction.objectStore(room);
    let answer;
    let failed;
    // One that another page has begun, and that the browser has frozen in the middle, holds up every other.
    const ended = waiting(() => stop(new DOMException('late', 'TimeoutError')));
    const stop = (error) => {
      try {
        transaction.abort();
        failed = error;
      } catch {
        // All of it is on its way to the disk already.
      }
    };
    const end = () => (ended(), running.delete(stop));
    running.add(stop);
    transaction.oncomplete = () => (end(), resolve(answer));
    transaction.onabort = () => (end(), reject(failed || transaction.error || new Error('aborted')));
    const keys = kept.getAllKeys();
    const values = kept.getAll();
    values.onsuccess = () => {
      const all = new Map(keys.result.map((key, at) => [key, values.result[at]]));
      try {
        const news = work(all);
        for (const [key, value] of news || []) value === undefined ? kept.delete(key) : kept.put(value, key);
        answer = news && all;
      } catch (error) {
        // What cannot be cloned into it, above all: some private windows keep no keys.
        stop(error);
      }
    };
  });

const isEvent = (row) => row?.text !== undefined;

const apply = (all, news) => {
  for (const [key, value] of news || []) value === undefined ? all.delete(key) : all.set(key, value);
};

/**
 * `change(work)` gives `work` everything that is kept, as a `Map`, and keeps the entries that it answers, all of them or
 * none: `[[key, value], …]`, a value of `undefined` meaning that the key goes. Answers what was kept before, or
 * `undefined` if `work` did. `work` may be called again. What is `relaxed` may be lost when the power goes. `read()` answers
 * everything. Neither fails: what cannot be written down stays in memory, and `lasting` says so.
 */
export const store = async () => {
  let opened;
  let memory;
  let since = 0;
  let last = new Map();
  let queue = Promise.resolve();
  const papers = new Map();
  const running = new Set();
  // While this page is put aside: until it comes back.
  let away;
  let back;

  const close = () => {
    opened?.then((db) => db.close(), () => {});
    opened = undefined;
  };

  const database = () =>
    (opened ||= open().then((db) => {
      // The browser has closed it; or somebody wants to do away with it: another page, or the person.
      db.onclose = db.onversionchange = close;
      return db;
    }));

  const attempt = async (room, mode, work, durability) => {
    for (let tries = 0; ; tries += 1) {
      await away;
      try {
        return await transact(await database(), room, mode, work, running, durability);
      } catch (error) {
        if (error === LEFT) continue;
        // A connection that was closed under it is worth another one; a full disk is not.
        if (tries || FINAL.includes(error.name)) throw error;
        close();
      }
    }
  };

  /**
   * From here on in memory. A device that decides for itself gets another name, so that no number in its chain is given
   * twice; one of an account waits for the database, since only its key may speak there.
   */
  const degrade = () => {
    since = Date.now();
    if (memory) return;
    memory = new Map(last);
    if (!memory.get('device')?.acct) memory.delete('device');
  };

  /** Back into the database, with the events that it lacks or knows less of. */
  const recover = async () => {
    since = Date.now();
    // Some browsers store everything but keys.
    await regain(true).catch((error) => (error.name === 'DataCloneError' ? regain(false) : Promise.reject(error)));
    memory = undefined;
  };
  const regain = (named) =>
    attempt('kept', 'readwrite', (all) => {
      const news = [];
      const made = new Map();
      for (const [id, { fresh, ...row }] of memory) {
        const there = all.get(id);
        if (!isEvent(row)) continue;
        // Another tab may have come back before, with what it had heard of this one's.
        if (fresh && row.own && !there?.own) made.set(id, row);
        else if (!there && fresh) news.push([id, row]);
        if (there?.state === 'waiting' && row.state !== 'waiting') news.push([id, { ...row, nth: there.nth }]);
      }
      // The name that this page took meanwhile goes on where there is no other: a server that loses its chain is found out.
      const { brief, ...device } = memory.get('device') || {};
      const known = all.get('device');
      if (named && brief && !known) news.push(['device', device]);
      // That the server knows of a link may have been heard meanwhile.
      const same = ['dev', 'acct'].every((name) => known?.[name] === device[name]);
      if (known && same && device.linked) news.push(['device', { ...known, linked: true }]);
      const now = new Map(all);
      apply(now, news);
      return news.concat(joined(now, own(made)));
    });

  const inMemory = (work) => {
    const before = new Map(memory);
    const news = work(before)?.map(([key, value]) => [key, isEvent(value) && !before.has(key) ? { ...value, fresh: true } : value]);
    apply(memory, news);
    return news && before;
  };

  const run = async (mode, work, durability) => {
    if (memory && Date.now() - since > AGAIN) await recover().catch(degrade);
    if (memory) return inMemory(work);
    let news;
    try {
      const answer = await attempt('kept', mode, (all) => {
        last = all;
        return (news = work(all));
      }, durability);
      last = new Map(last);
      apply(last, news);
      return answer;
    } catch {
      degrade();
      return inMemory(work);
    }
  };
  const queued = (mode, work, durability) => (queue = queue.catch(() => {}).then(() => run(mode, work, durability)));
  const read = () => queued('readonly', () => []);

  await read();
  return {
    get lasting() {
      return !memory;
    },
    change: (work, durability) => queued('readwrite', work, durability),
    read,
    /** This page is here: the next call tries the database again. */
    wake: () => {
      since = 0;
      back?.();
      away = undefined;
    },
    close,
    /**
     * This page is put aside, now. A transaction that is frozen with it would hold up every other page; what it was about to
     * write down still stands where it came from.
     */
    leave: () => {
      away ||= new Promise((resolve) => (back = resolve));
      for (const stop of running) stop(LEFT);
      close();
    },
    /** Texts by names: what was shown, and the documents that events name. */
    papers: {
      get: async (name) => papers.get(name) ?? (await attempt('papers', 'readonly', () => []).catch(() => papers)).get(name),
      put: async (entries) => {
        apply(papers, entries);
        await attempt('papers', 'readwrite', () => entries).catch(() => {});
      },
    },
  };
};
