// Elements that load something: their addresses are taken out of the markup while they are held,
// and put back, in the order in which they came, when they may load.

import { srcdoc } from './realms.js';
import { calm } from './style.js';
import { everything, guard, may, report, resolve } from './verdict.js';

/** The attributes by which an element loads something. */
export const LOADS = {
  script: 'src href xlink:href', iframe: 'src srcdoc', frame: 'src', img: 'src srcset', source: 'src srcset',
  link: 'href imagesrcset', video: 'src poster', audio: 'src', track: 'src', embed: 'src', object: 'data',
  input: 'src', image: 'href xlink:href', use: 'href xlink:href', feImage: 'href xlink:href',
  body: 'background', table: 'background', td: 'background', th: 'background',
};
for (const tag in LOADS) LOADS[tag] = LOADS[tag].split(' ');
const HELD = 'data-held';
const SELECTOR = [...Object.keys(LOADS), 'style', `[${HELD}]`, '[style*="url("]', '[style*=about\\:held]', '[attributionsrc]'].join();
/** Links that load nothing are names for something. */
const QUIET = /^(alternate|author|bookmark|canonical|help|license|me|next|prev|search|tag|amphtml|shortlink)$/i;

// Taken now: by the time they are called, these names lead to hooks.
const { getAttribute, setAttribute, removeAttribute } = Element.prototype;
const markup = Object.getOwnPropertyDescriptor(Element.prototype, 'innerHTML').set;
const { replaceWith } = Element.prototype;
const { replaceWith: comeBack } = CharacterData.prototype;
export const read = (el, name) => Reflect.apply(getAttribute, el, [name]);
export const write = (el, name, value) =>
  value === null ? Reflect.apply(removeAttribute, el, [name]) : Reflect.apply(setAttribute, el, [name, value]);

let trust = (html) => html;
try {
  const policy = window.trustedTypes?.createPolicy('mixusPrivacyStrict', { createHTML: trust });
  if (policy) trust = (html) => policy.createHTML(html);
} catch {
  // The page does not allow our policy: markup that has to be changed will be refused.
}

/** What is held, by element and in order. What is in no page is kept by nobody. */
const held = new WeakMap();
const order = new Set();
export const valueOf = (el, name) => (order.size ? held.get(el)?.values[name] : undefined);
export const forgo = (el, name) => order.size && held.has(el) && delete held.get(el).values[name];

/** Elements that scripts made or changed: they cannot call themselves essential. */
const made = new WeakSet();

/** Whether an attribute may have this value. */
export const passes = (el, name, value) => {
  const tag = el.localName;
  if (!LOADS[tag]?.includes(name) || (tag === 'link' && QUIET.test(read(el, 'rel'))) || held.get(el)?.once) return true;
  if (!made.has(el) && el.hasAttribute('data-essential')) return true;
  if (name === 'srcdoc') return inert(value) === value;
  const parts = name.endsWith('srcset') ? ('' + value).split(',').map((it) => it.trim().split(/\s/)[0]) : [value];
  return parts.every((address) => !address || may(address, tag));
};

/** What an element has and may not load, taken out of it. */
const take = (el) => {
  let values;
  for (const name of LOADS[el.localName] || []) {
    const value = read(el, name);
    if (value === null || passes(el, name, value)) continue;
    (values ||= {})[name] = value;
    write(el, name, null);
  }
  const style = read(el, 'style');
  const calmed = style && calm(style);
  if (calmed !== style) write(el, 'style', calmed);
  if (el.localName === 'style') {
    const css = el.textContent;
    const calmed = calm(css);
    if (calmed !== css) el.textContent = calmed;
  }
  // What a browser may load of its own accord, and reports to somebody else.
  if (el.type === 'speculationrules' && !report && !everything()) el.type = 'text/held';
  const source = read(el, 'attributionsrc');
  if (source !== null && !may(source || read(el, 'src') || '', 'attribution')) write(el, 'attributionsrc', null);
  return values;
};

/** Keeps values of attributes until the element may have them. */
export const keep = (el, values) => {
  let entry = held.get(el);
  if (!entry) {
    const ref = new WeakRef(el);
    entry = { names: '', values: {}, get el() { return ref.deref(); } };
    held.set(el, entry);
  }
  order.add(entry);
  entry.state = 'held';
  Object.assign(entry.values, values);
  for (const name in values) entry.url ||= resolve(values[name]);
  news(entry);
};

/** Tells of an entry, for whose service there may be a placeholder. */
const news = (entry) => {
  entry.code = 'gate/no-purpose';
  if (guard.judge && entry.url) guard.judge(entry);
  entry.kind = entry.key && entry.el.localName === 'iframe' ? 'iframe' : 'media';
  guard.onchange?.(entry);
};

/** Looks at one element: what it may not load is taken out. */
const look = (el) => {
  const stash = read(el, HELD);
  if (stash) {
    write(el, HELD, null);
    keep(el, JSON.parse(stash));
  }
  const values = take(el);
  if (values) keep(el, values);
};

/** Looks at everything in a tree that could load something, as it comes into the page. */
export const check = (node) => {
  const type = node?.nodeType;
  if (type === 1) {
    if (LOADS[node.localName] || node.hasAttributes() || node.localName === 'style') {
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
  const text = '' + html;
  if (!/<(script|i?frame|im(g|age)|source|link|video|audio|track|embed|object|input|use|feimage|body|table|t[dh]|style)\b|url\(|attributionsrc/i.test(text)) return html;
  const template = document.createElement('template');
  Reflect.apply(markup, template, [html]);
  const before = template.innerHTML;
  for (const el of template.content.querySelectorAll(SELECTOR)) {
    made.add(el);
    const values = take(el);
    if (values) write(el, HELD, JSON.stringify(values));
  }
  const after = template.innerHTML;
  return after === before ? html : trust(after);
};

/** Some elements only notice what they load when they are put in anew. */
const anew = (el, change) => {
  const place = /^(i?frame|embed|object)$/.test(el.localName) && el.isConnected && document.createTextNode('');
  if (place) Reflect.apply(replaceWith, el, [place]);
  change();
  if (place) Reflect.apply(comeBack, place, [el]);
  el.closest('video,audio')?.load();
};

/** After verdicts changed: lets go, in order, what may load now; takes out what no longer may. */
export const sweep = () => {
  for (const entry of order) {
    const { el, values } = entry;
    if (!el) order.delete(entry);
    else if (entry.once || Object.entries(values).every(([name, value]) => passes(el, name, value))) {
      order.delete(entry);
      entry.values = {};
      // What was never put into the page was a request, and is forgotten.
      if (!el.isConnected) continue;
      entry.state = 'ran';
      anew(el, () => Object.entries(values).forEach(([name, value]) => write(el, name, name === 'srcdoc' ? srcdoc(value) : value)));
      guard.onchange?.(entry);
    } else news(entry);
  }
  for (const el of document.querySelectorAll(SELECTOR)) {
    // A script that is in the page has started; taking its address away would change nothing.
    if (el.localName !== 'script' && (LOADS[el.localName]?.some((name) => el.hasAttribute(name)) || read(el, 'style') || el.localName === 'style')) {
      const values = LOADS[el.localName]?.filter((name) => read(el, name) !== null && !passes(el, name, read(el, name)));
      if (values?.length || !values) anew(el, () => look(el));
      else look(el);
    }
  }
};
