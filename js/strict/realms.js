// Other realms of the page: frames without an address of their own start with untouched functions.

import { accessor, disguise } from './hooks.js';
import { insertion } from './insertion.js';
import { network } from './network.js';
import { storage } from './storage.js';
import { styles } from './style.js';
import { guard } from './verdict.js';

export const NAME = 'mixusPrivacyGuard';
const known = new WeakSet();

/** Hooks a realm, once. */
export const install = (realm) => {
  // A frame's window stays the same when its document goes, and its functions do not.
  if (known.has(realm.document)) return;
  known.add(realm.document);
  disguise(realm);
  insertion(realm);
  styles(realm);
  network(realm);
  storage(realm);
  accessor(realm.HTMLIFrameElement.prototype, 'contentWindow contentDocument', 0, (call) => {
    const inner = call();
    reach(inner);
    return inner;
  });
};

export const reach = (inner) => {
  try {
    const realm = inner.defaultView || inner;
    // One that brings a guard of its own needs none.
    if (!realm[NAME]) install(realm);
  } catch {
    // None, or of another origin.
  }
};

/** Hooks the realm of a frame, if it can be reached. */
export const enter = (frame) => frame.localName === 'iframe' && reach(frame.contentWindow);

/** The document of a `srcdoc`, hooked before its first script. */
export const srcdoc = (html) => guard.trust(`<script>try{parent.${NAME}.enter(window)}catch{}document.currentScript.remove()</script>${html}`, 'HTML');
