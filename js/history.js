// What somebody has decided, for them to see, to take with them and to have erased (L36): the page "Your decisions" of
// the panel, which is loaded when it is looked at.

import languages from 'later-texts';
import css from 'style-history';

import { dress, el, icon } from './dom.js';
import { erasing } from './history/erase.js';
import { list } from './history/list.js';
import { accountOf, newest } from './history/order.js';
import { source } from './history/source.js';
import { FORMS, name, save } from './history/take.js';
import { words as wordsOf } from './history/words.js';

const TICK = ['0 0 18 18', 'M2.5 9.5l4.5 4.5 8.5-10'];

/**
 * Fills the page. `seen` is the panel's view of the site; `records`, `synced` and `host` are where decisions are kept;
 * `hear(listener)` tells of news until its answer is called.
 */
export const write = async (body, seen) => {
  const later = await languages[seen.language]();
  const ui = { ...seen.ui, ...later.default };
  const words = wordsOf({ ...seen, ui });
  const scope = { ui, words };
  const { history } = ui;
  const kept = source(seen);
  dress(body.getRootNode(), css);

  const status = el('p', { class: 'sr', role: 'status' });
  const notes = el('div', { class: 'notes' });
  const about = el('p', { class: 'kept' });
  const count = el('p', { class: 'count' });
  const none = el('div', { class: 'none', hidden: true }, el('h3', { tabindex: -1 }), el('p', {}));
  let entries = [];

  const tell = (text) => {
    // The same words twice are news as well.
    status.textContent = '';
    requestAnimationFrame(() => (status.textContent = text));
  };
  const failed = () => tell(history.failed);
  const nothing = (title, text) => {
    none.firstChild.textContent = title;
    none.lastChild.textContent = text;
  };
  const attempt = (work) => () => work().catch(failed);

  const shown = list(scope, {
    receipt: async ({ id, event }) => {
      try {
        const receipt = await kept.receipt(id);
        tell(words.say(history.took, { file: save(body, name('consent-receipt', event.at * 1000, 'json'), JSON.stringify(receipt, undefined, 2)) }));
      } catch {
        failed();
      }
    },
    retry: kept.retry && (({ id }) => attempt(() => kept.retry(id).then(refresh))()),
  });

  // --- Taking a copy, and having it erased ---------------------------------------------------

  const take = (form) =>
    attempt(async () => {
      const text = await kept.export(form);
      const [what, end] = FORMS[form];
      tell(words.say(history.took, { file: save(body, name(what, Date.now(), end), text) }));
    });
  const forms = el('ul', {}, ...kept.forms.map((form) => el('li', {}, el('button', { type: 'button', class: 'small', click: take(form) }, history.forms[form]))));
  const choice = el('div', { class: 'take', id: 'take', hidden: true }, el('p', {}, history.takeMeans), forms);
  const copy = el('button', { type: 'button', class: 'btn quiet', 'aria-expanded': 'false', 'aria-controls': 'take', click: () => offer(choice.hidden) }, history.take);
  const offer = (on) => {
    choice.hidden = !on;
    copy.setAttribute('aria-expanded', '' + on);
  };
  const { button, question } = erasing(scope, {
    about: async () => ({
      signed: kept.signed,
      linked: accountOf(entries),
      allowed: seen.document.purposes.filter(({ key, essential }) => !essential && seen.allows(key)).map(({ key }) => words.title(key)),
    }),
    does: kept.erase && (() => kept.erase()),
    done: async (all) => {
      const said = all ? history.erased : words.say(history.erasedLater);
      nothing(said, '');
      await refresh();
      tell(said);
      (none.hidden ? body.querySelector('.entry h3') : none.firstChild).focus();
    },
    failed,
  });
  const tools = el('div', { class: 'tools' }, copy, kept.erase && button, choice);

  // --- What is shown ---------------------------------------------------------------------------

  const note = (title, text) => el('div', { class: 'note' }, icon(...TICK), el('div', {}, el('b', {}, title), text));
  const warn = (text) => el('p', { class: 'note warn' }, text);
  const refresh = async () => {
    entries = newest(await kept.history());
    const linked = accountOf(entries);
    about.textContent = !kept.signed ? history.here : words.say(linked ? history.account : history.server);
    // Signing in and out is listed as well, and is no decision.
    const decided = entries.filter(({ event }) => !/^((un)?link|erase)$/.test(event.t)).length;
    count.textContent = decided === 1 ? history.countOne : words.say(history.countMany, { count: words.count(decided) });
    notes.replaceChildren(
      ...[
        seen.optedOut && note(ui.panel.signal, ui.panel.signalMeans),
        seen.told.has('storage-lost') && warn(history.lost),
        seen.told.has('log-forked') && warn(history.forked),
      ].filter(Boolean),
    );
    none.hidden = !!entries[0];
    tools.hidden = !entries[0];
    count.hidden = !decided;
    about.hidden = !entries[0];
    shown.show(entries);
  };

  nothing(history.none, history.noneMeans);
  body.append(status, notes, el('div', { class: 'intro' }, count, about), tools, question, none, ...shown.nodes);
  const end = seen.hear(() => refresh().catch(() => {}));
  body.closest('dialog').addEventListener('close', end);
  try {
    await refresh();
  } catch {
    nothing(history.unavailable, '');
    none.hidden = false;
    tools.hidden = true;
  }
};
