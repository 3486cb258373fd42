// The ways by which elements and markup come into a page, or get something to load.

import { accessor, constructor, method } from './hooks.js';
import { check, frames, inert, look, put, scratch, seen } from './elements.js';
import { HELD, LOADS, SELECTOR, TAGS } from './names.js';
import { enter, srcdoc } from './realms.js';
import { calm } from './style.js';
import { may } from './verdict.js';

/** The roots of shadow trees, which no query of the document finds. */
export const roots = new Set();

/**
 * Nodes that come into a page, or from a document where nothing loads. What was made in this one was
 * looked at when it was made.
 */
const inserting = (call, self, args) => {
  const style = self.localName === 'style';
  let inside = [];
  args.forEach((node, at) => {
    if (style) {
      if (node?.data) node.data = calm(node.data);
      else if (!node?.nodeType) args[at] = calm(node);
    } else if (node?.nodeType) {
      if (node.ownerDocument !== self.ownerDocument) check(node);
      else seen(node, self.isConnected);
      inside = inside.concat(frames(node));
    }
  });
  const result = call(args);
  inside.forEach(enter);
  return result;
};

// What the parser makes, and styles, which can be set where nothing can be hooked.
new MutationObserver((records) => {
  for (const { type, target, addedNodes } of records) {
    if (type[0] === 'a') look(target);
    else if (document.readyState[0] === 'l')
      for (const node of addedNodes)
        if (node.querySelectorAll)
          for (const el of [node, ...node.querySelectorAll(SELECTOR)]) {
            look(el);
            enter(el);
          }
  }
}).observe(document, { subtree: true, childList: true, attributeFilter: ['style'] });

// A link that tells somebody else that it was followed.
for (const type of ['click', 'auxclick']) {
  addEventListener(
    type,
    ({ target }) => {
      const link = target.closest?.('[ping]');
      if (link && !link.ping.split(' ').every((url) => may(url, 'ping'))) {
        link.setAttribute(HELD + 'ping', link.ping);
        link.ping = '';
      }
    },
    true,
  );
}

export const insertion = (realm) => {
  const { Node, Element, CharacterData, Document, DocumentFragment, ShadowRoot, Range, document } = realm;
  for (const { prototype } of [Node, Element, CharacterData, Document, DocumentFragment, ShadowRoot, Range]) {
    method(prototype, 'appendChild insertBefore replaceChild append prepend replaceChildren moveBefore before after replaceWith insertAdjacentElement insertNode surroundContents', inserting);
    method(prototype, 'setHTMLUnsafe insertAdjacentHTML createContextualFragment write writeln', (call, self, args) => {
      const result = call(args.map((it) => (it?.nodeType ? it : inert(it))));
      frames(self).forEach(enter);
      return result;
    });
    method(prototype, 'importNode adoptNode', (call, self, args) => {
      const node = call(args);
      check(node);
      return node;
    });
    accessor(prototype, 'innerHTML outerHTML', (call, self, html) => {
      call(self === scratch ? html : self.localName === 'style' ? calm(html) : inert(html));
      frames(self).forEach(enter);
    });
  }
  method(Element.prototype, 'attachShadow', (call, self, args) => {
    const root = call(args);
    roots.add(new WeakRef(root));
    return root;
  });

  accessor(Node.prototype, 'textContent', (call, self, text) => call(self.localName === 'style' ? calm(text) : text));

  for (const tag of TAGS) {
    for (const name of LOADS) {
      accessor(
        document.createElement(tag).constructor.prototype,
        name.replace('es', 'eS'),
        (call, self, value) => put(self, name, value, () => call(name === 'srcdoc' ? srcdoc(value) : value)),
        (call, self) => {
          const value = self.getAttribute(HELD + name);
          return value === null ? call() : /^src[sd]/.test(name) ? value : new URL(value, document.baseURI).href;
        },
      );
    }
  }
  accessor(realm.HTMLLinkElement.prototype, 'rel', (call, self, value) => {
    call(value);
    check(self);
  });
  const loads = (el, name) => LOADS.includes(name) && TAGS.includes(el.localName);
  method(Element.prototype, 'setAttribute setAttributeNS', (call, self, args) => {
    const at = args.length - 1;
    const name = ('' + args[at - 1]).toLowerCase();
    if (name === 'style') args[at] = calm(args[at]);
    if (!loads(self, name)) call(args);
    else
      put(self, name, args[at], () => {
        if (name === 'srcdoc') args[at] = srcdoc(args[at]);
        call(args);
      });
    if (/^(rel|attr)/.test(name)) check(self);
  });
  method(Element.prototype, 'setAttributeNode setAttributeNodeNS', (call, self, [node]) => {
    let before = null;
    const set = () => (before = call([node]));
    if (loads(self, node.name)) put(self, node.name, node.value, set);
    else set();
    return before;
  });
  constructor(realm, 'Audio', (make, args) => Object.assign(make([]), args.length && { src: args[0] }));
};
