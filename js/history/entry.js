// One decision in the list.

import { el, icon } from '../dom.js';

const MARKS = {
  waiting: ['0 0 16 16', 'M8 4.5V8l2.25 1.5M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z'],
  kept: ['0 0 16 16', 'M3 8.5 6.5 12 13 4.5'],
  dead: ['0 0 16 16', 'M8 4.5v4M8 11.4v.1M14 8A6 6 0 1 1 2 8a6 6 0 0 1 12 0Z'],
};
const DOWN = ['0 0 16 16', 'M8 2.5v8M4.75 7.5 8 10.75 11.25 7.5M3 13.5h10'];

/** A fact with its name; nothing where there is none. */
const fact = (list, name, value) => value && list.append(el('div', {}, el('dt', {}, name), el('dd', {}, value)));

/** A place in the details that is told apart by its name alone. */
const code = (text) => el('code', { dir: 'ltr' }, text);

/** Short texts in a row: each stays whole as long as there is room for it. */
const parts = (style, ...texts) => el('p', { class: style }, ...texts.filter(Boolean).flatMap((it) => [el('span', {}, it), ' ']));

/** What stands behind "Details". */
const facts = ({ ui, words }, { id, index, taken, event }) => {
  const { history, panel } = ui;
  const list = el('dl', { class: 'facts' });
  const law = panel.regime[event.regime] ?? panel.regime[event.regime.split('-')[0]];
  fact(list, history.rules, law ?? event.regime);
  fact(list, history.language, words.language(event.lang));
  fact(list, history.signalOn, event.gpc ? history.on : '');
  fact(list, history.place, index === undefined ? '' : words.count(index + 1));
  fact(list, history.stored, taken ? words.time(taken) : '');
  // What a browser keeps for itself has a number alone, which says nothing to anyone.
  fact(list, history.id, event.sig ? code(id) : '');
  return list;
};

/** How an entry stands with the server. */
const mark = ({ ui }, { own, state }) => {
  if (!state) return '';
  const word = state === 'kept' && !own ? 'held' : state;
  return el('span', { class: 'state', 'data-state': state }, icon(...MARKS[state]), ui.history.state[word]);
};

/**
 * An entry: `{node, update}`. `does` are `receipt(entry)`, `retry(entry)` and whether there is such a thing.
 */
export const entry = (scope, first, does) => {
  const { ui, words } = scope;
  const { history } = ui;
  const said = words.read(first);
  const slot = el('div', { class: 'slot' });
  const what = el('dl', { class: 'what' });
  fact(what, history.allowed, said.allowed[0] && words.list(said.allowed));
  fact(what, history.refused, said.refused[0] && words.list(said.refused));
  for (const [at, list] of [...what.children].entries()) list.dataset.word = at || !said.allowed[0] ? 'refused' : 'allowed';
  // Where nothing leaves the device, there is no other.
  const device = first.state && (first.own ? history.thisDevice : history.otherDevice);
  const when = parts('when', el('time', { datetime: said.at }, said.time), said.where, device);
  const more = el('div', { hidden: true });
  const toggle = el('button', { type: 'button', class: 'link', 'aria-expanded': 'false', click: () => open(more.hidden) }, history.details, el('span', { class: 'sr' }, `: ${said.title}, ${said.time}`));
  const open = (on) => {
    more.hidden = !on;
    toggle.setAttribute('aria-expanded', '' + on);
  };
  const meaning = el('p', { class: 'meaning' });
  const buttons = el('div', { class: 'buttons' }, toggle);
  const node = el(
    'li',
    { class: 'entry', 'data-kind': said.kind },
    el('div', { class: 'head' }, el('h3', { tabindex: -1 }, said.title), slot),
    when,
    what.firstChild && what,
    said.optedOut && el('p', { class: 'opted' }, icon(...MARKS.kept), history.optOut),
    meaning,
    el('div', { class: 'foot' }, parts('ends', said.means, said.until, said.version), buttons),
    more,
  );

  let shown;
  const update = (now) => {
    const { state, code, index, own } = now;
    const as = [state, code, index].join(' ');
    if (as === shown) return;
    shown = as;
    slot.replaceChildren(mark(scope, now));
    meaning.textContent = (state === 'dead' ? words.say(history.stateMeans.dead, { reason: words.reason(code) }) : own && history.stateMeans[state]) || '';
    more.replaceChildren(facts(scope, now));
    const action =
      state === 'kept' && own
        ? el('button', { type: 'button', class: 'small', 'aria-label': words.say(history.receiptOf, { time: said.time }), click: () => does.receipt(now) }, icon(...DOWN), history.receipt)
        : state === 'dead' && does.retry && el('button', { type: 'button', class: 'small', click: () => does.retry(now) }, history.retry);
    buttons.replaceChildren(...[toggle, action].filter(Boolean));
  };
  update(first);
  return { node, update };
};
