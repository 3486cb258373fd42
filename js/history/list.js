// The decisions, newest first: a page of them at a time, so that hundreds cost no more than a few.

import { el } from '../dom.js';
import { entry } from './entry.js';

const PAGE = 20;

/** `{nodes, show(entries), open()}`: `show` brings the list up to date and leaves alone what has not changed. */
export const list = (scope, does) => {
  const { ui, words } = scope;
  const items = el('ol', { class: 'entries', role: 'list' });
  const more = el('button', { type: 'button', class: 'btn quiet more', hidden: true, click: () => grow() });
  const made = new Map();
  let all = [];
  let most = PAGE;

  const paint = () => {
    const seen = all.slice(0, most);
    const ids = new Set(seen.map(({ id }) => id));
    for (const [id, { node }] of made) {
      if (ids.has(id)) continue;
      node.remove();
      made.delete(id);
    }
    let before = null;
    for (const it of seen) {
      if (made.has(it.id)) made.get(it.id).update(it);
      else made.set(it.id, entry(scope, it, does));
      const { node } = made.get(it.id);
      const place = before ? before.nextSibling : items.firstChild;
      // What is where it belongs is not touched: it may have the focus.
      if (node !== place) items.insertBefore(node, place);
      before = node;
    }
    const rest = all.length - seen.length;
    more.hidden = !rest;
    more.textContent = words.say(ui.history.more, { count: words.count(Math.min(PAGE, rest)) });
  };
  const grow = () => {
    const at = most;
    most += PAGE;
    paint();
    // The button moves away, or goes: who pressed it goes on where the new ones begin.
    made.get(all[at].id).node.querySelector('h3').focus();
  };
  return {
    nodes: [items, more],
    show: (entries) => {
      all = entries;
      paint();
    },
  };
};
