// Workers have a realm of their own that no page can reach into. Theirs is hooked from within: the
// worker loads `guard-worker.js`, and then what it was made for.

import { constructor, method } from './hooks.js';
import { ALLOW, DEAD, SOURCE, caller, everything, may, note, report, resolve } from './verdict.js';

/** What is behind the addresses of blobs: many are revoked before a worker has read them. */
const blobs = new Map();
const script = (...parts) => URL.createObjectURL(new Blob(parts, { type: 'text/javascript' }));
const text = JSON.stringify;

/** The address that a worker is made from instead of its own. */
const hooked = (address, module) => {
  const url = resolve(address)?.href || '' + address;
  const blob = blobs.get(url);
  if (!may(address, 'worker') || (!blob && !/^http/.test(url))) return everything() ? address : DEAD;
  const load = (url) => (module ? `import${text(url)};` : `importScripts(${text(url)});`);
  const setting = `self.mixusPrivacyWorker=${text([ALLOW, url, everything()])};`;
  // Imports come before everything else in a module, in their order.
  const first = (module ? load(script(setting)) : setting) + load(new URL('guard-worker.js', SOURCE).href);
  return script(first, blob || load(url));
};

export const workers = (realm, remember) => {
  method(realm.URL, 'createObjectURL', (call, self, args) => {
    const url = call(args);
    blobs.set(url, args[0]);
    return url;
  });
  method(realm.URL, 'revokeObjectURL', (call, self, args) => {
    blobs.delete('' + args[0]);
    call(args);
  });
  const listed = (address) => report || ALLOW.includes(resolve(address)?.pathname);
  constructor(realm, 'Worker', (make, args) => {
    const [address, options] = args;
    if (!args.length || listed(address)) return make(args);
    return remember(make([hooked(address, options?.type === 'module'), options]), caller() || address, 'terminate');
  });
  // Pages share it, so that none can start it with something of its own.
  constructor(realm, 'SharedWorker', (make, args) => {
    if (!args.length || listed(args[0]) || (everything() && may(args[0], 'sharedworker'))) return make(args);
    note('sharedworker', resolve(args[0]));
    return make([DEAD, ...args.slice(1)]);
  });
};

/** Tells workers that are running what may be. */
export const channel = new BroadcastChannel('mixus-privacy-strict');
