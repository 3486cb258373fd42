// The package's face: one start, and calls that answer "denied" until it has happened.

import { COMMIT, DECIDE, FACTS, JUDGE, REFRESH, SHOW, TYPES, VERDICT, call, open, output } from './boot.js';
import { PrivacyError } from './error.js';
import { display, host, keep, say, states } from './host.js';

const RULES = ['failure', 'essential', 'never', 'organisation', 'minor', 'opt-out-signal', 'decision', 'regime'];
const NOTES = ['undecided', 'granted', 'refused', 'lapsed', 'revised', 'new-service', 'damaged'];
/** What the gate tells a developer, by its answer. */
const ANSWERS = { 2: 'gate/unknown-name', 3: 'gate/undeclared-service', 4: 'gate/no-purpose' };
const REFUSALS = ['', 'consent/no-person', 'consent/not-optional'];
// The acts and sources of a decision, as numbers of the module.
const [ACCEPT, REJECT, CUSTOM, , , DISMISS] = '012345';
const [BANNER, PANEL, CONTEXTUAL, SETTINGS, , API] = '012345';

/** The best of `available` languages for the tag `wanted`, if any. */
const match = (wanted, available) =>
  available.find((tag) => tag === wanted) || available.find((tag) => tag.split('-')[0] === wanted.split('-')[0]);

/** Follows a value that may be a function, a module or an address to what it stands for. */
export const follow = async (value, base = document.baseURI) => {
  if (typeof value === 'function') value = await value();
  if (typeof value === 'string' || value instanceof URL) value = await (await fetch(new URL(value, base))).json();
  return value?.default ?? value;
};

export const create = (parts) => {
  const listeners = {};
  let started;
  let starting;
  let source;
  let config;
  let busy;
  let panel;

  // --- News ------------------------------------------------------------------------------

  const tell = (name, detail) =>
    queueMicrotask(() => {
      const heard = listeners[name];
      if (name === 'error' && !heard?.size) console.error(detail);
      heard?.forEach((listener) => listener(detail));
    });
  host.error = (code, path) => tell('error', new PrivacyError(code, path));

  // --- Calls into the module -------------------------------------------------------------

  /** A module that traps is dead: from then on everything optional is denied. */
  const ask = (...call_) => {
    if (!started) return 0;
    try {
      return call(...call_);
    } catch {
      fail(new PrivacyError('module/dead'));
      return 0;
    }
  };

  const fail = (error) => {
    started = false;
    host.guard?.deny();
    host.root?.remove();
    tell('error', error);
  };

  const judge = (entry) => {
    const { names, url } = entry;
    const packed = ask(JUDGE, names, url?.host || '', url?.pathname || '', url?.origin === location.origin ? 1 : 0);
    const code = ANSWERS[packed & 7];
    if (code && entry.code !== code) host.error((entry.code = code), names);
    entry.at = (packed >> 3) - 1;
    return [!started - 1 && 1, 0, 0, 0, 0, -1][packed & 7];
  };

  const apply = (types) => {
    host.guard.consent(types);
    host.guard.sweep();
  };

  const show = (forced) => display(output(ask(SHOW, forced ? 1 : 0)));

  const facts = () => output(ask(FACTS)).split('\n');

  /** What ran under this state may run at once on the next page: see the guard. */
  const remember = () => {
    try {
      localStorage['mixus-privacy-start'] = config.age || config.organisation ? '' : facts()[3] + host.guard.ran();
    } catch {
      // Blocked: the next page waits for the module.
    }
  };

  const settled = () => {
    show();
    tell('change', decision());
    remember();
  };

  const decide = async (act, from, picks, once, event) => {
    // Only with a person at work can something be granted.
    const trusted = event?.isTrusted || navigator.userActivation?.isActive;
    await starting;
    // A script that starts while a decision is being taken has to wait for its turn.
    while (busy) await busy;
    return take(act, from, picks, once, trusted);
  };

  const take = (act, from, picks = '', once, trusted) => {
    const length = ask(DECIDE, act, from, once ? 1 : 0, trusted ? 1 : 0, picks);
    if (!length || length >> 16) throw new PrivacyError(REFUSALS[length >> 16] || 'api/not-started');
    const [slip, state] = output(length).split('\n');
    if (!once) for (const entry of host.guard.entries) entry.once = 0;
    let done;
    busy = new Promise((resolve) => (done = resolve));
    apply(ask(TYPES));
    keep(slip, state);
    apply(ask(COMMIT));
    busy = done();
    if (!once) settled();
    host.status.textContent = said();
    tell('decision', decision());
    return slip;
  };

  /** What a screen reader says after a decision. */
  const said = () => {
    host.vars.list = source.purposes
      .filter((key) => explain(key).rule !== 'essential' && allows(key))
      .map((key) => say(`purposes.${key}.title`))
      .join(', ');
    return say(host.vars.list ? 'savedSome' : 'savedNone');
  };

  /** `{analytics: true, chat: false}` as `+analytics!chat`. */
  const sign = (picks) =>
    Object.entries(picks)
      .map(([key, granted]) => {
        if (!(ask(VERDICT, key) >> 8)) throw new PrivacyError('consent/unknown-key', key);
        if (typeof granted !== 'boolean') throw new PrivacyError('consent/type', key);
        return (granted ? '+' : '!') + key;
      })
      .join('');

  // --- Starting --------------------------------------------------------------------------

  const FORMS = {
    region: /^([A-Z]{2}(-[A-Z0-9]{1,3})?)?$/,
    regime: /^[a-z0-9-]+$/,
    language: /^[a-z]{2,3}(-\w{2,8})*$/i,
    layout: /^(box|bar|centre)$/,
    cookieDomain: /^[a-z0-9.-]+$/,
    age: /^\d{1,3}$/,
    gpc: /^(true|false)$/,
    parent: /^(true|false)$/,
  };

  const begin = async () => {
    for (const name in FORMS) {
      if (config[name] !== undefined && !FORMS[name].test(config[name])) throw new PrivacyError('config/type', name);
    }
    const opening = parts.module(config.wasm);
    opening.catch(() => {});
    if (!window.mixusPrivacyGuard) await parts.guard();
    host.guard = window.mixusPrivacyGuard;
    source = await parts.source(config.policy);
    const wanted = config.language || document.documentElement.lang || navigator.language || 'en';
    host.ui = match(wanted, Object.keys(parts.texts)) || 'en';
    const lang = (host.lang = match(wanted, Object.keys(source.texts)) || source.language);
    if (!match(wanted, [lang])) host.error('texts/missing-language', wanted);
    host.dir = /^(ar|fa|he|ur)/.test(lang) ? 'rtl' : 'ltr';
    const [own, common] = await Promise.all([
      follow(source.texts[lang], source.base),
      follow(host.ui === 'en' ? parts.english : parts.texts[host.ui]),
    ]);
    host.texts = { ...common.banner, ...own.banner, purposes: own.purposes };
    host.vars = { controller: source.name };
    host.css = parts.css;
    host.domain = config.cookieDomain;
    host.event = (id, trusted) => {
      if (id < 2) openPreferences();
      else take([ACCEPT, REJECT, DISMISS, REJECT][id - 2], id > 4 ? SETTINGS : BANNER, '', 0, trusted);
    };
    host.guard.onchange = hold;
    source.keys = source.plan.match(/^[ps]\w+\|[^ |\n]+/gm).map((line) => line.split('|')[1]);
    source.purposes = source.plan.match(/^p\w+\|[^ |\n]+/gm).map((line) => line.split('|')[1]);
    const layout = config.layout || 'box';
    const setting = [
      config.region,
      config.regime,
      lang,
      config.organisation?.deny.join(' '),
      parts.version + '-' + layout,
      layout === 'centre' ? 'dialog|centre' : 'section|' + layout,
      (config.age ?? 999).toString(32),
      +(navigator.globalPrivacyControl || config.gpc || 0),
      +(config.parent || 0),
    ];
    const instance = await opening.catch(() => {
      throw new PrivacyError('module/unavailable');
    });
    if (!open(instance, source.plan, setting)) throw new PrivacyError('policy/plan');
    started = true;
    host.guard.judge = judge;
    const refresh = (slip) => {
      const changed = ask(REFRESH, slip || '', states());
      apply(ask(TYPES));
      if (changed) settled();
    };
    refresh();
    show();
    remember();
    host.guard.entries.forEach(hold);
    addEventListener('storage', (event) => event.key?.startsWith('mixus-privacy.') && refresh(event.newValue));
    addEventListener('pageshow', (event) => event.persisted && refresh());
    document.addEventListener('visibilitychange', () => document.hidden || refresh());
    try {
      host.channel = new BroadcastChannel('mixus-privacy');
      host.channel.onmessage = (event) => refresh('' + event.data);
    } catch {
      // The storage event is left.
    }
    document.addEventListener('click', (event) => event.target.closest?.('[data-privacy],[data-cc]') && openPreferences());
    return api;
  };

  // --- The calls -------------------------------------------------------------------------

  const start = (given = {}) => {
    if (!globalThis.document) return Promise.resolve(api);
    return (starting ||= ((config = given), begin()).catch((error) => {
      fail(error);
      throw error;
    }));
  };

  const allows = (name) => !!(ask(VERDICT, '' + name) & 128);

  const explain = (name) => {
    const packed = ask(VERDICT, '' + name);
    const rule = (packed >> 3) & 15;
    const note = NOTES[packed & 7];
    const allowed = !!(packed & 128);
    return {
      key: source?.keys[(packed >> 8) - 2] ?? name,
      allowed,
      rule: RULES[rule],
      note,
      reasons: RULES.slice(rule && 1, rule + 1).map((name, at, all) => ({
        rule: name,
        outcome: all[at + 1] ? 'passed' : allowed ? 'allowed' : 'denied',
        ...(name === 'decision' && { note }),
      })),
    };
  };

  const decision = () => {
    const [regime, model, numbers, state] = facts();
    return { regime, model, state };
  };

  // --- The panel and the placeholders, on first use ---------------------------------------

  const view = async (more) => {
    panel ||= Promise.all([
      parts.panel(),
      follow(parts.texts[host.ui]),
      follow(source.document, source.base),
      follow(source.full?.[host.lang] ?? source.texts[host.lang], source.base),
    ]);
    const [module, ui, document, texts] = await panel.catch((error) => {
      panel = 0;
      throw new PrivacyError('module/unavailable', 'panel');
    });
    const [, , numbers, state] = facts();
    return [
      module,
      {
        ...more,
        ui,
        document,
        texts,
        state,
        plan: source.plan,
        region: config.region || '',
        regime: config.regime || '',
        lang: host.lang,
        dir: host.dir,
        signal: numbers[0] & numbers[1],
        verdict: (key) => ask(VERDICT, key),
        country: (code) => new Intl.DisplayNames(host.lang, { type: 'region' }).of(code),
      },
    ];
  };

  const openPreferences = async () => {
    const [module, seen] = await view({
      decide: (picks, event) => decide({ a: ACCEPT, r: REJECT }[picks] || CUSTOM, PANEL, picks.slice(1) && picks, 0, event),
    });
    module.open(seen);
  };

  /** A held frame gets a placeholder: load it once, or always allow its service. */
  const hold = async (entry) => {
    const frame = entry.el;
    if (entry.kind !== 'iframe' || frame.offsetHeight < 40) return;
    const key = source.keys[entry.at];
    const [module, seen] = await view({
      frame,
      key,
      host: entry.url?.host,
      choose: async (what, event) => {
        if (what === 'options') return openPreferences();
        await decide(CUSTOM, CONTEXTUAL, '+' + key, what === 'once', event);
        entry.once = what === 'once';
        host.guard.sweep();
      },
    });
    const show = () => entry.state !== 'ran' && module.hold(seen);
    show();
    frame.onload ||= show;
  };

  const api = {
    start,
    allows,
    explain,
    decision,
    openPreferences,
    on(name, listener) {
      (listeners[name] ||= new Set()).add(listener);
      return () => listeners[name].delete(listener);
    },
    acceptAll: (event) => decide(ACCEPT, API, '', 0, event),
    rejectAll: () => decide(REJECT, API),
    withdraw: (...names) => (names[0] ? api.set(Object.fromEntries(names.map((name) => [name, false]))) : api.rejectAll()),
    set: async (picks, event) => decide(CUSTOM, API, sign(picks), 0, event),
    show: () => show(true),
  };
  return api;
};
