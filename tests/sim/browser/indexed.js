// `indexedDB`, as a page has it (W3C Indexed Database 3.0, as far as anyone here asks for it).

import { clone } from './clone.js';
import { Database } from './database.js';
import { Event, Target } from './events.js';

const fault = (name, says) => new DOMException(says || name, name);
const inOrder = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

class Request extends Target {
  result = undefined;
  error = null;
  readyState = 'pending';

  constructor(report, work) {
    super(report);
    this.work = work;
  }

  hears(type) {
    return typeof this['on' + type] === 'function' || !!this.listeners.get(type)?.length;
  }
}

class Transaction extends Target {
  state = 'waiting';
  requests = [];
  error = null;
  /** What was written, by store: key → value, or nothing for what goes. */
  written = new Map();

  constructor(connection, names, mode, { durability = 'default' } = {}) {
    super(connection.tab.report);
    const { tab, database } = connection;
    Object.assign(this, { db: connection, tab, database, names, mode, durability });
    // What an answer's listener throws undoes everything.
    this.report = (error) => ((this.thrown = true), tab.report(error));
  }

  objectStore(name) {
    if (!this.names.includes(name)) throw fault('NotFoundError');
    return new Store(this, name);
  }

  abort() {
    // Nor can one that is being committed be.
    if (['committing', 'done'].includes(this.state)) throw fault('InvalidStateError');
    this.database.abort(this, null);
  }

  commit() {}
}

class Store {
  constructor(transaction, name) {
    this.transaction = transaction;
    this.name = name;
  }

  ask(work, writes) {
    const { transaction } = this;
    const { tab } = transaction;
    if (writes && transaction.mode !== 'readwrite') throw fault('ReadOnlyError');
    const request = new Request(transaction.report, work);
    request.transaction = transaction;
    request.source = this;
    if (!tab.effect('database')) return request;
    if (!['waiting', 'active'].includes(transaction.state)) throw fault('TransactionInactiveError');
    transaction.requests.push(request);
    return request;
  }

  get changes() {
    const { written } = this.transaction;
    if (!written.has(this.name)) written.set(this.name, new Map());
    return written.get(this.name);
  }

  /** What the transaction sees, in the order of the keys. */
  entries() {
    const { written, database } = this.transaction;
    let all = database.stores.get(this.name);
    const changes = written.get(this.name);
    if (changes?.size) {
      all = new Map(all);
      for (const [key, value] of changes) value === undefined ? all.delete(key) : all.set(key, value);
    }
    return [...all].sort(([a], [b]) => inOrder(a, b));
  }

  value(key) {
    const changes = this.transaction.written.get(this.name);
    return changes?.has(key) ? changes.get(key) : this.transaction.database.stores.get(this.name).get(key);
  }

  get(key) {
    return this.ask(() => clone(this.value(key)));
  }

  getKey(key) {
    return this.ask(() => (this.value(key) === undefined ? undefined : key));
  }

  getAll() {
    return this.ask(() => this.entries().map(([, value]) => clone(value)));
  }

  getAllKeys() {
    return this.ask(() => this.entries().map(([key]) => key));
  }

  count() {
    return this.ask(() => this.entries().length);
  }

  put(value, key) {
    const copy = clone(value);
    return this.ask(() => (this.changes.set(key, copy), key), true);
  }

  add(value, key) {
    const copy = clone(value);
    return this.ask(() => {
      if (this.value(key) !== undefined) throw fault('ConstraintError');
      this.changes.set(key, copy);
      return key;
    }, true);
  }

  delete(key) {
    return this.ask(() => void this.changes.set(key, undefined), true);
  }

  clear() {
    return this.ask(() => this.entries().forEach(([key]) => this.changes.set(key, undefined)), true);
  }
}

class Connection extends Target {
  closed = false;

  constructor(tab, database) {
    super(tab.report);
    this.tab = tab;
    this.database = database;
    this.name = database.name;
    this.version = database.version;
  }

  get objectStoreNames() {
    const names = [...this.database.stores.keys()];
    return Object.assign(names, { contains: (name) => names.includes(name) });
  }

  createObjectStore(name) {
    this.database.stores.set(name, new Map());
    return new Store(this.upgrade, name);
  }

  transaction(names, mode = 'readonly', options) {
    const list = [names].flat();
    if (!this.tab.effect('transaction')) return new Transaction(this, list, mode, options);
    if (this.closed) throw fault('InvalidStateError', 'The database connection is closing.');
    if (list.some((name) => !this.database.stores.has(name))) throw fault('NotFoundError');
    const transaction = new Transaction(this, list, mode, options);
    this.database.enter(transaction);
    return transaction;
  }

  close() {
    this.closed = true;
    this.database.connections.delete(this);
  }
}

/** The `indexedDB` of a tab. */
export const indexed = (tab) => {
  const { device } = tab;
  const { databases } = device;

  const answer = (request, type, more) => {
    Object.assign(request, more, { readyState: 'done' });
    request.dispatchEvent(new Event(type));
  };

  /** Requests to open or delete a database are answered one after the other. */
  const queue = (name, request, work) => {
    if (!databases.has(name)) databases.set(name, new Database(device, name));
    const database = databases.get(name);
    const next = () => {
      database.asked.shift();
      database.asked[0]?.start();
    };
    database.asked.push({ tab, start: () => work(request, database, next) });
    if (database.asked.length === 1) database.asked[0].start();
  };

  /** Asks whoever has it open to close it; `then` runs once nobody has. */
  const alone = (database, request, then) => {
    for (const it of database.connections) it.tab.later(0.1, 'version change', () => it.closed || it.dispatchEvent(new Event('versionchange')));
    let told;
    const look = () => {
      if (!database.connections.size) return then();
      if (!told) request.dispatchEvent(new Event('blocked'));
      told = true;
      tab.later(20, 'still open', look);
      return undefined;
    };
    tab.later(1, 'alone', look);
  };

  const open = (request, database, version, finish) => {
    const connect = () => {
      const connection = new Connection(tab, database);
      database.connections.add(connection);
      return connection;
    };
    const told = (type, more) => (answer(request, type, more), finish());
    if (version < database.version) return told('error', { error: fault('VersionError') });
    if (database.version && (version ?? database.version) === database.version) return told('success', { result: connect() });
    return alone(database, request, () => {
      const oldVersion = database.version;
      database.version = version ?? 1;
      request.result = connect();
      const upgrade = (request.transaction = request.result.upgrade = new Transaction(request.result, [], 'readwrite'));
      upgrade.state = 'active';
      upgrade.oncomplete = () => (request.result.closed ? told('error', { error: fault('AbortError') }) : told('success'));
      request.dispatchEvent(new Event('upgradeneeded', { oldVersion, newVersion: database.version }));
      upgrade.names = [...database.stores.keys()];
      database.go(upgrade);
    });
  };

  const asked = (what, name, work) => {
    const request = new Request(tab.report);
    if (!tab.effect(what)) return request;
    const moment = device.world.random('database').delay(device.delays.disk);
    const none = device.blocked || device.withoutDatabase;
    tab.later(moment, what, () => (none ? answer(request, 'error', { error: fault('UnknownError') }) : queue(name, request, work)));
    return request;
  };

  return {
    open: (name, version) => asked('open', name, (request, database, finish) => open(request, database, version, finish)),
    deleteDatabase: (name) =>
      asked('delete', name, (request, database, finish) =>
        alone(database, request, () => {
          databases.delete(name);
          answer(request, 'success');
          finish();
        }),
      ),
    databases: async () => {
      if (device.blocked) throw fault('SecurityError');
      return [...databases.values()].map(({ name, version }) => ({ name, version }));
    },
    cmp: inOrder,
  };
};
