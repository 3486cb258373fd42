// Elements that load something: what they may not load is moved to an attribute where it does
// nothing, and back when it may be loaded. The page is the only place where that is kept: what is
// copied, moved or written out as markup takes it along.

import { srcdoc } from './realms.js';
import { calm } from './style.js';
import { everything, guard, may, report } from './verdict.js';

/** The attributes by which an element loads something. */
export const LOADS = {};
for (const line of 'script src href xlink:href,iframe src srcdoc,img src srcset,source src srcset,link href imagesrcset,video src poster,audio src,track src,embed src,object data,input src,image href xlink:href'.split(',')) {
  const [tag, ...names] = line.split(' ');
  LOADS[tag] = names;
}
const tags = Object.keys(LOADS).concat('style');
/** Where the value of an attribute is while it is held. */
export const HELD = 'data-held-';
export const SELECTOR = tags + ',[style*="url("],[attributionsrc]';
const MARKUP = RegExp(`<(${tags.join('|')})\\b|url\\(|attributionsrc`, 'i');

// Taken now: by the time they are called, these names lead to hooks.
const { getAttribute, setAttribute, removeAttribute } = Element.prototype;
const markup = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML').set;
export const read = (el, name) => getAttribute.call(el, name);
export const write = (el, name, value) => (value === null ? removeAttribute.call(el, name) : setAttribute.call(el, name, value));

/** Elements that scripts made or changed: they cannot call themselves essential. */
const made = new WeakSet();

/** Whether an attribute may have this value. */
export const passes = (el, name, value) => {
  const tag = el.localName;
  if (
    (tag === 'link' && !/style|icon|pre|manifest/i.test(read(el, 'rel'))) ||
    (tag === 'input' && el.type !== 'image') ||
    el.once ||
    (!made.has(el) && read(el, 'data-essential') !== null)
  ) return true;
  if (name === 'srcdoc') return inert(value) === value;
  return (name.endsWith('srcset') ? ('' + value).split(',') : [value]).every((part) => may(('' + part).trim().split(/\s/)[0], tag));
};

/** Sets an attribute as a script wants it, or holds it. */
export const put = (el, name, value, call) => {
  made.add(el);
  const may = passes(el, name, value);
  write(el, HELD + name, may ? null : value);
  if (may) return call();
  write(el, name, null);
  guard.onhold?.(el);
};

/** Looks at one element: what it may not load is taken out, and what it may is put back. */
export const look = (el) => {
  const tag = el.localName;
  for (const name of LOADS[tag] || []) {
    const was = read(el, HELD + name);
    const value = was ?? read(el, name);
    if (value === null || passes(el, name, value) === (was === null)) continue;
    write(el, HELD + name, was === null ? value : null);
    write(el, name, was === null ? null : guard.trust(name === 'srcdoc' ? srcdoc(value) : value, name === 'srcdoc' ? 'HTML' : 'ScriptURL'));
    guard.onhold?.(el);
  }
  const style = read(el, 'style');
  const calmed = calm(style);
  if (calmed !== style) write(el, 'style', calmed);
  if (tag === 'style') {
    const css = el.textContent;
    const calmed = calm(css);
    if (calmed !== css) el.textContent = calmed;
  }
  // What a browser may load of its own accord, and reports to somebody else.
  if (el.type === 'speculationrules' && !report && !everything()) el.type = 'held';
  const source = read(el, 'attributionsrc');
  if (source !== null && !may(source || read(el, 'src') || '', 'attribution')) write(el, 'attributionsrc', null);
};

/** Looks at everything in a tree that could load something, as it comes into the page. */
export const check = (node) => {
  const type = node?.nodeType;
  if (type === 1) {
    const tag = node.localName;
    if (LOADS[tag] || tag === 'style' || node.hasAttribute('style')) {
      made.add(node);
      look(node);
    }
    if (!node.firstElementChild) return;
  } else if (type !== 11) return;
  for (const el of node.querySelectorAll(SELECTOR)) {
    made.add(el);
    look(el);
  }
};

/** Markup, with what it may not load moved to where it does nothing. */
export const inert = (html) => {
  if (!MARKUP.test(html)) return html;
  const template = document.createElement('template');
  markup.call(template, html);
  const before = template.innerHTML;
  check(template.content);
  const after = template.innerHTML;
  return after === before ? html : guard.trust(after, 'HTML');
};
