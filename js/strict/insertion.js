// The ways by which elements and markup come into a page, or get something to load.

import { accessor, constructor, method } from './hooks.js';
import { LOADS, check, forgo, inert, keep, passes, valueOf, write } from './elements.js';
import { enter, srcdoc } from './realms.js';
import { calm } from './style.js';

/** Sets an attribute, or keeps it until it may be set. */
const put = (el, name, value, set) => {
  if (passes(el, name, value)) {
    forgo(el, name);
    set();
  } else {
    write(el, name, null);
    keep(el, { [name]: value });
  }
};

/** Nodes that come into a page, or from a document where nothing loads. */
const inserting = (call, self, args) => {
  const live = self.isConnected;
  for (const node of args) {
    if (!node?.nodeType) {
      if (live && self.localName === 'style') args = args.map((it) => (typeof it === 'string' ? calm(it) : it));
    } else if (live || node.ownerDocument !== self.ownerDocument) check(node);
    if (live && node?.nodeType === 3 && self.localName === 'style') node.data = calm(node.data);
  }
  const frames = live && args.flatMap((node) => (node?.localName === 'iframe' ? node : node?.firstElementChild ? [...node.querySelectorAll('iframe')] : []));
  const result = call(args);
  if (frames) frames.forEach(enter);
  return result;
};

/** Markup that becomes elements below `self`. */
const parsing = (call, self, html) => {
  const made = inert(html);
  const result = call(made);
  if (self?.querySelectorAll) {
    if (made !== html) check(self);
    if (self.isConnected) self.querySelectorAll('iframe').forEach(enter);
  }
  return result;
};

const SETS = {
  HTMLScriptElement: 'src', HTMLIFrameElement: 'src', HTMLFrameElement: 'src', HTMLImageElement: 'src srcset',
  HTMLSourceElement: 'src srcset', HTMLLinkElement: 'href imageSrcset', HTMLMediaElement: 'src', HTMLVideoElement: 'poster',
  HTMLTrackElement: 'src', HTMLEmbedElement: 'src', HTMLObjectElement: 'data', HTMLInputElement: 'src', HTMLBodyElement: 'background',
};

export const insertion = (realm) => {
  const { Node, Element, CharacterData, Document, DocumentFragment, ShadowRoot, Range } = realm;
  method(Node.prototype, 'appendChild insertBefore replaceChild', inserting);
  for (const { prototype } of [Element, Document, DocumentFragment]) method(prototype, 'append prepend replaceChildren moveBefore', inserting);
  for (const { prototype } of [Element, CharacterData]) {
    method(prototype, 'before after replaceWith', (call, self, args) => inserting(call, self.parentNode || self, args));
  }
  method(Element.prototype, 'insertAdjacentElement', (call, self, args) => inserting(call, self, args));
  method(Range.prototype, 'insertNode surroundContents', (call, self, args) => inserting(call, self.startContainer, args));
  method(Document.prototype, 'importNode adoptNode', (call, self, args) => {
    const node = call(args);
    check(node);
    return node;
  });
  // A copy of what is held is held.
  method(Node.prototype, 'cloneNode', (call, self, args) => {
    const copy = call(args);
    const pairs = [[self, copy]];
    if (args[0] && copy.firstElementChild) copy.querySelectorAll('*').forEach((el, at) => pairs.push([self.querySelectorAll('*')[at], el]));
    for (const [from, to] of pairs) {
      const names = LOADS[from?.localName]?.filter((name) => valueOf(from, name) !== undefined);
      if (names?.length) keep(to, Object.fromEntries(names.map((name) => [name, valueOf(from, name)])));
    }
    return copy;
  });

  for (const { prototype } of [Element, ShadowRoot]) {
    accessor(prototype, 'innerHTML', (call, self, html) => {
      if (self.localName === 'style') call(self.isConnected ? calm(html) : html);
      else parsing(call, self, html);
    });
    method(prototype, 'setHTMLUnsafe', (call, self, [html, ...rest]) => parsing((made) => call([made, ...rest]), self, html));
  }
  accessor(Element.prototype, 'outerHTML', (call, self, html) => parsing(call, self.parentNode, html));
  method(Element.prototype, 'insertAdjacentHTML', (call, self, [where, html]) => parsing((made) => call([where, made]), self.parentNode || self, html));
  method(Range.prototype, 'createContextualFragment', (call, self, [html]) => call([inert(html)]));
  method(Document.prototype, 'write writeln', (call, self, args) => parsing((html) => call([html]), self, args.length > 1 ? args.join('') : args[0]));
  accessor(Node.prototype, 'textContent', (call, self, text) => call(self.localName === 'style' ? calm(text) : text));

  for (const [name, properties] of Object.entries(SETS)) {
    for (const property of properties.split(' ')) {
      const attribute = property.toLowerCase();
      accessor(
        realm[name]?.prototype,
        property,
        (call, self, value) => put(self, attribute, value, () => call(value)),
        (call, self) => {
          const value = valueOf(self, attribute);
          if (value === undefined) return call();
          return attribute.endsWith('srcset') ? value : new URL(value, document.baseURI).href;
        },
      );
    }
  }
  accessor(realm.HTMLLinkElement.prototype, 'rel', (call, self, value) => {
    call(value);
    check(self);
  });
  accessor(realm.HTMLIFrameElement.prototype, 'srcdoc', (call, self, html) => put(self, 'srcdoc', html, () => call(srcdoc(html))));
  method(Element.prototype, 'setAttribute setAttributeNS', (call, self, args) => {
    const name = ('' + args[args.length - 2]).toLowerCase();
    const value = args[args.length - 1];
    if (LOADS[self.localName]?.includes(name)) {
      return put(self, name, value, () => {
        if (name === 'srcdoc') args[args.length - 1] = srcdoc(value);
        call(args);
      });
    }
    if (name === 'style') args[args.length - 1] = calm(value);
    const result = call(args);
    if (name === 'rel' || name === 'attributionsrc') check(self);
    return result;
  });
  method(Element.prototype, 'setAttributeNode setAttributeNodeNS', (call, self, args) => {
    const result = call(args);
    check(self);
    return result;
  });
  method(Element.prototype, 'getAttribute', (call, self, args) => valueOf(self, args[0]) ?? call(args));
  method(Element.prototype, 'hasAttribute', (call, self, args) => valueOf(self, args[0]) !== undefined || call(args));
  constructor(realm, 'Audio', (make, args) => {
    const audio = make([]);
    if (args.length) audio.src = args[0];
    return audio;
  });
};
