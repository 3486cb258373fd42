// What strict mode does once the boot module has answered, in a module of its own that nobody waits
// for: it lets go what may load now, takes back what no longer may, and closes what is open.

/** Some elements only notice what they load when they are put in anew. */
const ANEW = /^(i?frame|embed|object)$/;

export const sweep = ({ guard, LOADS, SELECTOR, calm, channel, everything, look, may, open, passes, read, roots, sheets, stash }) => {
  const shift = (el) => {
    const tag = el.localName;
    const values = stash(el);
    const names = (LOADS[tag] || []).filter((name) => {
      const value = values[name] ?? read(el, name);
      return value !== null && passes(el, name, value) === name in values;
    });
    // A script that is in the page has started: to take its address away would change nothing.
    if (tag === 'script' && !names.some((name) => name in values)) return;
    const place = names[0] && ANEW.test(tag) && el.isConnected && new Text();
    if (place) el.replaceWith(place);
    look(el);
    if (place) place.replaceWith(el);
    if (names[0]) el.closest('video,audio')?.load();
  };
  for (const root of [document, ...[...roots].map((it) => it.deref())]) root?.querySelectorAll(SELECTOR).forEach(shift);

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
    object?.[how]();
  }
  channel.postMessage(everything());
};

const entries = new WeakMap();

/** Tells of held frames, for which there may be placeholders. */
export const watch = ({ guard, SELECTOR, stash }, sweep) => {
  guard.onhold = (el) => {
    const url = stash(el).src;
    let entry = entries.get(el);
    if (!entry && !url) return;
    if (!entry) entries.set(el, (entry = { el, names: '', code: 'gate/no-purpose', kind: 'media' }));
    entry.state = url ? 'held' : 'ran';
    if (url) {
      entry.url = new URL(url, document.baseURI);
      guard.judge?.(entry);
    }
    if (entry.key && el.localName === 'iframe') {
      entry.kind = 'iframe';
      // "Load once" lets this very frame through.
      Object.defineProperty(entry, 'once', { get: () => el.once, set: (once) => (el.once = once), configurable: true });
    }
    guard.onchange?.(entry);
  };
  document.querySelectorAll('[data-held]').forEach(guard.onhold);
};
