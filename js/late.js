// What is needed only after the banner stands: the panel, placeholders, records, other
// managers' cookies, erasing, events, and documents that were not compiled before.

import { VERDICT } from './boot.js';
import { cookies, erase } from './erase.js';
import { tellKits } from './optout.js';

// The acts and sources of a decision, as numbers of the module.
const [ACCEPT, REJECT, CUSTOM, , IMPORT] = '012345';
const [, PANEL, CONTEXTUAL, , SIGNAL] = '012345';
const FOREIGN = ['cc_cookie', 'klaro', 'eu-consent', 'orejime', 'tarteaucitron', 'c15t', 'CookieConsent', 'OptanonConsent'];

/** Follows a value that may be a function, a module or an address to what it stands for. */
const follow = async (value, base = document.baseURI) => {
  if (typeof value === 'function') value = await value();
  if (typeof value === 'string' || value instanceof URL) value = await (await fetch(new URL(value, base))).json();
  return value?.default ?? value;
};

// The last is drawn first.
const ICON = [
  ['#06f', 'M12.7 4.1c.2.2.3.6.1.8L8.6 9.8c-.1.1-.2.2-.3.2-.2.1-.5.1-.7-.1L5.4 7.7c-.2-.2-.2-.6 0-.8.2-.2.6-.2.8 0L8 8.6l3.8-4.5c.2-.2.6-.2.9 0z'],
  ['#fff', 'M24.6 4c.2.2.2.6 0 .8L22.5 7l2.2 2.2c.2.2.2.6 0 .8-.2.2-.6.2-.8 0l-2.2-2.2-2.2 2.2c-.2.2-.6.2-.8 0-.2-.2-.2-.6 0-.8L20.8 7l-2.2-2.2c-.2-.2-.2-.6 0-.8.2-.2.6-.2.8 0l2.2 2.2L23.8 4c.2-.2.6-.2.8 0z'],
  ['#06f', 'M22.6 0H7.4c-3.9 0-7 3.1-7 7s3.1 7 7 7h15.2c3.9 0 7-3.1 7-7s-3.2-7-7-7zM1.6 7c0-3.2 2.6-5.8 5.8-5.8h9.9l-3.1 11.6H7.4c-3.2 0-5.8-2.6-5.8-5.8z'],
  ['#fff', 'M7.4 12.8h6.8l3.1-11.6H7.4C4.2 1.2 1.6 3.8 1.6 7s2.6 5.8 5.8 5.8z'],
];

/** Relative luminance of an opaque colour (WCAG 2.2); anything else cannot be vouched for. */
const luminance = (color) => {
  const [r, g, b, alpha] = color.match(/[\d.]+/g).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return color.startsWith('rgb(') && alpha === undefined ? 0.2126 * r + 0.7152 * g + 0.0722 * b : NaN;
};

export const create = ({ PrivacyError, texts: languages, host, config, source, allows, ask, decide, facts, tell }) => {
  const development = config.development ?? /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/.test(location.hostname);
  let imported;

  // --- The panel and the placeholders ------------------------------------------------------

  /** What keeps records in step with a server, once a site has asked for that. */
  let synced;
  /** What the panel says of an account. */
  let spoken;
  /** Who wants to hear of it, and what it has told. */
  const ears = new Set();
  const told = new Map();

  let everything;
  const view = async (more) => {
    const { plan, texts, full, base, document } = source();
    const [panel, ui, whole, words] = await (everything ||= Promise.all([
      import('./panel.js').then((module) => module.load()),
      follow(languages[host.ui]),
      follow(document, base),
      follow(full?.[host.lang] ?? texts[host.lang], base),
    ]).catch(() => {
      everything = 0;
      throw new PrivacyError('module/unavailable', 'panel');
    }));
    const [, , numbers, state] = facts();
    return [
      panel,
      {
        ...more,
        ui,
        imported,
        document: whole,
        texts: words,
        state,
        plan,
        region: config.region || '',
        regime: config.regime || '',
        lang: host.lang,
        dir: host.dir,
        ...spoken,
        // A frame is a document of its own: the page's properties do not reach into it.
        scheme: getComputedStyle(host.root).getPropertyValue('--mixus-scheme').trim(),
        signal: numbers[0] & numbers[1],
        verdict: (key) => ask(VERDICT, key),
        country: (code) => {
          try {
            return new Intl.DisplayNames(host.lang, { type: 'region' }).of(code);
          } catch {
            return code;
          }
        },
      },
    ];
  };

  /**
   * Opens the panel: at a page of it by name, or as the element that was clicked on says (`data-privacy="history"`).
   */
  const open = async (page) => {
    const tab = page?.target?.closest?.('[data-privacy]')?.dataset.privacy ?? page;
    const [panel, seen] = await view({
      tab,
      history: (body) => history(body, seen).catch((error) => tell('error', error)),
      decide: (picks, event) => {
        imported = 0;
        const act = { a: ACCEPT, r: REJECT }[picks] || CUSTOM;
        return decide(act, PANEL, act === CUSTOM ? picks : '', 0, event).catch((error) => tell('error', error));
      },
    });
    panel.open(seen);
  };

  /** What was decided, when somebody looks. */
  const history = async (body, seen) => {
    const { write } = await import('./history.js').catch(() => {
      throw new PrivacyError('module/unavailable', 'history');
    });
    const shares = seen.document.purposes.some(({ key, sharing }) => sharing && allows(key));
    const hear = (ear) => (ears.add(ear), () => ears.delete(ear));
    await write(body, { ...seen, language: host.ui, host, records, synced, allows, told, hear, optedOut: seen.signal && !shares });
  };

  /** A held frame gets a placeholder: load it once, or always allow its service. */
  const hold = async (entry) => {
    const frame = entry.el;
    const { key } = entry;
    const [panel, seen] = await view({
      frame,
      key,
      host: entry.url?.host,
      choose: async (what, event) => {
        if (what === 'options') return open();
        await decide(CUSTOM, CONTEXTUAL, '+' + key, what === 'once', event);
        if (what === 'once') {
          entry.once = 1;
          host.guard.sweep();
        }
      },
    });
    const show = () => entry.state !== 'ran' && panel.hold(seen);
    show();
    // What is unloaded leaves an empty document behind, later.
    if (!entry.shown) frame.addEventListener('load', show);
    entry.shown = 1;
  };

  /** The titles of what is allowed beside what has to be. */
  const titles = async () => {
    const { purposes } = await follow(source().texts[host.lang], source().base);
    // By any rule but the essential one, which is 1.
    return source().purposes.filter((key) => allows(key) && ask(VERDICT, key) >> 3 & 14).map((key) => purposes[key].title);
  };

  /** Says what was saved, for screen readers (WCAG 2.2, 4.1.3). */
  const announce = async () => {
    inform();
    const { panel } = await follow(languages[host.ui]);
    const list = new Intl.ListFormat(host.lang).format(await titles());
    host.status.textContent = list ? panel.savedSome.replace('{list}', list) : panel.savedNone;
  };

  /** Keeps what has the focus out from behind the banner. */
  const clear = async () => {
    // WebKit brings it into view only after it has said that it has the focus.
    await new Promise(requestAnimationFrame);
    const at = document.activeElement;
    const hidden = () => {
      const a = at.getBoundingClientRect();
      const b = host.shown.getBoundingClientRect();
      // Its middle counts: of a line of which one pixel shows, nobody sees anything.
      const x = (a.left + a.right) / 2;
      const y = (a.top + a.bottom) / 2;
      return x >= b.left && x <= b.right && y >= b.top && y <= b.bottom;
    };
    if (at === document.body || at === host.root || !hidden()) return;
    // Where the banner is not; and if the page does not reach that far, the banner moves.
    const free = () => at.scrollIntoView({ block: host.shown.classList.contains('flip') ? 'end' : 'start' });
    free();
    if (hidden()) {
      host.shown.classList.toggle('flip');
      free();
    }
  };

  /** The opt-out icon that Californian law puts beside "Your Privacy Choices" (11 CCR 7015). */
  const icon = (button) => {
    const svg = (name, parent, attributes) => {
      const made = document.createElementNS('http://www.w3.org/2000/svg', name);
      for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
      parent.prepend(made);
      return made;
    };
    const drawing = svg('svg', button, { viewBox: '0 0 30 14', 'aria-hidden': 'true' });
    drawing.style.cssText = 'block-size: .875rem; vertical-align: -.125rem; margin-inline-end: .375rem';
    for (const [fill, d] of ICON) svg('path', drawing, { fill, d });
  };

  /**
   * Measures the buttons of the banner. A theme that breaks their symmetry (L03) or their
   * contrast (L04) is put aside for the plain one, and the developer is told.
   */
  const measure = () => {
    const buttons = [...host.shown.querySelectorAll('.actions button:not(.quiet)')];
    const [reject, accept] = buttons.map((button) => {
      const { font, color, backgroundColor, border, opacity, visibility, transform, filter } = getComputedStyle(button);
      const { width, height } = button.getBoundingClientRect();
      const levels = [color, backgroundColor].map((it) => luminance(it) + 0.05);
      const contrast = Math.max(...levels) / Math.min(...levels) >= 4.5;
      return { size: [Math.round(width), Math.round(height)] + '', font, color, background: backgroundColor, border, opacity, visibility, transform, filter, contrast };
    });
    for (const name in reject) {
      if (reject[name] !== accept[name] || !reject[name]) {
        host.root.setAttribute('plain', '');
        return host.error('banner/asymmetric', 'theme.' + name);
      }
    }
  };

  // --- Records -----------------------------------------------------------------------------

  const ledger = () => import('./ledger.js').then((module) => module.load());

  /** Every record that this browser keeps, oldest first, as their canonical JSON says. */
  const records = async () => {
    let slips = host.slips || [];
    try {
      const keys = Object.keys(localStorage).filter((key) => key.startsWith('mixus-privacy.')).sort();
      slips = [...new Set(keys.map((key) => localStorage[key]).concat(slips))];
    } catch {
      // Blocked: what there is, is in memory.
    }
    const { record } = await ledger();
    return slips.map((slip) => record(slip, source().plan)).filter(Boolean).map((text) => JSON.parse(text));
  };

  /** The policy document with its texts in every language, as its hash is made from. */
  const whole = async () => {
    const { texts, full, base, document } = source();
    const all = Object.keys(texts).map(async (lang) => [lang, await follow(full?.[lang] ?? texts[lang], base)]);
    return { ...(await follow(document, base)), texts: Object.fromEntries(await Promise.all(all)) };
  };

  /** `sync.js` begins, or somebody else asks what holds here: what it tells is heard here as well, and the person is told of their account. */
  const join = async (begin) => {
    const both = (name, detail) => {
      tell(name, detail);
      told.set(name, detail);
      ears.forEach((ear) => ear(name, detail));
    };
    const working = await begin({ PrivacyError, host, config, source, whole, facts, tell: both });
    // Who only asks about the policy keeps no records.
    if (!working.history) return working;
    // The sign of what is refused because decisions disagree, and asked again: see `src/consent/state.rs`.
    const disputed = (key) => RegExp(`\\*${key}(?![\\w-])`).test(facts()[3]);
    try {
      const { accounts } = await import('./account.js');
      ({ calls: synced, shown: spoken } = await accounts({ working, host, ears, told, disputed, titles, open }));
    } catch {
      // Without words for it, it works all the same.
      synced = working;
    }
    return synced;
  };

  /** Another manager's cookies: refusals are taken over, grants are only filled in. */
  const adopt = async () => {
    const { foreign } = await ledger();
    const known = (name) => ask(VERDICT, name) >> 8 > 1 && (ask(VERDICT, name) >> 3 & 15) > 1;
    const slug = (name) => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
    const answers = new Map();
    for (const [name, value] of cookies().filter(([name]) => FOREIGN.includes(name))) {
      let plain = value;
      try {
        plain = decodeURIComponent(value);
      } catch {
        // Not encoded.
      }
      for (const [key, allowed] of foreign(name, plain)) {
        // Where a cookie lists only what was allowed, the rest was refused.
        if (key === '*') for (const it of source().purposes) answers.has(it) || answers.set(it, allowed);
        else answers.set(source().keys[(ask(VERDICT, slug(key)) >> 8) - 2], allowed);
      }
    }
    answers.delete(undefined);
    const those = (allowed) => [...answers].filter(([key, it]) => it === allowed && known(key)).map(([key]) => key);
    imported = Object.fromEntries(those(true).map((key) => [key, true]));
    const refused = those(false);
    if (refused[0] && !facts()[3]) await decide(IMPORT, SIGNAL, refused.map((key) => '!' + key).join(''));
  };

  /** A kit that can be told to stop is told so; the gate does not rely on it. */
  const inform = (withdrawn) =>
    tellKits((url) => host.guard.may?.(url, 'kit') ?? host.guard.judge({ names: '', url, code: 'gate/no-purpose' }) > 0, withdrawn);

  // --- Withdrawal --------------------------------------------------------------------------

  /** Erases what these services stored in this browser, and tells what went and what did not. */
  const forget = async (lost) => {
    const { services } = await follow(source().document, source().base);
    inform(true);
    const report = await erase({ services, lost, allows, may: host.guard.may, everything: host.guard.everything });
    if (config.erase) {
      // Cookies that no script sees: only the server can end them, and it reads from ours which.
      const answer = await fetch(config.erase, { method: 'POST', keepalive: true }).catch(() => ({}));
      (answer.ok ? report.removed : report.left).push({ area: 'server', name: '' + config.erase });
    }
    tell('erased', report);
  };

  // --- Events ------------------------------------------------------------------------------

  /**
   * Sends an event, cut down to what the policy allows; true if it was handed over. A function instead of a name is how
   * `sync.js` reaches what it keeps in step, which costs the loader nothing, and is nobody else's business.
   */
  const track = async (then, name, props = {}) => {
    if (name.call) return join(name);
    const { minimise } = await import('./track.js').then((module) => module.load());
    const left = minimise(await follow(source().document, source().base), '' + name, props);
    const [fault] = left.faults;
    if (development && fault) throw new PrivacyError(fault.code, fault.path);
    if (development && !config.track) throw new PrivacyError('config/missing', 'track');
    if (!config.track || !then || !then.includes(left.purpose) || !allows(left.purpose)) return false;
    const event = { name, props: left.props };
    if (typeof config.track === 'function') await config.track(event);
    else
      await fetch(config.track, {
        method: 'POST',
        keepalive: true,
        credentials: 'omit',
        referrerPolicy: 'no-referrer',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify(event),
      }).catch(() => {
        throw new PrivacyError('track/unreachable', 'track');
      });
    return true;
  };

  // --- Documents ---------------------------------------------------------------------------

  /** Checks a policy document and compiles it; `address` is where it came from, if anywhere. */
  const compile = async (given, address) => {
    const base = new URL(typeof address === 'string' || address instanceof URL ? address : '', document.baseURI);
    const texts = {};
    for (const [lang, value] of Object.entries(given?.texts || {})) {
      try {
        texts[lang] = await follow(value, base);
      } catch {
        throw new PrivacyError('policy/unreachable', 'texts.' + lang);
      }
    }
    const { compile } = await import('./compile.js').then((module) => module.load());
    const whole = given?.texts ? { ...given, texts } : given;
    const { plan, faults } = compile(whole);
    const refusing = faults.filter(({ refuses }) => refuses);
    if (!plan) throw new PrivacyError('policy/invalid', refusing[0]?.path, faults);
    if (development) for (const { code, path } of faults) tell('error', new PrivacyError(code, path));
    return { plan, name: given.controller.name, language: given.language, texts, document: whole };
  };

  return { open, hold, announce, clear, icon, measure, records, adopt, erase: forget, track, compile };
};
