// Workers have a realm of their own that no page can reach into. Theirs is hooked from within: the
// worker starts with this very script, and then loads what it was made for.

import { constructor, method } from './hooks.js';
import { ALLOW, DEAD, caller, everything, may, note, report, resolve } from './verdict.js';

/** What runs in a worker before its own code, as a text: it sees nothing of this file. */
const inside = (self, allow, base, open) => {
  const covers = (pattern, { host, hostname, pathname }) => {
    const at = (pattern + '/').indexOf('/');
    const wanted = pattern.slice(0, at);
    return pathname.startsWith(pattern.slice(at)) && (!wanted || host === wanted || ('.' + hostname).endsWith('.' + wanted));
  };
  const own = new URL(base).host || new URL(self.origin).host;
  const dead = `blob:${self.origin}/0`;
  const go = (address) => {
    const text = '' + (address?.url ?? address);
    try {
      const url = new URL(text.replace(/^\s*ws/i, 'http'), base);
      if (!/^http/.test(url.protocol) || open || url.host === own || allow.some((it) => covers(it, url))) return /^http/.test(base) && !/^\s*ws/i.test(text) ? url.href : text;
    } catch {
      return text;
    }
    return dead;
  };
  new BroadcastChannel('mixus-privacy-strict').onmessage = ({ data }) => (open = data);
  const { fetch, importScripts } = self;
  self.fetch = function (input, init) {
    const address = go(input);
    return fetch.call(self, address === dead || !input?.url ? address : input, init);
  };
  if (importScripts) self.importScripts = (...addresses) => importScripts.apply(self, addresses.map(go));
  const request = self.XMLHttpRequest.prototype;
  const begin = request.open;
  request.open = function (how, address, ...rest) {
    return begin.call(this, how, go(address), ...rest);
  };
  for (const name of ['WebSocket', 'EventSource', 'WebTransport', 'Worker']) {
    const made = self[name];
    if (!made) continue;
    self[name] = new Proxy(made, {
      construct: (target, [address, ...rest], as) => {
        const there = go(address);
        return Reflect.construct(target, [there === dead && name === 'WebSocket' ? 'wss://0.0.0.0:1/' : there, ...rest], as);
      },
    });
  }
  if (/^http/.test(base)) {
    // To its own code it is where it would be without this.
    Object.defineProperty(self, 'location', { value: new URL(base), configurable: true });
  }
};

/** What is behind the addresses of blobs: many are revoked before a worker has read them. */
const blobs = new Map();
const script = (...parts) => URL.createObjectURL(new Blob(parts, { type: 'text/javascript' }));

export const blobUrls = (realm) => {
  method(realm.URL, 'createObjectURL', (call, self, args) => {
    const url = call(args);
    if (args[0] instanceof Blob) blobs.set(url, args[0]);
    return url;
  });
  method(realm.URL, 'revokeObjectURL', (call, self, args) => {
    blobs.delete('' + args[0]);
    return call(args);
  });
};

/** The address that a worker is made from instead of its own. */
const hooked = (address, options) => {
  const url = resolve(address)?.href || '' + address;
  const blob = blobs.get(url);
  if (!may(address, 'worker') || (!blob && !/^http/.test(url))) return everything() ? address : DEAD;
  const first = `(${inside})(self,${JSON.stringify(ALLOW)},${JSON.stringify(url)},${everything()});\n`;
  const rest = blob || (options?.type === 'module' ? `import ${JSON.stringify(url)}` : `importScripts(${JSON.stringify(url)})`);
  return options?.type === 'module' ? script(`import ${JSON.stringify(script(first))};`, rest) : script(first, rest);
};

export const workers = (realm, remember) => {
  constructor(realm, 'Worker', (make, [address, options]) => {
    if (address === undefined || report || ALLOW.includes(resolve(address)?.pathname)) return make([address, options]);
    return remember(make([hooked(address, options), options]), caller() || address, 'terminate');
  });
  // Pages share it, so that none can start it with something of its own.
  constructor(realm, 'SharedWorker', (make, args) => {
    const listed = report || ALLOW.includes(resolve(args[0])?.pathname) || everything();
    if (!listed) note('sharedworker', resolve(args[0]));
    return make(!args.length || (listed && may(args[0], 'sharedworker')) ? args : [DEAD, ...args.slice(1)]);
  });
};

/** Tells workers that are running. */
const channel = new BroadcastChannel('mixus-privacy-strict');
export const tellWorkers = () => channel.postMessage(everything());
