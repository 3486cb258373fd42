// Style that loads something: addresses that may not be asked become ones that lead nowhere and
// say where they led.

import { accessor, constructor, method } from './hooks.js';
import { may } from './verdict.js';

const URLS = /(url\(\s*["']?|@import\s*["'])(about:held#)?([^"')\s]+)/gi;

/** A style with what it may load now, and without the rest. */
export const calm = (css) => {
  // A trusted text, or none, stays what it is.
  const text = '' + css;
  const made = text.replace(URLS, (whole, before, held, url) => before + (may(url, 'style') ? '' : 'about:held#') + url);
  return made === text ? css : made;
};

/** Sheets that scripts wrote, of which rules are held. */
export const sheets = new Set();

export const styles = (realm) => {
  const { CSSStyleSheet, CSSGroupingRule, CSSStyleDeclaration } = realm;
  for (const { prototype } of [CSSStyleSheet, CSSGroupingRule]) {
    method(prototype, 'insertRule replace replaceSync', (call, self, args) => {
      sheets.add(new WeakRef(self));
      return call(args.map(calm));
    });
  }
  method(CSSStyleDeclaration.prototype, 'setProperty', (call, self, args) => call(args.map(calm)));
  accessor(CSSStyleDeclaration.prototype, 'cssText', (call, self, css) => call(calm(css)));
  constructor(realm, 'FontFace', (make, args) => make(args.map(calm)));
};
