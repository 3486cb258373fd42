// The guard of a worker: it runs in the worker before the worker's own code, and then loads that. Its
// address says [the worker's own address, what the site needs, whether everything is allowed, how].

const [base, allow, all, how] = JSON.parse(decodeURIComponent(location.hash.slice(1)));
let open = all;
new BroadcastChannel('mixus-privacy-strict').onmessage = ({ data }) => (open = data);

const covers = (pattern, { host, hostname, pathname }) => {
  const at = (pattern + '/').indexOf('/');
  const wanted = pattern.slice(0, at);
  return pathname.startsWith(pattern.slice(at)) && (!wanted || host === wanted || ('.' + hostname).endsWith('.' + wanted));
};
const web = /^http/.test(base);
const own = new URL(self.origin).host;
const DEAD = `blob:${self.origin}/0`;
const SOCKET = /^\s*wss?:/i;

/** The address that is asked: resolved as without this, or one that leads nowhere. */
const go = (address) => {
  const text = '' + (address?.url ?? address);
  try {
    const url = new URL(text.replace(/^\s*ws/i, 'http'), web ? base : undefined);
    if (!/^http/.test(url.protocol) || open || url.host === own || allow.some((it) => covers(it, url))) return SOCKET.test(text) ? text : url.href;
  } catch {
    return text;
  }
  return SOCKET.test(text) ? 'wss://0.0.0.0:1/' : DEAD;
};

const { fetch, importScripts: load, XMLHttpRequest } = self;
self.fetch = function (input, init) {
  const address = go(input);
  return fetch.call(self, address !== DEAD && input?.url ? input : address, init);
};
if (load) self.importScripts = (...addresses) => load.apply(self, addresses.map(go));
const begin = XMLHttpRequest.prototype.open;
XMLHttpRequest.prototype.open = function (how, address, ...rest) {
  return begin.call(this, how, go(address), ...rest);
};
for (const name of ['WebSocket', 'EventSource', 'WebTransport', 'Worker']) {
  if (self[name]) self[name] = new Proxy(self[name], { construct: (target, [address, ...rest], made) => Reflect.construct(target, [go(address), ...rest], made) });
}
// To its own code it is where it would be without this.
if (web) Object.defineProperty(self, 'location', { value: new URL(base), configurable: true });

let start = base;
if (!web) {
  // A worker may be made from a blob of any type, but loads only scripts.
  const request = new XMLHttpRequest();
  begin.call(request, 'GET', base, false);
  request.responseType = 'blob';
  request.send();
  start = URL.createObjectURL(new Blob([request.response], { type: 'text/javascript' }));
}
if (how === 'module') {
  // What arrives before the worker listens would be lost.
  const early = [];
  const keep = (event) => event.isTrusted && (event.stopImmediatePropagation(), early.push(event));
  for (const type of ['message', 'connect']) addEventListener(type, keep);
  import(start).finally(() => {
    for (const type of ['message', 'connect']) removeEventListener(type, keep);
    for (const { type, data, source, ports } of early) dispatchEvent(new MessageEvent(type, { data, source, ports: [...ports] }));
  });
} else load(start);
