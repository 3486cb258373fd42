// Calls that send something. One that may not leave fails as it would with the network down, and
// is forgotten: what it carried was collected before consent.

import { constructor, method } from './hooks.js';
import { ALLOW, DEAD, everything, may, report, resolve } from './verdict.js';
import { enter } from './realms.js';
import { workers } from './worker.js';

/** What is open, to be closed when it no longer may be: [reference, address, how]. */
export const open = new Set();
const remember = (object, address, how) => {
  open.add([new WeakRef(object), address, how]);
  return object;
};

/** Where data goes without a host that could be judged: only when everything is allowed. */
const anywhere = () => report || ALLOW.includes('webrtc') || everything();

// A port that browsers refuse to connect to (Fetch, 2.9).
const NOWHERE = '//0.0.0.0:1/';
const person = (realm) => realm.navigator.userActivation?.isActive;

export const network = (realm) => {
  const { XMLHttpRequest, Navigator, ServiceWorkerContainer, HTMLFormElement, Worklet } = realm;
  const address = (input) => (input instanceof realm.Request ? input.url : input);
  method(realm, 'fetch fetchLater', (call, self, args) => call(args.length && !may(address(args[0]), 'fetch') ? [DEAD, ...args.slice(1)] : args));
  if (XMLHttpRequest) {
    method(XMLHttpRequest.prototype, 'open', (call, self, args) => {
      if (args.length > 1 && !may(args[1], 'xhr')) args[1] = DEAD;
      return call(args);
    });
  }
  if (Navigator) method(Navigator.prototype, 'sendBeacon', (call, self, args) => (args.length && !may(args[0], 'beacon') ? true : call(args)));
  constructor(realm, 'WebSocket', (make, args) => {
    if (args.length && !may(args[0], 'websocket')) args = ['ws' + (realm.location.protocol === 'https:' ? 's:' : ':') + NOWHERE, ...args.slice(1)];
    return remember(make(args), args[0], 'close');
  });
  constructor(realm, 'EventSource', (make, args) => remember(make(args.length && !may(args[0], 'eventsource') ? [DEAD, args[1]] : args), args[0], 'close'));
  constructor(realm, 'WebTransport', (make, args) => remember(make(args.length && !may(args[0], 'webtransport') ? ['https:' + NOWHERE] : args), args[0], 'close'));
  constructor(realm, 'RTCPeerConnection webkitRTCPeerConnection', (make, args) => {
    // Without servers to relay through, it reaches nobody.
    return remember(make(anywhere() ? args : [{ iceTransportPolicy: 'relay' }]), 0, 'close');
  });
  workers(realm, remember);
  if (ServiceWorkerContainer) {
    method(ServiceWorkerContainer.prototype, 'register', (call, self, args) => {
      const url = resolve(args[0]);
      // It outlives the page, and nobody can look into it.
      const listed = !url || report || ALLOW.includes(url.pathname) || everything();
      return call(listed && may(args[0], 'serviceworker') ? args : [DEAD, args[1]]);
    });
  }
  if (Worklet) method(Worklet.prototype, 'addModule', (call, self, args) => call(may(args[0], 'worklet') ? args : [DEAD, args[1]]));
  if (!HTMLFormElement) return;
  method(realm, 'open', (call, self, args) => {
    // What a person asked for with a click is theirs to ask for.
    if (args[0] && !person(realm) && !may(args[0], 'window')) return null;
    const opened = call(args);
    if (opened && !args[0]) enter({ contentWindow: opened });
    return opened;
  });
  method(HTMLFormElement.prototype, 'submit requestSubmit', (call, self, args) => {
    if (person(realm) || may(args[0]?.formAction || self.action, 'form')) return call(args);
  });
  const { document } = realm;
  const ping = (event) => {
    const link = event.target.closest?.('a[ping],area[ping]');
    if (!link || link.ping.split(/\s+/).every((url) => may(url, 'ping'))) return;
    const { ping } = link;
    link.removeAttribute('ping');
    setTimeout(() => link.setAttribute('ping', ping));
  };
  for (const type of ['click', 'auxclick']) document.addEventListener(type, ping, true);
  document.addEventListener(
    'submit',
    (event) => {
      const action = event.submitter?.formAction || event.target.action;
      if (!person(realm) && !may(action, 'form')) event.preventDefault();
    },
    true,
  );
};
