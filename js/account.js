// What a person is told while this browser decides for an account: that a choice covers every device (L38), that the
// account's choices apply after signing in (L40), and where devices disagree.

import languages from 'later-texts';
import css from 'style-account';

import { dress, el, fill } from './dom.js';
import { accountOf, newest } from './history/order.js';

const keysOf = ({ event: { grant, svc } }) => new Map(Object.entries({ ...grant, ...svc }).map(([name, on]) => [name.split('@')[0], on]));

/** What this device said last of a key, and what any other did. */
const sides = (all, key) => {
  const last = (mine) => newest(all).find((it) => it.own === mine && it.state !== 'dead' && keysOf(it).has(key));
  const [here, there] = [last(true), last(false)];
  return [here && keysOf(here).get(key), there && keysOf(there).get(key)];
};

/**
 * `{calls, shown}`: the calls of `sync.js` with these words around them, and what the panel shows of it. `disputed(key)` says
 * whether devices still disagree about a key, `titles()` what is allowed.
 */
export const accounts = async ({ working, host, ears, told, disputed, titles, open }) => {
  const texts = (await languages[host.ui]()).default.account;
  const say = (key, values = {}) => fill(texts[key], values, host.dir);
  const shadow = host.root.shadowRoot;
  const account = { account: '', disputed: {} };
  /** What a question that follows signing out says of that. */
  let left = '';
  /** What is told to be disputed and stands so in the state: another tab may hear of it first. */
  const held = new Set();
  /** What stood in the banner. */
  const words = new WeakMap();
  dress(shadow, css);

  // --- In the banner ---------------------------------------------------------------------------

  /** The line of the banner that is about a key. */
  const lineOf = (key) => {
    const title = host.texts.purposes[key]?.title;
    return [...host.shown.querySelectorAll('dl > div')].find((it) => it.firstChild.textContent.trim() === title);
  };

  /** Puts other words in the place of the banner's own, or these back. */
  const instead = (node, text) => (node.textContent = text ? fill(text, host.vars, host.dir) : words.get(node));

  const decorate = () => {
    const { shown } = host;
    const title = shown.querySelector('h2');
    shown.querySelectorAll('.account').forEach((it) => it.remove());
    for (const key of Object.keys(account.disputed)) {
      // What is settled is over: what is refused and asked again later has another reason.
      if (disputed(key)) held.add(key);
      else if (held.delete(key)) delete account.disputed[key];
    }
    if (!title) {
      left = '';
      return;
    }
    notice()?.remove();
    for (const it of [title, shown.querySelector('p')]) words.has(it) || words.set(it, it.textContent);
    const about = account.account || left;
    if (about) shown.querySelector('.actions').before(el('p', { class: 'account' }, about));
    const lines = Object.entries(account.disputed).filter(([key]) => held.has(key)).map(([key, text]) => [lineOf(key), text]);
    // What is the same for all of them is said once.
    if (new Set(lines.map(([, text]) => text)).size === 1) shown.querySelector('dl').after(el('p', { class: 'account sides' }, lines[0][1]));
    else for (const [line, text] of lines) line?.append(el('span', { class: 'account sides' }, text));
    // Where something else is asked as well, its words stay.
    const whole = lines[0] && lines.length >= shown.querySelectorAll('dl > div').length;
    // What only the account had allowed is asked as if for the first time, and is nothing new.
    const old = left && words.get(title) === host.texts.titleNew;
    instead(title, whole ? texts.disputedTitle : old && host.texts.title);
    instead(shown.querySelector('p'), whole ? texts.disputedIntro : old && host.texts.intro);
    if (whole) host.status.textContent = texts.disputedTitle;
  };

  // --- After signing in or out -------------------------------------------------------------------

  const notice = () => shadow.querySelector('.notice');
  const tell = async (word) => {
    notice()?.remove();
    const allowed = await titles();
    const now = allowed[0] ? say('nowSome', { list: new Intl.ListFormat(host.lang).format(allowed) }) : texts.nowNone;
    host.status.textContent = [texts[word], texts[word + 'Means'], now].join(' ');
    // A question says it itself.
    if (host.shown.querySelector('h2')) return;
    const shut = () => {
      const inside = notice().contains(shadow.activeElement);
      notice().remove();
      if (inside) shadow.querySelector('.control button')?.focus();
    };
    const see = () => {
      shut();
      open('history');
    };
    shadow.append(
      el(
        'div',
        { class: 'notice', role: 'region', 'aria-labelledby': 'n' },
        el('h2', { id: 'n' }, texts[word]),
        el('p', {}, texts[word + 'Means']),
        el('p', { class: 'now' }, now),
        el('div', { class: 'pair' }, el('button', { type: 'button', class: 'quiet', click: see }, texts.see), el('button', { type: 'button', class: 'quiet', click: shut }, texts.close)),
      ),
    );
  };

  // --- What is known of it -------------------------------------------------------------------------

  const look = async () => {
    const name = accountOf(await working.history());
    account.account = name ? texts.banner : '';
    decorate();
    return name;
  };
  const heard = async (name, detail) => {
    if (name === 'conflict') {
      const all = await working.history();
      const said = detail.keys.map((key) => {
        const [here, there] = sides(all, key);
        const word = here === undefined || there === undefined || here === there ? 'Others' : here ? 'Allowed' : 'Refused';
        return [key, texts['disputed' + word]];
      });
      account.disputed = Object.fromEntries(said);
    }
    await look();
  };
  const ear = (name, detail) => heard(name, detail).catch(() => {});
  ears.add(ear);
  // The banner is made anew with every question: it gets its words before it is painted.
  const watching = new MutationObserver(decorate);
  watching.observe(shadow, { childList: true });
  // A disagreement of an earlier page is told before anybody can listen.
  await (told.has('conflict') ? heard('conflict', told.get('conflict')) : look());

  const calls = {
    ...working,
    link: async (token) => {
      const before = await look();
      await working.link(token);
      // A site may say on every page who is signed in.
      if ((await look()) !== before) await tell('joined');
    },
    unlink: async () => {
      const before = await look();
      // There is nobody left to disagree with, which the question that may follow has to know.
      account.disputed = {};
      held.clear();
      await working.unlink();
      if (before && host.shown.querySelector('h2')) left = texts.leftMeans;
      await look();
      if (before) await tell('left');
    },
    stop: () => {
      ears.delete(ear);
      watching.disconnect();
      working.stop();
    },
  };
  return { calls, shown: account };
};
