// The files of a queue as they are, one below the other, with what is to be said of all of them.

import { el } from '../dom.js';
import { row } from './row.js';

/** How often a number that runs is written anew, in milliseconds: more often nobody can read it. */
const BEAT = 250;

/** `{node, change(item)}`; `empty()` takes the focus when nothing is left. */
export const list = ({ texts, words, voice, queue, empty }) => {
  const { say } = words;
  const rows = new Map();
  const states = new WeakMap();
  const dirty = new Set();
  let timer;

  const rowsOf = el('ul', { role: 'list', 'aria-label': texts.list });
  const said = el('p', { class: 'sum' });
  const bar = el('progress', { max: 1, value: 0, 'aria-label': texts.all });
  const whole = el('button', { type: 'button', class: 'small', click: () => (runs() ? queue.pause() : queue.resume()) });
  const head = el('div', { class: 'head' }, said, whole, bar);
  const leaving = el('p', { class: 'leaving' }, texts.leaving);
  const node = el('div', { class: 'list', hidden: true }, head, rowsOf, leaving);

  const runs = () => queue.items.some(({ state }) => state === 'waiting' || state === 'sending');

  const sum = () => {
    const { sent, size, left, count, done, open } = queue.total();
    const spans = [
      say(texts.sum, { done: words.count(done), count: words.count(count) }),
      open && say(texts.of, { sent: words.size(sent), size: words.size(size) }),
      open && left < Infinity && say(texts.left, { time: words.time(left) }),
    ].filter(Boolean);
    while (said.children.length > spans.length) said.lastChild.remove();
    while (said.children.length < spans.length) said.append(el('span'));
    spans.forEach((text, at) => said.children[at].textContent !== text && (said.children[at].textContent = text));
    bar.value = size ? sent / size : 0;
    node.hidden = !count;
    // For one file its own row says it all.
    head.hidden = count < 2;
    bar.hidden = !open;
    if (!open && whole === whole.getRootNode().activeElement) rows.values().next().value?.focus();
    whole.hidden = !open;
    const text = texts[runs() ? 'pauseAll' : 'resumeAll'];
    if (whole.textContent !== text) whole.textContent = text;
    leaving.hidden = !open;
  };

  const beat = () => {
    timer = 0;
    dirty.forEach((item) => rows.get(item)?.update());
    dirty.clear();
    sum();
    // What no longer moves has to be seen as well.
    const sending = queue.items.filter(({ state }) => state === 'sending');
    sending.forEach((it) => dirty.add(it));
    if (sending[0]) timer = setTimeout(beat, BEAT);
  };

  const told = (item) => {
    if (item.state === 'done') voice.tell('sent', item);
    if (item.state === 'failed') voice.tell('notSent', item);
    const { count, done } = queue.total();
    if (item.state === 'done' && count > 1 && done === count) voice.say(texts.allSent);
  };

  const gone = (item) => {
    const { node } = rows.get(item);
    const held = node.contains(node.getRootNode().activeElement);
    const near = node.nextElementSibling || node.previousElementSibling;
    rows.delete(item);
    node.remove();
    if (!held) return;
    const next = [...rows.values()].find((it) => it.node === near);
    next ? next.focus() : empty();
  };

  const does = (item) => ({
    act: (name) => item[name](),
    remove: () => {
      voice.tell('removed', item);
      item.remove();
    },
  });

  return {
    node,
    change: (item) => {
      const before = states.get(item);
      states.set(item, item.state);
      if (item.state === 'removed') {
        if (rows.has(item)) gone(item);
      } else if (!rows.has(item)) {
        rows.set(item, row({ texts, words }, item, does(item)));
        rowsOf.append(rows.get(item).node);
      } else if (before !== item.state) rows.get(item).update();
      dirty.add(item);
      if (before !== item.state) {
        told(item);
        // The sum does not wait for the next beat where a row says something else already.
        clearTimeout(timer);
        timer = setTimeout(beat);
      }
      timer ||= setTimeout(beat, BEAT);
    },
  };
};
