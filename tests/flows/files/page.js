// A page that takes files, for the flows of `files/mod.rs`.

import { define, queue } from '/pkg/files.js';

const place = document.querySelector('mixus-files');
const config = JSON.parse(document.querySelector('#config').textContent);
/** Who can open them. */
const to = [{ id: new Uint8Array(16).fill(1), wrapper: new Uint8Array(32).fill(2) }];

window.told = [];
for (const name of ['added', 'uploaded', 'failed']) place.addEventListener(name, ({ detail }) => told.push([name, detail.code ?? detail.name ?? detail.items.map((it) => it.path).join()]));
// Before the page knows the element.
Object.assign(place, { to, ...config });
define();

const root = () => window.trees?.get(place);
/** What the element has in its tree. */
window.one = (selector) => root()?.querySelector(selector);
window.row = (name) => [...root().querySelectorAll('.row')].find((it) => it.querySelector('bdi').textContent === name);
window.button = (label) => [...root().querySelectorAll('button')].find((it) => it.checkVisibility() && (it.ariaLabel || it.textContent).replace(/[\u2068\u2069]/g, '') === label);
/** Each row: its name, and what is said of it. */
window.rows = () => [...root().querySelectorAll('.row')].map((it) => [it.querySelector('bdi').textContent, it.dataset.state]);
window.about = (name) => [...row(name).querySelectorAll('.about > span')].map((it) => it.textContent.replace(/[\u2068\u2069]/g, ''));
window.focused = () => root().activeElement && (root().activeElement.ariaLabel || root().activeElement.textContent).replace(/[\u2068\u2069]/g, '');

/** A file as it was given: the same again is the same file. */
const file = ([name, size, type = 'text/plain']) => new File([new Uint8Array(size).fill(7)], name, { type, lastModified: 1_764_000_000_000 });
window.give = (list) => void place.add(list.map(file));

/** What is spoken, in order. */
window.spoken = [];
const listen = () => {
  const status = one('[role=status]');
  if (!status) return requestAnimationFrame(listen);
  new MutationObserver(() => status.textContent && spoken.push(status.textContent.replace(/[\u2068\u2069]/g, ''))).observe(status, { childList: true });
  window.ready = true;
};
listen();

// --- What is dropped: a browser hands out no folders to a script, so these are played ---------------------------

/** A folder whose list comes in pieces, as in every browser, and a file that can no longer be read. */
const entry = (path, content) => {
  const isFile = typeof content === 'number';
  return {
    isFile,
    isDirectory: !isFile,
    fullPath: path,
    file: (resolve, reject) => (content < 0 ? reject(new DOMException('', 'NotFoundError')) : resolve(file([path.split('/').at(-1), content]))),
    createReader: () => {
      const rest = Object.entries(content).map(([name, it]) => entry(`${path}/${name}`, it));
      return { readEntries: (resolve) => resolve(rest.splice(0, 100)) };
    },
  };
};
/** Says what happens to what is dragged, and what of it was let happen. */
const dragged = (name, entries, where) => {
  const transfer = new DataTransfer();
  transfer.items.add(file(['played', 1]));
  const event = new DragEvent(name, { bubbles: true, composed: true, cancelable: true, dataTransfer: transfer });
  const items = entries.map((it) => ({ kind: 'file', webkitGetAsEntry: () => it }));
  Object.defineProperty(event, 'dataTransfer', { value: { types: ['Files'], items, files: [], dropEffect: 'none' } });
  where.dispatchEvent(event);
  return event.defaultPrevented;
};
window.drag = (name) => dragged(name, [], one('.choose'));
window.drop = (things) => dragged('drop', Object.entries(things).map(([name, it]) => entry(`/${name}`, it)), one('.choose'));
window.paste = (list) => {
  const event = new Event('paste', { bubbles: true, composed: true, cancelable: true });
  Object.defineProperty(event, 'clipboardData', { value: { files: list.map(file) } });
  one('.choose').dispatchEvent(event);
  return event.defaultPrevented;
};
/** Whether the browser would ask before the page is left. */
window.asks = () => !dispatchEvent(new Event('beforeunload', { cancelable: true }));

/** Without the element: how many were sent at a time, in which order, and what it came to. */
window.alone = async (list, options) => {
  let most = 0;
  const order = [];
  const states = new Map();
  let end;
  const over = new Promise((resolve) => (end = resolve));
  const all = queue({
    to,
    ...config,
    ...options,
    onChange: (item) => {
      if (states.get(item) !== item.state && item.state === 'sending') order.push(item.name);
      states.set(item, item.state);
      most = Math.max(most, all.items.filter(({ state }) => state === 'sending').length);
      if (all.total().open === 0) end();
    },
  });
  all.add(list.map(file));
  await over;
  const { sent, size, count, done } = all.total();
  return { most, order, whole: sent === size, count, done };
};
