// What code keeps in the browser, and reads there. Code that may not run keeps nothing and finds
// nothing; a name that belongs to an optional service is held whoever writes it.

import { accessor, find, method } from './hooks.js';
import { NAMES, caller, everything, guard, may, note, report, resolve } from './verdict.js';

const WROTE = 'mixus-privacy-wrote';
// `_ga*=analytics-service`, or without a service: then everything has to be allowed.
const named = NAMES.map((it) => it.split('='));
const store = find(window, 'localStorage')[1].get;

/** Notes who wrote a name, so that a withdrawal finds it on whatever page it happens. */
const sign = (host, area, name) => {
  try {
    const local = store.call(window);
    const all = JSON.parse(local.getItem(WROTE) || '{}');
    const names = (all[host] ||= []);
    const what = `${area}:${name}`;
    if (names.includes(what) || names.length > 99) return;
    names.push(what);
    local.setItem(WROTE, JSON.stringify(all));
  } catch {
    // Blocked, or full: what the policy lists is erased all the same.
  }
};

/** Whether `name` may be used in an area of storage; `writes` if it is to be kept there. */
const free = (area, name, writes) => {
  const entry = named.find(([pattern]) => (pattern.endsWith('*') ? ('' + name).startsWith(pattern.slice(0, -1)) : pattern === '' + name));
  const by = caller();
  const listed = !entry || (entry[1] ? !!guard.judge && guard.judge({ names: entry[1] }) > 0 : everything());
  if (listed && (!by || may(by, 'script'))) {
    if (by && writes) sign(resolve(by).host, area, name);
    return true;
  }
  note(area, new URL(by || location.href), name);
  return report;
};

const refuse = () => new DOMException('The operation is insecure.', 'SecurityError');

/** Stores that pages see, and those behind them. */
const behind = new WeakMap();
const fronts = new WeakMap();

const front = (native, area) => {
  if (!fronts.has(native)) {
    const made = new Proxy(native, {
      get: (at, name) => {
        const value = Reflect.get(at, name, at);
        return typeof name === 'symbol' || typeof value === 'function' || name === 'length' || free(area, name) ? value : undefined;
      },
      set: (at, name, value) => {
        if (free(area, name, 1)) at[name] = value;
        return true;
      },
      defineProperty: (at, name, slot) => !free(area, name, 1) || Reflect.defineProperty(at, name, slot),
    });
    fronts.set(native, made);
    behind.set(made, [native, area]);
  }
  return fronts.get(native);
};

export const storage = (realm) => {
  const { Document, Storage, CookieStore, IDBFactory, CacheStorage, StorageManager } = realm;
  const { document } = realm;
  accessor(
    Document.prototype,
    'cookie',
    (call, self, text) => free('cookie', ('' + text).split('=')[0].trim(), 1) && call(text),
    (call) => {
      const text = call();
      const by = caller();
      return (by && !may(by, 'script')) ? '' : text;
    },
  );
  for (const area of ['local', 'session']) accessor(realm, area + 'Storage', 0, (call) => front(call(), area));
  method(Storage.prototype, 'getItem setItem', (call, self, args) => {
    const [native, area] = behind.get(self) || [self, 'local'];
    const writes = args.length > 1;
    return !args.length || free(area, args[0], writes) ? call(args, native) : writes ? undefined : null;
  });
  // Whoever may not keep anything may still take it away.
  method(Storage.prototype, 'removeItem key clear', (call, self, args) => call(args, behind.get(self)?.[0]));
  const later = (owner, names, area, writes) =>
    owner && method(owner.prototype, names, (call, self, args) => (free(area, args[0]?.name ?? args[0] ?? '', writes) ? call(args) : Promise.reject(refuse())));
  later(CookieStore, 'get getAll', 'cookie');
  later(CookieStore, 'set', 'cookie', 1);
  later(CacheStorage, 'open', 'cache', 1);
  later(CacheStorage, 'match has keys', 'cache');
  later(StorageManager, 'getDirectory', 'files', 1);
  method(IDBFactory.prototype, 'open', (call, self, args) => {
    if (args.length && !free('indexed', args[0], 1)) throw refuse();
    return call(args);
  });
};
