// One file in the list: what it is called, how far it is, and what can be done with it.

import { el, icon } from '../dom.js';
import { isolated, shown } from './words.js';

const VIEW = '0 0 18 18';
const LOOKS = {
  pause: 'M6.5 4v10M11.5 4v10',
  resume: 'M6 3.75l7.5 5.25L6 14.25z',
  retry: 'M14.5 9A5.5 5.5 0 1 1 12.7 4.9M14.5 2.5v3.25h-3.25',
  remove: 'M4.75 4.75l8.5 8.5M13.25 4.75l-8.5 8.5',
  done: 'M3 9.5l4 4 8-9',
  failed: 'M9 2.25a6.75 6.75 0 1 0 0 13.5 6.75 6.75 0 0 0 0-13.5M9 5.75v3.75M9 12.2v.05',
};
/** What the first button does in each state. */
const ACTS = { waiting: 'pause', sending: 'pause', paused: 'resume', failed: 'retry' };
/** Too long is too long: nothing would come of trying again. */
const actOf = ({ state, error }) => (error?.code === 'upload/too-long' ? undefined : ACTS[state]);

/** For so long nothing may move before it is said, in milliseconds. */
const STILL = 10_000;

const put = (node, text) => {
  // What a screen reader has read is not read again.
  if (node.textContent !== text) node.textContent = text;
};

/** Shows those of some parts that have something to say. */
const place = (parent, parts) => {
  const full = parts.filter((it) => it.textContent);
  if (full.length !== parent.children.length || full.some((it, at) => it !== parent.children[at])) parent.replaceChildren(...full);
};

/** `{node, update, focus}`. `does` is what happens on a press: `{act(name), remove()}`. */
export const row = ({ texts, words }, item, does) => {
  const { say } = words;
  const name = isolated(item.name);
  const folder = shown(item.path).slice(0, -shown(item.name).length);
  let moved = performance.now();
  let far = 0;
  let state;

  const button = (press) => el('button', { type: 'button', class: 'icon', click: press });
  const act = button(() => does.act(actOf(item)));
  const remove = button(() => does.remove());
  const dress = (it, look, key) => {
    it.replaceChildren(icon(VIEW, LOOKS[look]));
    it.title = texts[key];
    it.setAttribute('aria-label', say(texts[`${key}Of`], { name }));
  };

  const bar = el('progress', { max: 1, value: 0, 'aria-label': say(texts.progress, { name }) });
  const mark = el('span', { class: 'mark' });
  const says = el('span');
  const tells = el('span', { class: 'state' }, mark, says);
  const [amount, rate, left] = [0, 1, 2].map(() => el('span'));
  const about = el('p', { class: 'about' });
  const why = el('p', { class: 'why' });
  const node = el(
    'li',
    { class: 'row' },
    el('p', { class: 'name' }, el('bdi', {}, folder && el('span', { class: 'of' }, folder), shown(item.name))),
    el('div', { class: 'does' }, act, remove),
    bar,
    about,
    why,
  );

  const update = () => {
    const share = item.state === 'done' ? 1 : item.sealed ? Math.min(1, item.sent / item.sealed) : 0;
    if (share !== far || item.state !== 'sending') moved = performance.now();
    far = share;
    if (item.state !== state) {
      const before = node.getRootNode().activeElement;
      state = item.state;
      node.dataset.state = state;
      mark.replaceChildren(...(LOOKS[state] ? [icon(VIEW, LOOKS[state])] : []));
      const can = actOf(item);
      act.hidden = !can;
      if (can) dress(act, can, can);
      dress(remove, 'remove', state === 'done' ? 'clear' : 'stop');
      // A button that goes leaves the focus to the one beside it.
      if (act.hidden && before === act) remove.focus();
    }
    const runs = state === 'sending';
    const stands = runs && performance.now() - moved > STILL;
    bar.value = share;
    bar.hidden = state === 'failed' || state === 'done';
    put(says, texts.state[stands ? 'stalled' : state]);
    put(amount, runs || state === 'paused' ? say(texts.of, { sent: words.size(share * item.size), size: words.size(item.size) }) : words.size(item.size));
    const goes = runs && !stands && item.rate > 0;
    put(rate, goes ? words.rate(item.rate) : '');
    put(left, goes && item.left < Infinity && share < 1 ? say(texts.left, { time: words.time(item.left) }) : '');
    place(about, [tells, amount, rate, left]);
    put(why, item.error ? words.reason(item.error) : '');
  };
  update();
  return { node, update, focus: () => remove.focus() };
};
