// The package's face: one start, and calls that answer "denied" until it has happened.

import { COMMIT, DECIDE, FACTS, JUDGE, REFRESH, SHOW, TYPES, VERDICT, call, open, output } from './boot.js';
import { PrivacyError } from './error.js';
import { display, host, keep, mirror, states } from './host.js';
import * as parts from 'parts';

export { PrivacyError };

const RULES = ['failure', 'essential', 'never', 'organisation', 'minor', 'opt-out-signal', 'decision', 'regime'];
const NOTES = ['undecided', 'granted', 'refused', 'lapsed', 'revised', 'new-service', 'damaged'];
/** What the gate tells a developer, by its answer. */
const ANSWERS = { 2: 'gate/unknown-name', 3: 'gate/undeclared-service', 4: 'gate/no-purpose' };
const REFUSALS = ['module/dead', 'consent/no-person', 'consent/not-optional'];
// The acts and sources of a decision, as numbers of the module.
const ACCEPT = 0;
const REJECT = 1;
const CUSTOM = 2;
const DISMISS = 5;
const BANNER = 0;
const SETTINGS = 3;
const API = 5;

const listeners = {};
let started;
let starting;
let source = { purposes: [], services: [], keys: [] };
let config;
let later;
let types;
let failed;

// --- News --------------------------------------------------------------------------------

const tell = (name, detail) =>
  queueMicrotask(() => {
    const heard = listeners[name];
    if (name === 'error' && !heard?.size) console.error(detail);
    // One that throws stops no other.
    heard?.forEach(async (listener) => listener(detail));
  });
const tellError = (error) => tell('error', error);
host.error = (code, path) => tellError(new PrivacyError(code, path));

// --- Calls into the module ---------------------------------------------------------------

/** A module that traps is dead: from then on everything optional is denied. */
const ask = (...fields) => {
  try {
    return started ? call(...fields) : 0;
  } catch {
    fail(new PrivacyError('module/dead'));
    return 0;
  }
};

const fail = (error) => {
  started = false;
  host.guard?.deny();
  host.root?.remove();
  // Once: what fails after it fails because of it.
  if (!failed) tellError((failed = error));
};

const judge = (entry) => {
  const { names, url } = entry;
  const packed = ask(JUDGE, names, url?.host || '', url?.pathname || '', (url?.origin === location.origin) | 0);
  const code = ANSWERS[packed & 7];
  if (code && entry.code !== code) host.error((entry.code = code), names);
  entry.key = source.keys[(packed >> 3) - 1];
  return [+started, 0, 0, 0, 0, -1][packed & 7];
};

const apply = (now) => {
  if (now !== types) host.guard.consent((types = now));
  host.guard.sweep();
};

const facts = () => ((started && output(ask(FACTS))) || '\nopt-in\n00\n').split('\n');

const allowed = () => source.keys.filter(allows);

const paint = (forced) => {
  display(output(ask(SHOW, forced)));
  // What a screen reader says.
  host.status.textContent = host.shown.querySelector('h2')?.textContent;
  const button = host.shown.querySelector('.icon');
  if (button) lately('icon', button);
  // Without a theme both buttons are alike by construction.
  const style = getComputedStyle(host.root);
  if (['surface', 'text', 'button', 'button-text'].some((name) => style.getPropertyValue('--mixus-' + name))) lately('measure');
};

/** What ran under this state may run at once on the next page: see the guard. */
const remember = () => {
  try {
    localStorage['mixus-privacy-start'] = config.age || config.organisation ? '' : facts()[3] + host.guard.ran();
  } catch {
    // Blocked: the next page waits for the module.
  }
};

/** After a change: what can no longer run is made to forget what it stored. */
const settled = (before) => {
  paint(0);
  tell('change', decision());
  remember();
  const lost = before.filter((key) => !allows(key));
  if (lost[0]) lately('erase', lost);
};

const refresh = (slip) => {
  const before = allowed();
  const changed = ask(REFRESH, slip || '', states());
  apply(ask(TYPES));
  if (changed) settled(before);
};

const take = (act, from, picks, once, trusted) => {
  // Accepting takes nothing away.
  const less = act === ACCEPT ? [] : allowed();
  const length = ask(DECIDE, act, from, once | 0, trusted | 0, picks);
  if (!length || length >> 16) throw new PrivacyError(REFUSALS[length >> 16]);
  const [slip, state] = output(length).split('\n');
  if (!once) for (const entry of host.guard.entries) entry.once = 0;
  // What is denied is denied before it is stored; what is granted is stored first.
  if (act !== ACCEPT) apply(ask(TYPES));
  keep(slip, state);
  apply(ask(COMMIT));
  mirror(slip, state);
  if (!once) settled(less);
  lately('announce');
  tell('decision', decision());
};

const running = async () => {
  await starting;
  if (!started) throw new PrivacyError('api/not-started');
};

const decide = async (act, from, picks, once, event) => {
  // Only with a person at work can something be granted.
  const trusted = event?.isTrusted || globalThis.navigator?.userActivation?.isActive;
  await running();
  take(act, from, picks, once, trusted);
};

// --- What is not needed to show the banner and hold the gate: `late.js` ---------------------

const late = () =>
  (later ||= parts.late().then((module) =>
    module.create({ PrivacyError, texts: parts.texts, host, config, source: () => source, allows, ask, decide, facts, tell }),
  )).catch((error) => {
    later = 0;
    throw error.code ? error : new PrivacyError('module/unavailable', 'late');
  });

/** The same for what nobody waits for. */
const lately = (name, what) =>
  late()
    .then((it) => it[name](what))
    .catch((error) => {
      // A theme that could not be measured is put aside.
      host.root?.setAttribute('plain', '');
      tellError(error);
    });

/** News of a marked tag. A held frame gets a placeholder. */
const changed = (entry) => {
  tell('tag', entry);
  if (entry.kind === 'iframe' && entry.state !== 'ran' && entry.el.offsetHeight > 39) lately('hold', entry);
};

// --- Starting ------------------------------------------------------------------------------

const FLAG = /^(true|false)$/;
const WORD = /^[\w.-]+$/;
const FORMS = {
  region: /^([A-Z]{2}(-\w+)?)?$/,
  regime: WORD,
  language: WORD,
  layout: /^(box|bar|centre)$/,
  cookieDomain: WORD,
  age: /^\d+$/,
  gpc: FLAG,
  parent: FLAG,
};

/** The best of `available` languages for the tag `wanted`, if any. */
const match = (wanted, available) =>
  available.find((tag) => tag === wanted) || available.find((tag) => tag.split('-')[0] === wanted.split('-')[0]);

/** Follows a value that may be a function, a module or an address to what it stands for. */
const follow = async (value, base = document.baseURI) => {
  if (typeof value === 'function') value = await value();
  if (typeof value === 'string' || value instanceof URL) value = await (await fetch(new URL(value, base))).json();
  return value?.default ?? value;
};

/** The instance of a module, from an address, a response or bytes. Streaming would save nothing at its size. */
const load = async (given) => {
  given = await given;
  if (!given.byteLength) given = await (given.arrayBuffer ? given : await fetch(given)).arrayBuffer();
  return (await WebAssembly.instantiate(given)).instance;
};

const begin = async () => {
  if (Object(config) !== config) throw new PrivacyError('config/type');
  for (const name in FORMS) {
    if (config[name] !== undefined && !FORMS[name].test(config[name])) throw new PrivacyError('config/type', name);
  }
  const { deny } = config.organisation ?? { deny: [] };
  if (!deny?.map) throw new PrivacyError('config/type', 'organisation');
  const opening = load(config.wasm || parts.wasm());
  opening.catch(() => {});
  if (!window.mixusPrivacyGuard) await parts.guard();
  host.guard = window.mixusPrivacyGuard;
  source = await follow(config.policy || parts.policy).catch(() => {
    throw new PrivacyError('policy/unreachable', 'policy');
  });
  if (!source?.plan?.matchAll || !source.texts) source = await (await late()).compile(source, config.policy);
  const wanted = config.language || document.documentElement.lang || navigator.language;
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
    if (id < 2) openPreferences().catch(tellError);
    else take([ACCEPT, REJECT, DISMISS, REJECT][id - 2], id > 4 ? SETTINGS : BANNER, '', 0, trusted);
  };
  host.guard.onchange = changed;
  const keys = (kind) => [...source.plan.matchAll(RegExp(`^${kind}\\w+.([^ |\n]+)`, 'gm'))].map((line) => line[1]);
  source.purposes = keys('p');
  source.services = keys('s');
  host.guard.keys = source.keys = source.purposes.concat(source.services);
  const layout = config.layout || 'box';
  const setting = [
    config.region,
    config.regime,
    lang,
    deny.join(' '),
    parts.version + '-' + layout,
    layout === 'centre' ? 'dialog|centre' : 'section|' + layout,
    (config.age ?? 999).toString(32),
    (navigator.globalPrivacyControl || config.gpc) | 0,
    config.parent | 0,
  ];
  if (!open(await opening, source.plan, setting)) throw new PrivacyError('policy/plan');
  started = true;
  host.guard.judge = judge;
  ask(REFRESH, '', states());
  apply(ask(TYPES));
  paint(0);
  // Before the first decision nothing is kept.
  if (facts()[3]) remember();
  host.guard.entries.forEach(changed);
  // What costs time and can wait until the banner is painted.
  setTimeout(() => {
    addEventListener('storage', (event) => event.key?.startsWith('mixus-privacy.') && refresh(event.newValue));
    try {
      host.channel = new BroadcastChannel('mixus-privacy');
      // Says what is known here. Who knows of nothing is answered: where nothing is stored, tabs learn of each other thus.
      const say = () => host.channel.postMessage('\n' + facts()[3]);
      host.channel.onmessage = ({ data }) => data[1] ? refresh('' + data) : facts()[3] && say();
      say();
      // Another manager's decision: its refusals are taken over, its grants only filled in.
      if (!facts()[3] && /klaro|onsent|orejime|tarteau|c15t|cc_cookie/.test(document.cookie)) lately('adopt');
    } catch {
      // The storage event is left; and a frame without an origin of its own has no cookies.
    }
    refresh();
    // Engines compile a function when it is first called. This asks for what nobody is there to
    // ask for, is refused, and leaves the way compiled for whoever will press a button.
    ask(DECIDE, CUSTOM, API, 0, 0, '+');
  });
  addEventListener('pageshow', () => refresh());
  document.addEventListener('visibilitychange', () => document.hidden || refresh());
  document.addEventListener('click', (event) => {
    const data = event.target.closest?.('[data-privacy],[data-cc]')?.dataset;
    if (data) (CLICKS[data.privacy] || openPreferences)(event).catch(tellError);
  });
  // What has the focus is kept out from behind the banner (WCAG 2.2, 2.4.11).
  document.addEventListener('focusin', ({ target }) => target !== host.root && host.shown.localName === 'section' && lately('clear'));
  tell('ready', decision());
};

/** Starts once; every further call answers the same promise. Resolves when the gate works. */
export const start = (given = {}) =>
  globalThis.document
    ? (starting ||= ((config = given), begin()).catch((error) => {
        // Any other error means that a part of the package did not come, or is not what it should be.
        fail(error.code ? error : new PrivacyError('module/unavailable'));
        throw failed;
      }))
    : Promise.resolve();

// --- The calls -----------------------------------------------------------------------------

export const allows = (name) => !!(ask(VERDICT, '' + name) & 128);

export const explain = (name) => {
  const packed = ask(VERDICT, '' + name);
  const rule = (packed >> 3) & 15;
  const note = NOTES[packed & 7];
  const allowed = packed & 128 ? 'allowed' : 'denied';
  return {
    key: source.keys[(packed >> 8) - 2] ?? name,
    allowed: allowed === 'allowed',
    rule: RULES[rule],
    note,
    reasons: RULES.slice(rule && 1, rule + 1).map((rule, at, all) => ({ rule, outcome: all[at + 1] ? 'passed' : allowed })),
  };
};

export const decision = () => {
  const [regime, model, numbers, state] = facts();
  const those = (keys) => Object.fromEntries(keys.map((key) => [key, allows(key)]));
  return { decided: /[+!]/.test(state), regime, model, gpc: numbers[1] === '1', purposes: those(source.purposes), services: those(source.services) };
};

export const on = (name, listener) => {
  (listeners[name] ||= new Set()).add(listener);
  return () => listeners[name].delete(listener);
};

export const acceptAll = (event) => decide(ACCEPT, API, '', 0, event);

export const rejectAll = () => decide(REJECT, API, '');

/** `{analytics: true, chat: false}` as `+analytics!chat`. */
const sign = ([key, granted]) => {
  if (!(ask(VERDICT, key) >> 8)) throw new PrivacyError('consent/unknown-key', key);
  if (typeof granted !== 'boolean') throw new PrivacyError('consent/type', key);
  return (granted ? '+' : '!') + key;
};

export const set = async (picks, event) => {
  await running();
  return decide(CUSTOM, API, Object.entries(picks).map(sign).join(''), 0, event);
};

export const withdraw = (...names) => (names[0]?.trim ? set(Object.fromEntries(names.map((name) => [name, false]))) : rejectAll());

export const show = async () => {
  await running();
  paint(1);
};

export const openPreferences = async (...page) => {
  await running();
  return (await late()).open(...page);
};

export const track = async (...event) => {
  // What is not allowed now is not sent later either.
  const now = started && allowed();
  return !!now && (await late()).track(now, ...event);
};

export const records = async () => {
  await running();
  return (await late()).records();
};

/** What an element with `data-privacy` does on a click; any other word opens the panel. */
const CLICKS = { accept: acceptAll, reject: rejectAll, withdraw, show };
