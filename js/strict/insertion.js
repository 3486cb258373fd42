// The ways by which elements and markup come into a page, or get something to load.

import { accessor, constructor, method } from './hooks.js';
import { HELD, LOADS, TAGS, check, inert, put, scratch } from './elements.js';
import { enter, srcdoc } from './realms.js';
import { calm } from './style.js';

/** The roots of shadow trees, which no query of the document finds. */
export const roots = new Set();

const within = (node) => {
  if (node?.localName === 'iframe') enter(node);
  else if (node?.firstElementChild) node.querySelectorAll('iframe').forEach(enter);
};

/** Nodes that come into a page, or from a document where nothing loads. */
const inserting = (call, self, args) => {
  // A range is in the page.
  const live = self.isConnected ?? 1;
  const style = self.localName === 'style';
  let from;
  for (let at = 0; at < args.length; at++) {
    const node = args[at];
    if (style) {
      if (node?.nodeType === 3) node.data = calm(node.data);
      else if (typeof node === 'string') args[at] = calm(node);
    } else if (node?.nodeType && (live || node.ownerDocument !== self.ownerDocument)) check(node);
    // A fragment is empty once it is in.
    if (live && node?.nodeType === 11) from = [...node.children];
  }
  const result = call(args);
  if (live) (from || args).forEach(within);
  return result;
};

export const insertion = (realm) => {
  const { Node, Element, CharacterData, Document, DocumentFragment, ShadowRoot, Range, document } = realm;
  for (const { prototype } of [Node, Element, CharacterData, Document, DocumentFragment, ShadowRoot, Range]) {
    method(prototype, 'appendChild insertBefore replaceChild append prepend replaceChildren moveBefore before after replaceWith insertAdjacentElement insertNode surroundContents', inserting);
    method(prototype, 'setHTMLUnsafe insertAdjacentHTML createContextualFragment write writeln', (call, self, args) => {
      const result = call(args.map((it) => (it?.nodeType ? it : inert(it))));
      within(self);
      return result;
    });
    method(prototype, 'importNode adoptNode', (call, self, args) => {
      const node = call(args);
      check(node);
      return node;
    });
    accessor(prototype, 'innerHTML outerHTML', (call, self, html) => {
      call(self === scratch ? html : self.localName === 'style' ? calm(html) : inert(html));
      within(self);
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
  constructor(realm, 'Audio', (make, args) => {
    const audio = make([]);
    if (args.length) audio.src = args[0];
    return audio;
  });
};
