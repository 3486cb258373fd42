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
export const accounts = async ({ working, host, ears, disputed, titles, open }) => {
  const texts = (await languages[host.ui]()).default.account;
  const say = (key, values = {}) => fill(texts[key], values, host.dir);
  const shadow = host.root.shadowRoot;
  const account = { account: '', disputed: {} };
  dress(shadow, css);

  // --- In the banner ---------------------------------------------------------------------------

  /** The line of the banner that is about a key. */
  const lineOf = (key) => {
    const title = host.texts.purposes[key]?.title;
    return [...host.shown.querySelectorAll('dl > div')].find((it) => it.firstChild.textContent.trim() === title);
  };

  const decorate = () => {
    const { shown } = host;
    const title = shown.querySelector('h2');
    shown.querySelectorAll('.account').forEach((it) => it.remove());
    if (!title) return;
    notice()?.remove();
    if (account.account) shown.querySelector('.actions').before(el('p', { class: 'account' }, account.account));
    const lines = Object.entries(account.disputed).filter(([key]) => disputed(key)).map(([key, text]) => [lineOf(key), text]);
    // What is the same for all of them is said once.
    if (new Set(lines.map(([, text]) => text)).size === 1) shown.querySelector('dl').after(el('p', { class: 'account sides' }, lines[0][1]));
    else for (const [line, text] of lines) line?.append(el('span', { class: 'account sides' }, text));
    // Where something else is asked as well, its words stay.
    if (!lines[0] || lines.length < shown.querySelectorAll('dl > div').length) return;
    title.textContent = texts.disputedTitle;
    shown.querySelector('p').textContent = texts.disputedIntro;
    host.status.textContent = texts.disputedTitle;
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
  await look();

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
      await working.unlink();
      account.disputed = {};
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
