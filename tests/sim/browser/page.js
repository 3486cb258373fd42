// The document of a tab, as far as the banner and the loader need one. Nobody looks at it, but buttons can be pressed.

import { Target } from './events.js';

class Node extends Target {
  isConnected = true;
  className = '';
  children = [];
  dataset = {};
  classList = { add() {}, remove() {}, toggle() {}, contains: () => false };

  constructor(tab, name) {
    super(tab.report);
    this.tab = tab;
    this.localName = name;
    if (name === 'dialog') this.showModal = () => {};
  }

  append(...nodes) {
    for (const node of nodes) if (node instanceof Node) node.parent = this;
    this.children.push(...nodes);
  }

  prepend(...nodes) {
    for (const node of nodes) if (node instanceof Node) node.parent = this;
    this.children.unshift(...nodes);
  }

  remove() {
    const { parent } = this;
    if (parent) parent.children = parent.children.filter((it) => it !== this);
    this.parent = undefined;
  }

  /** Everything under it, in order. */
  *all() {
    yield this;
    for (const it of this.children) if (it instanceof Node) yield* it.all();
    if (this.shadowRoot) yield* this.shadowRoot.all();
  }

  attachShadow() {
    this.shadowRoot = new Node(this.tab, 'shadow');
    this.shadowRoot.activeElement = null;
    return this.shadowRoot;
  }

  setAttribute() {}

  removeAttribute() {}

  focus() {}

  querySelector(name) {
    return name === 'h2' || name === 'button' ? { textContent: '', focus() {} } : null;
  }

  querySelectorAll() {
    return [];
  }

  getBoundingClientRect() {
    return { left: 0, right: 0, top: 0, bottom: 0, width: 1, height: 1 };
  }
}

/** `document` of a tab. */
export const documentOf = (tab) => {
  const doc = new Target(tab.report);
  const blocked = () => {
    if (tab.device.blocked) throw new DOMException('Access is denied for this document.', 'SecurityError');
  };
  Object.assign(doc, {
    baseURI: 'https://www.site.example/',
    documentElement: { lang: 'en' },
    body: new Node(tab, 'body'),
    createElement: (name) => new Node(tab, name),
    querySelector: () => null,
    querySelectorAll: () => [],
  });
  return Object.defineProperties(doc, {
    hidden: { get: () => tab.hidden },
    visibilityState: { get: () => (tab.hidden ? 'hidden' : 'visible') },
    cookie: {
      get: () => (blocked(), tab.device.cookies.read()),
      set: (text) => {
        blocked();
        if (tab.effect('cookie')) tab.device.cookies.write(text);
      },
    },
  });
};

/** `location` of every page. */
export const location = {
  protocol: 'https:',
  hostname: 'www.site.example',
  host: 'www.site.example',
  origin: 'https://www.site.example',
  pathname: '/',
  href: 'https://www.site.example/',
  toString: () => 'https://www.site.example/',
};
