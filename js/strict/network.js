// Calls that send something. One that may not leave fails as it would with the network down, and
// is forgotten: what it carried was collected before consent.

import { constructor, method } from './hooks.js';
import { ALLOW, SOURCE, caller, everything, may, note, report, resolve } from './verdict.js';
import { reach } from './realms.js';
import { refuse } from './storage.js';

/** What is open, to be closed when it no longer may be: [reference, address, how]. */
export const open = new Set();
const remember = (object, address, how) => {
  open.add([new WeakRef(object), address, how]);
  return object;
};

/** Arguments with an address that may be asked, or with one that leads nowhere. */
const safe = (args, kind, at = 0) => {
  const address = args[at]?.url ?? args[at];
  if (address !== undefined && !may(address, kind)) {
    const url = new URL(address, document.baseURI);
    // A port that browsers refuse to connect to (Fetch, 2.9).
    url.host = '0.0.0.0:1';
    args[at] = url.href;
  }
  return args;
};

/** Whether what nobody can look into may be: it has to be listed, or everything allowed. */
const listed = (kind, address) => report || everything() || ALLOW.includes(address) || note(kind, address);
const path = (address) => resolve(address)?.pathname;

export const network = (realm) => {
  const { XMLHttpRequest, Navigator, ServiceWorkerContainer, HTMLFormElement, Worklet, document, navigator } = realm;
  const person = () => navigator.userActivation?.isActive;
  method(realm, 'fetch fetchLater', (call, self, args) => call(safe(args, 'fetch')));
  method(XMLHttpRequest.prototype, 'open', (call, self, args) => call(safe(args, 'xhr', 1)));
  method(Navigator.prototype, 'sendBeacon', (call, self, args) => (args[0] && !may(args[0], 'beacon')) || call(args));
  constructor(realm, 'WebSocket EventSource WebTransport', (make, args, kind) => {
    const [address] = args;
    return remember(make(safe(args, kind)), address, 'close');
  });
  // Without servers to relay through, it reaches nobody.
  constructor(realm, 'RTCPeerConnection webkitRTCPeerConnection', (make, args) =>
    remember(make(listed('webrtc', 'webrtc:') ? args : [{ iceTransportPolicy: 'relay' }]), 0, 'close'),
  );
  // A worker has a realm of its own, which is hooked from within: it loads ours, and that loads it.
  constructor(realm, 'Worker SharedWorker', (make, args) => {
    const [address, options] = args;
    if (!args.length || report || ALLOW.includes(path(address))) return make(args);
    const base = new URL(address, document.baseURI).href;
    // Pages that know the same share a worker as they would without this.
    const setting = [base, ALLOW, everything(), options?.type];
    args[0] = /^d/.test(base) && !everything() ? 'data:,' : new URL('guard-worker.js#' + encodeURIComponent(JSON.stringify(setting)), SOURCE).href;
    return remember(make(args), caller() || address, 'terminate');
  });
  // It loads what a blob holds later than without this.
  method(realm.URL, 'revokeObjectURL', (call, self, args) => {
    setTimeout(call, 9999, args);
  });
  // It outlives the page.
  if (ServiceWorkerContainer) {
    method(ServiceWorkerContainer.prototype, 'register', (call, self, args) =>
      listed('serviceworker', path(args[0])) ? call(args) : refuse(),
    );
  }
  if (Worklet) method(Worklet.prototype, 'addModule', (call, self, args) => call(safe(args, 'worklet')));
  // What a person asked for with a click is theirs to ask for.
  method(realm, 'open', (call, self, args) => {
    if (args[0] && !person() && !may(args[0], 'window')) return null;
    const opened = call(args);
    reach(opened);
    return opened;
  });
  method(HTMLFormElement.prototype, 'submit', (call, self, args) => {
    if (may(self.action, 'form')) call(args);
  });
  document.addEventListener(
    'submit',
    (event) => person() || may(event.submitter?.formAction || event.target.action, 'form') || event.preventDefault(),
    true,
  );
};
