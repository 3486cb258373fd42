// The guard: the first script in <head>. It holds what is marked and decides nothing; the
// boot module tells it later what may run (`judge`). Until then, and if the module never
// comes, everything marked stays held. It is a consent gate, not a security boundary.
//
// Its face is `window.mixusPrivacyGuard`:
//   entries    what is marked, in document order
//   judge      set by the boot module: (entry) => 1 run, 0 hold, -1 never
//   onchange   set by the loader: (entry) => void, after the state of an entry changed
//   sweep()    judges every entry again
//   consent(granted)  passes Consent Mode types on
(() => {
  'use strict';
  const NAME = 'mixusPrivacyGuard';
  const win = window;
  const doc = document;
  if (win[NAME]) return;

  // Attributes that say what a tag is for: ours first, then those of other managers.
  const CATEGORY = [
    'category', 'service', 'purpose', 'purposes', 'vendor', 'name', 'cookiecategory',
    'c15t-category', 'c15t-vendor', 'cookie-consent', 'cookieconsent', 'cookieyes', 'usercentrics',
  ].map((name) => 'data-' + name);
  // Attributes that make a tag load something; in a marked tag they stand behind `data-`.
  const LOADS = ['src', 'srcset', 'href', 'poster', 'data'];
  const INERT = 'script[type="text/plain"],script[type="didomi/javascript"],template';
  const MARKED = INERT + ',' + LOADS.map((name) => `[data-${name}]`) + ',[data-cookieblock-src]';
  const OPTIONAL_GROUP = /optanon-category-[\w-]+/g;

  const entries = [];
  const known = new WeakMap();

  // --- Reading marked tags ---------------------------------------------------------------

  /** The names that a tag carries for purposes and services, joined by commas. */
  const namesOf = (el) => {
    const names = CATEGORY.map((name) => el.getAttribute(name)).filter(Boolean);
    return names.concat(('' + (el.getAttribute('class') || '')).match(OPTIONAL_GROUP) || []).join();
  };

  const addressOf = (el) => {
    for (const name of ['data-cookieblock-src', 'data-src', 'src', 'data-href', 'data-srcset', 'data-data', 'data-poster']) {
      const value = el.getAttribute(name);
      if (value) {
        try {
          return new URL(value.trim().split(/[\s,]/)[0], doc.baseURI);
        } catch {
          // Not an address: the browser would load nothing either.
        }
      }
    }
  };

  const scan = (root) => {
    if (root.nodeType !== 1) return;
    const found = [...root.querySelectorAll(MARKED)];
    if (root.matches(MARKED)) found.unshift(root);
    for (const el of found) add(el);
  };

  const add = (el) => {
    if (known.has(el)) return;
    const names = namesOf(el);
    if (!names) return;
    const tag = el.localName;
    const entry = {
      el,
      names: names.toLowerCase(),
      url: addressOf(el),
      kind: tag === 'iframe' ? 'frame' : tag === 'script' || tag === 'template' ? tag : 'media',
      state: 'held',
    };
    // A stand-in for a function that the held script would define, so that calls from the
    // page do not fail. What it is called with is forgotten: it came before consent.
    if (el.dataset.calls) {
      entry.calls = el.dataset.calls.split(/[\s,]+/).map((name) => stub(name, entry));
    }
    known.set(el, entry);
    entries.push(entry);
    settle(entry);
    if (entry.state === 'held' && api.onchange) api.onchange(entry);
  };

  const stub = (path, entry) => {
    const parts = path.split('.');
    const last = parts.pop();
    let at = win;
    for (const part of parts) at = at[part] ||= {};
    if (at[last]) return () => {};
    const stand = (at[last] = () => {
      entry.dropped = (entry.dropped | 0) + 1;
    });
    return () => {
      if (at[last] === stand) delete at[last];
    };
  };

  // --- Holding and letting run -----------------------------------------------------------

  const settle = (entry) => {
    const verdict = api.judge ? api.judge(entry) : +early(entry);
    if (verdict > 0 && (entry.state === 'held' || entry.state === 'never')) {
      entry.state = 'ran';
      if (entry.calls) for (const undo of entry.calls) undo();
      run[entry.kind](entry);
    } else if (verdict <= 0 && entry.state === 'ran' && entry.kind !== 'script') {
      stop(entry);
      entry.state = 'held';
    } else if (verdict < 0 && entry.state === 'held') {
      entry.state = 'never';
    } else {
      return;
    }
    if (api.onchange) api.onchange(entry);
  };

  /** Sinks that run code want a trusted value where the page enforces Trusted Types. */
  let trust = (kind, value) => value;
  if (win.trustedTypes) {
    try {
      const pass = (value) => value;
      const policy = trustedTypes.createPolicy('mixus-privacy', {
        createScript: pass,
        createScriptURL: pass,
        createHTML: pass,
      });
      trust = (kind, value) => policy['create' + kind](value);
    } catch {
      // The page does not allow our policy: activation of scripts will fail and be reported.
    }
  }

  const set = (el, name, value) => {
    const sink = /^(script|embed|object)$/.test(el.localName) && /^(src|data)$/.test(name);
    el.setAttribute(name, sink ? trust('ScriptURL', value) : value);
  };

  const run = {
    // Marked scripts run in document order, as the parser would have run them: one without
    // `async` waits for all before it. `queue` holds what has not been inserted yet.
    script(entry) {
      queue.push(entry);
      pump();
    },
    template(entry) {
      const content = doc.importNode(entry.el.content, true);
      entry.nodes = [...content.childNodes];
      // A script in the content would run at once and out of order; as a marked one it
      // takes its place in the queue.
      for (const script of content.querySelectorAll('script')) {
        const held = { el: script, kind: 'script', state: 'ran', part: true };
        known.set(script, held);
        script.dataset.src = script.getAttribute('src') || '';
        script.removeAttribute('src');
        script.dataset.type = script.type;
        script.type = 'text/plain';
        queue.push(held);
      }
      entry.el.after(content);
      pump();
    },
    media(entry) {
      const el = entry.el;
      for (const name of LOADS) {
        const value = el.getAttribute('data-' + name) || (name === 'src' && el.getAttribute('data-cookieblock-src'));
        if (value) set(el, name, value);
      }
      reload(el);
    },
    frame(entry) {
      run.media(entry);
    },
  };

  /** A `<source>` or `<track>` is only read when its player loads again. */
  const reload = (el) => {
    const player = el.closest('video,audio');
    if (player) player.load();
  };

  const stop = (entry) => {
    const el = entry.el;
    if (entry.nodes) {
      for (const node of entry.nodes) node.remove();
      return;
    }
    for (const name of LOADS) if (el.hasAttribute('data-' + name)) el.removeAttribute(name);
    // Taking `src` away does not unload a frame, and setting it would add to the history.
    if (entry.kind === 'frame' && el.contentWindow) el.contentWindow.location.replace('about:blank');
    reload(el);
  };

  const queue = [];
  let waiting = 0;

  const pump = () => {
    while (queue.length) {
      const { el } = queue[0];
      const src = el.dataset.src || el.dataset.cookieblockSrc || el.getAttribute('src');
      const type = el.dataset.type || '';
      const ordered = !el.hasAttribute('async');
      // Scripts with an address keep their order among themselves while they load side by
      // side; an inline script has to wait until those before it have run.
      if (waiting && !src && type !== 'module') return;
      const entry = queue.shift();
      try {
        insert(entry, el, src, type, ordered);
      } catch (error) {
        entry.error = error;
        if (api.onchange) api.onchange(entry);
      }
    }
  };

  const insert = (entry, el, src, type, ordered) => {
    const script = doc.createElement('script');
    for (const { name, value } of el.attributes) {
      if (!/^(type|src|data-(src|type|cookieblock-src))$/.test(name)) script.setAttribute(name, value);
    }
    if (type) script.type = type;
    script.nonce = el.nonce;
    known.set(script, entry);
    if (src) {
      script.async = !ordered;
      if (ordered) {
        waiting++;
        script.onload = script.onerror = () => {
          waiting--;
          pump();
        };
      }
      set(script, 'src', src);
      el.replaceWith(script);
    } else {
      script.async = false;
      script.text = trust('Script', el.textContent);
      quietly(script, () => el.replaceWith(script));
    }
    entry.el = script;
  };

  /** After parsing, `document.write` would erase the page: it adds behind the script. */
  const quietly = (script, work) => {
    const write = doc.write;
    doc.write = doc.writeln = (...parts) => {
      const template = doc.createElement('template');
      template.innerHTML = trust('HTML', parts.join(''));
      run.template({ el: script, ...{ el: Object.assign(script, { content: template.content }) } });
    };
    try {
      work();
    } finally {
      delete doc.write;
      delete doc.writeln;
      if (doc.write !== write) doc.write = write;
    }
  };

  // --- A returning visitor ---------------------------------------------------------------

  // What ran last time, under this very decision, may start before the module is there: the
  // module left a list, bound to the text of the mirror cookie. A mirror that has changed,
  // run out or belongs to another policy version counts as no decision.
  let started = '';
  const early = (entry) => started.includes(`\n${entry.names}|${entry.url ? entry.url.host : ''}\n`);
  try {
    const mirror = doc.cookie.match(/(?:^|; )mixus_privacy=([^;]*)/)[1];
    const [, , , until, , version] = mirror.split('~');
    const list = localStorage.getItem('mixus-privacy-start');
    const first = list.indexOf('\n');
    const ours = doc.currentScript && doc.currentScript.dataset.version === version;
    const signal = navigator.globalPrivacyControl ? '!' : '';
    if (ours && list.slice(0, first) === mirror + signal && parseInt(until, 36) * 1000 > Date.now()) {
      started = list.slice(first);
    }
  } catch {
    // No cookie, no storage, no list: nothing starts early.
  }

  // --- Consent Mode and the data layer ---------------------------------------------------

  const layer = (win.dataLayer ||= []);
  const denied = {};
  for (const type of ['ad_storage', 'ad_user_data', 'ad_personalization', 'analytics_storage', 'functionality_storage', 'personalization_storage', 'security_storage']) {
    denied[type] = 'denied';
  }
  function gtag() {
    layer.push(arguments);
  }
  gtag('consent', 'default', { ...denied, wait_for_update: 500 });
  let counting = false;
  const push = layer.push;
  // Events from before consent are dropped, not kept for later; settings pass.
  layer.push = (...items) => {
    const pass = items.filter((item) => counting || !item || !(item.event && !item['gtm.start'] || item[0] === 'event'));
    api.dropped += items.length - pass.length;
    return push.apply(layer, pass);
  };

  const api = {
    entries,
    judge: null,
    onchange: null,
    dropped: 0,
    sweep() {
      for (const entry of entries.slice()) settle(entry);
    },
    consent(granted) {
      const update = { ...denied };
      for (const type of granted) update[type] = 'granted';
      counting = granted.includes('analytics_storage');
      gtag('consent', 'update', update);
    },
  };
  Object.defineProperty(win, NAME, { value: api });

  new MutationObserver((records) => {
    for (const record of records) for (const node of record.addedNodes) scan(node);
  }).observe(doc, { childList: true, subtree: true });
  scan(doc.documentElement);
})();
