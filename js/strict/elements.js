// Elements that load something: what they may not load is moved to an attribute where it does
// nothing, and back when it may be loaded. The page is the only place where that is kept: what is
// copied, moved or written out as markup takes it along.

import { HELD, LOADS, SELECTOR, TAGS } from './names.js';
import { calm } from './style.js';
import { everything, guard, may, report } from './verdict.js';

const MARKUP = RegExp(`<(${TAGS.join('|')})\\b|url\\(|attributionsrc`, 'i');

/** Elements that scripts made or changed: they cannot call themselves essential. */
const made = new WeakSet();

/** Whether an attribute may have this value. */
export const passes = (el, name, value) => {
  const tag = el.localName;
  if (
    (tag === 'link' && !/style|icon|pre|manifest/i.test(el.rel)) ||
    (tag === 'input' && el.type !== 'image') ||
    el.once ||
    (!made.has(el) && el.hasAttribute('data-essential'))
  ) return true;
  if (name === 'srcdoc') return inert(value) === value;
  return (name.endsWith('srcset') ? ('' + value).split(',') : [value]).every((part) => may(('' + part).trim().split(/\s/)[0], tag));
};

/** Sets an attribute as a script wants it, or holds it. */
export const put = (el, name, value, call) => {
  made.add(el);
  if (passes(el, name, value)) {
    el.removeAttribute(HELD + name);
    return call();
  }
  el.setAttribute(HELD + name, value);
  el.removeAttribute(name);
  guard.onhold?.(el);
};

/** Looks at one element: what it may not load is taken out, and what it may is put back. */
export const look = (el) => {
  for (const name of TAGS.includes(el.localName) ? LOADS : []) {
    const held = el.getAttribute(HELD + name);
    const value = held ?? el.getAttribute(name);
    // Putting it back goes through the hook, which clears the place where it was.
    if (value !== null && passes(el, name, value) !== (held === null)) put(el, name, value, () => el.setAttribute(name, guard.trust(value, 'ScriptURL')));
  }
  let css = el.getAttribute('style');
  let calmed = calm(css);
  if (calmed !== css) el.setAttribute('style', calmed);
  if (el.localName === 'style') {
    css = el.textContent;
    calmed = calm(css);
    // A text that no page had before: Firefox keeps for the next page what became of the same one.
    if (calmed !== css) el.textContent = calmed + ' ';
  }
  // What a browser loads of its own accord, and reports to somebody else.
  if ((el.type === 'speculationrules' || el.hasAttribute('attributionsrc')) && !report && !everything()) {
    el.removeAttribute('attributionsrc');
    if (el.text) el.type = 'held';
  }
};

/** Whether the page has had a frame: only then are others looked for. */
let framed;

/** Looks at an element as it comes into the page, and at styles below it if that is `live`. */
export const seen = (el, live) => {
  if (TAGS.includes(el.localName)) {
    made.add(el);
    framed ||= el.localName === 'iframe';
    look(el);
  } else if (el.hasAttribute?.('style')) look(el);
  if (live && el.firstElementChild) el.querySelectorAll('[style*="url("]').forEach(look);
};

/** Looks at everything in a tree that was made where nothing loads. */
export const check = (node) => {
  seen(node);
  if (node.firstElementChild) node.querySelectorAll(SELECTOR).forEach((el) => seen(el));
};

/** The frames in a tree. */
export const frames = (node) => (framed && node?.querySelectorAll ? [node, ...node.querySelectorAll('iframe')] : []);

/** Where markup is looked at: it loads nothing there, and the hooks leave it alone. */
export const scratch = document.createElement('template');

/** Markup, with what it may not load moved to where it does nothing. */
export const inert = (html) => {
  if (!MARKUP.test(html)) return html;
  scratch.innerHTML = html;
  const before = scratch.innerHTML;
  check(scratch.content);
  const after = scratch.innerHTML;
  return after === before ? html : guard.trust(after, 'HTML');
};
