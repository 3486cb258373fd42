// IndexedDB of a device, below its face: stores, transactions one after the other, and what is on the disk.

import { Event } from './events.js';

/** How long what was written without `strict` may be in memory only. */
const LAZY = 5_000;

const error = (name) => new DOMException(name, name);

/** One database. */
export class Database {
  constructor(device, name) {
    this.device = device;
    this.name = name;
    this.version = 0;
    this.stores = new Map();
    this.connections = new Set();
    /** Transactions that run or wait, in the order in which they were made. */
    this.queue = [];
    /** Who wants to open or delete it: the first is being answered. */
    this.asked = [];
    /** What the disk has if the power goes: before lazy commits. */
    this.lazy = [];
  }

  get random() {
    return this.device.world.random('database');
  }

  /** A step costs this long. */
  moment() {
    return this.random.delay(this.device.delays.disk);
  }

  enter(transaction) {
    this.queue.push(transaction);
    this.advance();
  }

  /** Begins every transaction before which none stands that it has to wait for. */
  advance() {
    const busy = { readwrite: new Set(), readonly: new Set() };
    for (const it of this.queue) {
      const free = it.names.every((name) => !busy.readwrite.has(name) && (it.mode === 'readonly' || !busy.readonly.has(name)));
      if (it.state === 'waiting' && free) {
        it.state = 'active';
        it.tab.later(this.moment(), 'database', () => this.go(it));
      }
      for (const name of it.names) busy[it.mode].add(name);
    }
  }

  leave(transaction) {
    transaction.state = 'done';
    this.queue = this.queue.filter((it) => it !== transaction);
    this.advance();
  }

  /** Carries out what was asked for, up to the next answer that somebody hears. */
  go(transaction) {
    if (transaction.state !== 'active') return;
    for (;;) {
      const request = transaction.requests.shift();
      if (!request) return this.commit(transaction);
      try {
        request.result = request.work(transaction);
      } catch (reason) {
        request.error = reason;
      }
      request.readyState = 'done';
      const type = request.error ? 'error' : 'success';
      if (!request.hears(type)) {
        if (!request.error) continue;
        return this.abort(transaction, request.error);
      }
      transaction.thrown = undefined;
      request.dispatchEvent(new Event(type));
      if (transaction.state !== 'active') return;
      if (transaction.thrown) return this.abort(transaction, error('AbortError'));
      if (request.error) return this.abort(transaction, request.error);
      // What the answer has led to, promises included, may ask for more.
      return this.device.world.afterwards(() => transaction.tab.dead || this.more(transaction));
    }
  }

  /** What nobody hears the answer of is done at once; nobody can tell the difference. */
  more(transaction) {
    if (transaction.requests.some((it) => it.hears('success'))) transaction.tab.later(this.moment(), 'database', () => this.go(transaction));
    else this.go(transaction);
  }

  commit(transaction) {
    transaction.state = 'committing';
    const { device } = this;
    const { tab } = transaction;
    const grows = [...transaction.written.values()].some((changes) => [...changes.values()].some((it) => it !== undefined));
    if (device.full && grows) return this.abort(transaction, error('QuotaExceededError'));
    // From here on it is the browser's, whatever becomes of a page that stands still.
    const { world } = device;
    const complete = (what, delay) => {
      this.leave(transaction);
      return tab.later(delay, what, () => transaction.dispatchEvent(new Event('complete')));
    };
    return world.after(this.moment(), 'is committed', undefined, () => {
      // The tab is gone, or the browser has taken the database away.
      if (transaction.state !== 'committing') return undefined;
      if (!transaction.written.size) return complete('read', 0);
      if (device.random.chance(device.delays.diskErrors)) return this.abort(transaction, error('UnknownError'));
      this.keep(transaction);
      // It is on the disk; its page hears of it in a moment, if it is still there then.
      return complete('committed', this.moment());
    });
  }

  keep(transaction) {
    if (transaction.kept) return;
    transaction.kept = true;
    const { now } = this.device.world;
    if (transaction.durability === 'strict') this.lazy = [];
    else this.lazy.push({ at: now, stores: this.stores });
    const before = this.stores;
    this.stores = new Map(before);
    for (const [name, changes] of transaction.written) {
      const store = new Map(before.get(name));
      for (const [key, value] of changes) {
        if (value === undefined) store.delete(key);
        else store.set(key, value);
      }
      this.stores.set(name, store);
      this.device.committed(transaction.tab, changes);
    }
  }

  abort(transaction, reason) {
    if (transaction.state === 'done') return;
    transaction.error = reason;
    transaction.requests = [];
    this.leave(transaction);
    transaction.tab.later(0, 'aborted', () => transaction.dispatchEvent(new Event('abort')));
  }

  /** A tab is gone: what it had not committed has not been. */
  release(tab) {
    for (const connection of this.connections) if (connection.tab === tab) this.connections.delete(connection);
    for (const it of this.queue) if (it.tab === tab) it.state = 'done';
    this.queue = this.queue.filter((it) => it.tab !== tab);
    this.advance();
    const [first] = this.asked;
    this.asked = this.asked.filter((it) => it.tab !== tab);
    if (first && first !== this.asked[0]) this.asked[0]?.start();
  }

  /** The browser takes everything away, whoever has it open. */
  close() {
    for (const it of [...this.queue]) this.abort(it, error('AbortError'));
    for (const connection of this.connections) {
      connection.closed = true;
      connection.tab.later(0, 'closed', () => connection.dispatchEvent(new Event('close')));
    }
    this.connections.clear();
  }

  /** The device lost its power. */
  crash() {
    const since = this.device.world.now - LAZY;
    const first = this.lazy.find(({ at }) => at >= since);
    if (first) this.stores = first.stores;
    this.lazy = [];
  }
}
