// The guard: the first script in <head>. It holds what is marked and decides nothing; the
// boot module tells it later what may run (`judge`). Until then, and if the module never
// comes, everything marked stays held. It is a consent gate, not a security boundary.
//
// Its face is `window.mixusPrivacyGuard`:
//   entries         what is marked, in document order
//   judge           set by the loader: (entry) => 1 run, 0 hold, -1 never
//   onchange        set by the loader: (entry) => void, after an entry came or changed
//   sweep()         judges every entry again
//   consent(types)  passes Consent Mode types on, as bits
//   ran()           what ran, for the next page of a returning visitor
//   trust(text, kind)  makes a trusted value, where the page wants them
//   early(entry)    whether it ran on the page before
//   keys            set by the loader: every purpose, for strict mode
//   deny()          holds everything for good
(() => {
  'use strict';
  const NAME = 'mixusPrivacyGuard';
  const win = window;
  const doc = document;
  if (win[NAME]) return;

  // Attributes that say what a tag is for: ours first, then those of other managers.
  const NAMES = [
    'category', 'service', 'purpose', 'purposes', 'vendor', 'name', 'cookiecategory',
    'c15t-category', 'c15t-vendor', 'cookie-consent', 'cookieconsent', 'cookieyes', 'usercentrics',
  ].map((name) => 'data-' + name);
  // Attributes that make a tag load something; in a marked tag they stand behind `data-`.
  const LOADS = ['src', 'srcset', 'href', 'poster', 'data'];
  const MARKED = `script[type="text/plain"],script[type="didomi/javascript"],template,[data-cookieblock-src],[data-${LOADS.join('],[data-')}]`;

  const entries = [];
  const known = new WeakSet();

  // --- Reading marked tags ---------------------------------------------------------------

  const source = (el, name) =>
    el.getAttribute('data-' + name) || (name === 'src' && (el.getAttribute('data-cookieblock-src') || (el.localName === 'script' && el.getAttribute('src'))));

  const scan = (root) => {
    if (!root.querySelectorAll) return;
    if (root.matches?.(MARKED)) add(root);
    root.querySelectorAll(MARKED).forEach(add);
  };

  const add = (el) => {
    const names = NAMES.map((name) => el.getAttribute(name))
      .concat(('' + el.className).match(/optanon-category-\w+/g))
      .filter(Boolean)
      .join()
      .toLowerCase()
      .replace(/optanon-category-|cookieyes-/g, '')
      .replace(/, +/g, ',')
      .replace(/[^a-z0-9,!-]/g, '-');
    if (!names || known.has(el)) return;
    known.add(el);
    const tag = el.localName;
    const entry = { el, names, kind: /^(script|template|iframe)$/.test(tag) ? tag : 'media', state: 'held' };
    const address = LOADS.map((name) => source(el, name)).find(Boolean);
    try {
      if (address) entry.url = new URL(address.trim().split(/[\s,]/)[0], doc.baseURI);
    } catch {
      // Not an address: the browser would load nothing either.
    }
    // Stand-ins for functions that the held script would define, so that calls from the page
    // do not fail. What they are called with is forgotten: it came before consent.
    entry.undo = (el.dataset.calls || '').split(/[\s,]+/).filter(Boolean).map(stub);
    entries.push(entry);
    settle(entry, 1);
  };

  const stub = (path) => {
    const names = path.split('.');
    const last = names.pop();
    const of = names.reduce((at, name) => (at[name] ||= {}), win);
    const stand = () => {
      api.dropped++;
    };
    of[last] ||= stand;
    return () => of[last] === stand && delete of[last];
  };

  // --- Holding and letting run -----------------------------------------------------------

  const settle = (entry, fresh) => {
    const verdict = entry.once ? 1 : api.judge ? api.judge(entry) : early(entry);
    const ran = entry.state === 'ran';
    if (verdict > 0 ? !ran : ran && entry.kind !== 'script') {
      entry.state = ran ? 'held' : 'ran';
      (ran ? stop : run)(entry);
    } else if (!ran) {
      const state = verdict < 0 ? 'never' : 'held';
      if (state === entry.state && !fresh) return;
      entry.state = state;
    } else if (!fresh) return;
    api.onchange?.(entry);
  };

  /** Sinks that run code want a trusted value where the page enforces Trusted Types. */
  let policy;
  try {
    const pass = (value) => value;
    policy = win.trustedTypes?.createPolicy(NAME, { createScript: pass, createScriptURL: pass, createHTML: pass });
  } catch {
    // The page does not allow our policy: scripts will fail to start, and that is told.
  }
  const trust = (value, kind) => (policy ? policy['create' + kind](value) : value);

  const run = (entry) => {
    const { el, kind } = entry;
    entry.undo.forEach((undo) => undo());
    if (kind === 'script') {
      queue.push(entry);
    } else if (kind === 'template') {
      entry.nodes = insert(el, doc.importNode(el.content, true));
    } else load(el, 1);
    pump();
  };

  const stop = ({ el, kind, nodes }) => {
    if (nodes) return nodes.forEach((node) => node.remove());
    load(el);
  };

  /** Sets what an element loads, or takes it away. */
  const load = (el, on) => {
    // A frame is taken out and put back as a new one. Another address in place would add to
    // the history, and the way back would lead to what was withdrawn; and some browsers load
    // again by themselves what a frame of the markup showed when its page was left.
    const place = new Text();
    if (el.localName === 'iframe') el.replaceWith(place);
    for (const name of LOADS) {
      const value = source(el, name);
      if (!value) continue;
      if (on) el.setAttribute(name, /^(embed|object)$/.test(el.localName) ? trust(value, 'ScriptURL') : value);
      else el.removeAttribute(name);
    }
    place.replaceWith(el);
    reload(el);
  };

  /** A `<source>` or `<track>` is only read when its player loads again. */
  const reload = (el) => el.closest('video,audio')?.load();

  /** Inserts a fragment after an element; its scripts take their place in the queue. */
  const insert = (after, fragment) => {
    const nodes = [...fragment.childNodes];
    for (const el of fragment.querySelectorAll('script:not([type="text/plain"])')) {
      queue.push({ el, type: el.type });
      el.type = 'text/plain';
    }
    after.after(fragment);
    return nodes;
  };

  // Scripts run in document order, as the parser would have run them: those with an address
  // keep their order among themselves while they load side by side, and an inline one waits
  // for those before it.
  const queue = [];
  let waiting = 0;
  const pump = () => {
    while (queue[0] && !(waiting && !source(queue[0].el, 'src'))) {
      const entry = queue.shift();
      try {
        start(entry);
      } catch (error) {
        entry.error = error;
        api.onchange?.(entry);
      }
    }
  };

  const start = (entry) => {
    const { el } = entry;
    const script = doc.createElement('script');
    const src = source(el, 'src');
    for (const name of el.getAttributeNames()) {
      if (!/^(type|src|nonce|data-(src|type))$/.test(name)) script.setAttribute(name, el.getAttribute(name));
    }
    script.type = entry.type || el.dataset.type || '';
    script.nonce = el.nonce;
    script.async = el.hasAttribute('async');
    known.add(script);
    entry.el = script;
    if (src) {
      if (!script.async) {
        waiting++;
        script.onload = script.onerror = () => {
          waiting--;
          pump();
        };
      }
      script.src = trust(src, 'ScriptURL');
      return el.replaceWith(script);
    }
    script.text = trust(el.textContent, 'Script');
    // After parsing, `document.write` would erase the page: it adds behind the script.
    doc.write = doc.writeln = (...html) => {
      const template = doc.createElement('template');
      template.innerHTML = trust(html.join(''), 'HTML');
      insert(script, template.content);
    };
    el.replaceWith(script);
    delete doc.write;
    delete doc.writeln;
  };

  // --- A returning visitor ---------------------------------------------------------------

  // What ran last time, under this very state, may start before the module is there: the
  // module left a list, bound to the text of the mirror cookie. A mirror that has changed,
  // run out or belongs to another policy version counts as no decision.
  let list = '';
  const line = ({ names, url }) => `\n${names}|${url ? url.host : ''}\n`;
  const early = (entry) => +list.includes(line(entry));
  try {
    const mirror = doc.cookie.match(/\bmixus_privacy=([^;]*)/);
    if (mirror) {
      const groups = mirror[1].split('~');
      const kept = localStorage['mixus-privacy-start'];
      const over = (group) => group.includes('+') && parseInt(group.slice(11, 18), 32) * 1000 < Date.now();
      const head = mirror[1] + !!navigator.globalPrivacyControl;
      if (kept.startsWith(head + '\n') && doc.currentScript.dataset.version === groups[1] && !groups.some(over)) list = kept;
    }
  } catch {
    // No storage, no list: nothing starts early.
  }

  // --- Consent Mode and the data layer ---------------------------------------------------

  const TYPES = ['analytics', 'functionality', 'personalization', 'security', 'ad'].map((name) => name + '_storage').concat('ad_user_data', 'ad_personalization');
  const layer = (win.dataLayer ||= []);
  function gtag() {
    layer.push(arguments);
  }
  const consent = (what, types) => gtag('consent', what, Object.fromEntries(TYPES.map((type, at) => [type, types >> at & 1 ? 'granted' : 'denied'])));
  let counting;
  const push = layer.push;
  // Events from before consent are dropped, not kept for later; settings pass.
  layer.push = (...items) => {
    const pass = items.filter((item) => counting || !(item?.[0] === 'event' || (item?.event && !item['gtm.start'])));
    api.dropped += items.length - pass.length;
    return push.apply(layer, pass);
  };

  const api = {
    entries,
    trust,
    early,
    dropped: 0,
    sweep() {
      entries.slice().forEach((entry) => settle(entry));
    },
    consent(types) {
      counting = types & 1;
      consent('update', types);
    },
    // Not what was withdrawn while it ran, nor what was loaded once.
    ran: () => !!navigator.globalPrivacyControl + entries.filter((entry) => entry.state === 'ran' && api.judge(entry) > 0).map(line).join(''),
    deny() {
      api.judge = () => 0;
      api.consent(0);
      api.sweep();
    },
  };
  Object.defineProperty(win, NAME, { value: api });
  consent('default', 0);

  new MutationObserver((records) => {
    // The parser tells of every node by itself: one look at everything costs less.
    if (records.length > 9) scan(doc);
    else for (const { addedNodes } of records) addedNodes.forEach(scan);
  }).observe(doc, { childList: true, subtree: true });
  scan(doc);
})();
