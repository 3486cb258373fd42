// What strict mode does once the boot module has answered, in a module of its own that nobody waits
// for: it lets go what may load now, takes back what no longer may, and closes what is open.

import { HELD, LOADS, SELECTOR, TAGS } from './names.js';

/** Some elements only notice what they load when they are put in anew. */
const ANEW = /^(i?frame|embed|object)$/;
const guard = window.mixusPrivacyGuard;
/** Workers ask nobody themselves. */
const channel = new BroadcastChannel('mixus-privacy-strict');
const { calm, everything, held, known, look, may, open, passes, roots, sheets } = guard;

export const sweep = () => {
  const shift = (el) => {
    const tag = el.localName;
    let changes;
    for (const name of TAGS.includes(tag) ? LOADS : []) {
      const was = el.getAttribute(HELD + name);
      const value = was ?? el.getAttribute(name);
      // A script that is in the page has started: to take its address away would change nothing.
      if (value === null || (tag === 'script' && was === null)) continue;
      changes ||= passes(el, name, value) !== (was === null);
    }
    if (tag === 'script' && !changes) return;
    const place = changes && ANEW.test(tag) && el.isConnected && new Text();
    if (place) el.replaceWith(place);
    look(el);
    if (place) place.replaceWith(el);
    if (changes) el.closest('video,audio')?.load();
  };
  const seen = new Set();
  const visit = (root) => {
    if (!root || seen.has(root)) return;
    seen.add(root);
    root.querySelectorAll(SELECTOR).forEach(shift);
    // Roots that stand in the markup nobody attached.
    root.querySelectorAll('*').forEach((el) => visit(el.shadowRoot));
  };
  [document, ...[...roots].map((it) => it.deref())].forEach(visit);
  for (const el of document.querySelectorAll(`[${HELD}ping]`)) {
    const value = el.getAttribute(HELD + 'ping');
    if (!value.split(' ').every((url) => may(url, 'ping'))) continue;
    el.ping = value;
    el.removeAttribute(HELD + 'ping');
  }
  // Scripts of the markup whose imports nothing but the browser sees: see `src/serve/markup.rs`.
  for (const el of everything() ? document.querySelectorAll('script[data-held-type]') : []) {
    const script = document.createElement('script');
    script.type = el.dataset.heldType;
    script.text = guard.trust(el.text, 'Script');
    el.replaceWith(script);
  }

  const renew = (list) => {
    for (let at = list.cssRules.length; at--; ) {
      const rule = list.cssRules[at];
      const css = calm(rule.cssText);
      if (rule.cssRules?.length) renew(rule);
      else if (css !== rule.cssText) {
        list.deleteRule(at);
        list.insertRule(css, at);
      }
    }
  };
  for (const ref of sheets) {
    try {
      if (ref.deref()) renew(ref.deref());
    } catch {
      // A sheet that is no more, or still loading.
    }
  }

  for (const it of open) {
    const [ref, address, how] = it;
    const object = ref.deref();
    if (object && (address ? may(address, 'open') : everything())) continue;
    open.delete(it);
    object?.[how]?.();
  }
  channel.postMessage(everything());
  // What was called for before the module was there was dropped; the next page need not wait.
  for (const it of held) {
    const at = it.indexOf(' ');
    may(it.slice(at + 1), it.slice(0, at));
  }
  renewed();
};

/** What is allowed. */
const granted = () => guard.keys.filter((names) => guard.judge({ names, code: 'gate/no-purpose' }) > 0);
let before;
/**
 * Where the server's header says what the browser may ask, it says so for this page's whole life:
 * what is allowed anew needs a new page. Other tabs keep theirs until somebody looks at them.
 */
const renewed = () => {
  if (!document.querySelector('script[data-header]')) return;
  const now = granted();
  const more = before && now.some((key) => !before.includes(key));
  before = now;
  // The cookie that the server reads is written in this very turn.
  if (more && !document.hidden) setTimeout(() => location.reload());
};

/** Places at vendors that are allowed now may be asked on the next page before the module is there. */
const START = 'mixus-privacy-start';
const line = (place) => `\n|${place}\n`;
const places = (known) => [...known].filter(([place, may]) => may && place.split('/')[0] !== location.host).map(([place]) => line(place));

const WROTE = 'mixus-privacy-wrote';

const entries = new WeakMap();
guard.onhold = (el) => {
  const url = el.getAttribute(HELD + 'src');
  let entry = entries.get(el);
  if (!entry && !url) return;
  if (!entry) entries.set(el, (entry = { el, names: '', code: 'gate/no-purpose', kind: 'media', get once() { return el.once; }, set once(it) { el.once = it; } }));
  entry.state = url ? 'held' : 'ran';
  if (url) {
    entry.url = new URL(url, document.baseURI);
    guard.judge?.(entry);
  }
  // A frame of a declared service gets a placeholder.
  if (entry.key && el.localName === 'iframe') entry.kind = 'iframe';
  guard.onchange?.(entry);
};
document.querySelectorAll(SELECTOR).forEach(guard.onhold);

const ran = guard.ran;
guard.ran = () => ran() + places(known).join('');
addEventListener('pagehide', () => {
  try {
    const list = localStorage[START];
    if (list) localStorage[START] = places(known).reduce((all, it) => (all.includes(it) ? all : all + it), list);
  } catch {
    // Blocked: the next page waits for the module.
  }
});

// Who wrote what, so that a withdrawal finds it on whatever page it happens.
guard.onwrite = (host, area, name) => {
  try {
    const all = JSON.parse(localStorage[WROTE] || '{}');
    const names = (all[host] ||= []);
    const what = `${area}:${name}`;
    if (names.includes(what) || names.length > 99) return;
    names.push(what);
    localStorage[WROTE] = JSON.stringify(all);
  } catch {
    // Blocked, or full: what the policy lists is erased all the same.
  }
};

Object.defineProperty(guard, 'report', {
  get: () =>
    [...held].map((it) => {
      const at = it.indexOf(' ');
      const [kind, what] = [it.slice(0, at), it.slice(at + 1)];
      const url = /^https?:/.test(what) && new URL(what);
      const line = url ? `data-allow="${url.host === location.host ? url.pathname : url.host}"` : /^\/|^webrtc:/.test(what) ? `data-allow="${what}"` : '';
      return { kind, url: what, line };
    }),
});
