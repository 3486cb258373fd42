// What code keeps in the browser, and reads there. Code that may not run keeps nothing and finds
// nothing; a name that belongs to an optional service is held whoever writes it.

import { accessor, method } from './hooks.js';
import { NAMES, caller, everything, guard, may, note, resolve } from './verdict.js';

/** Whether `name` may be used in an area of storage; `writes` if it is to be kept there. */
const free = (area, name, writes) => {
  const by = caller();
  // `_ga*=some-service`, or without a service: then everything has to be allowed.
  const ours = NAMES.every((it) => {
    const [pattern, service] = it.split('=');
    return !RegExp(`^${pattern.replace('*', '.*')}$`).test(name) || (service ? guard.judge?.({ names: service }) > 0 : everything());
  });
  if (!ours || (by && !may(by, 'script'))) return note(area, name);
  if (by && writes) guard.onwrite?.(resolve(by).host, area, name);
  return true;
};

/** How browsers answer what they do not allow. */
const insecure = () => new DOMException('Denied', 'SecurityError');
export const refuse = () => Promise.reject(insecure());

/** What pages see in place of a store. */
const fronts = new WeakMap();
const front = (store, area) => {
  if (!fronts.has(store)) {
    const made = new Proxy(store, {
      get: (at, name) => {
        const value = at[name];
        return typeof name !== 'string' || name in Storage.prototype || free(area, name) ? value : undefined;
      },
      set: (at, name, value) => {
        if (free(area, name, 1)) at[name] = value;
        return true;
      },
    });
    fronts.set(store, made);
    fronts.set(made, [store, area]);
  }
  return fronts.get(store);
};

export const storage = (realm) => {
  accessor(
    realm.Document.prototype,
    'cookie',
    (call, self, text) => (/max-age=0/i.test(text) || free('cookie', ('' + text).split('=')[0].trim(), 1)) && call(text),
    (call) => (free('cookie', '') ? call() : ''),
  );
  for (const area of ['local', 'session']) accessor(realm, area + 'Storage', 0, (call) => front(call(), area));
  // Whoever may not keep anything may still take it away.
  method(realm.Storage.prototype, 'getItem setItem removeItem key clear', (call, self, args, name) => {
    const [store, area] = fronts.get(self) || [self, 'local'];
    return name[3] !== 'I' || free(area, args[0], name[0] === 's') ? call(args, store) : null;
  });
  const later = (owner, names, area, answer) =>
    owner && method(owner.prototype, names, (call, self, args, name) => (free(area, args[0]?.name ?? args[0], /set|op|Di/.test(name)) ? call(args) : answer()));
  later(realm.CookieStore, 'get getAll set', 'cookie', refuse);
  later(realm.CacheStorage, 'open match has keys', 'cache', refuse);
  later(realm.StorageManager, 'getDirectory', 'files', refuse);
  later(realm.IDBFactory, 'open', 'indexed', () => {
    throw insecure();
  });
};
