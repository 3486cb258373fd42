// Style that loads something: addresses that may not be asked become ones that lead nowhere and
// say where they led.

import { accessor, constructor, method } from './hooks.js';
import { may } from './verdict.js';

const NOWHERE = 'about:held#';
const URLS = /(url\(\s*(?:"|'|)|@import\s*(?:"|'))([^"')\s]+)/gi;
const LOADS = /url\(|@import|about:held/i;

/** A style with what it may load now, and without the rest. */
export const calm = (css, base) => {
  const text = '' + css;
  if (!LOADS.test(text)) return css;
  const made = text.replace(URLS, (whole, before, address) => {
    const url = address.startsWith(NOWHERE) ? address.slice(NOWHERE.length) : address;
    return before + (may(url, 'style', base) ? url : NOWHERE + url);
  });
  return made === text ? css : made;
};

/** Sheets that scripts wrote, of which rules may be held. */
const touched = new Set();

const renew = (list) => {
  for (let at = list.cssRules.length; at--; ) {
    const rule = list.cssRules[at];
    if (rule.cssRules?.length) renew(rule);
    else {
      const css = calm(rule.cssText);
      if (css === rule.cssText) continue;
      list.deleteRule(at);
      list.insertRule(css, at);
    }
  }
};

/** Brings sheets up to date with the verdicts. */
export const restyle = () => {
  for (const ref of touched) {
    const sheet = ref.deref();
    if (!sheet) touched.delete(ref);
    else {
      try {
        renew(sheet);
      } catch {
        // A sheet of another origin, or one that is still loading.
      }
    }
  }
};

const written = (call, self, args) => {
  const css = calm(args[0]);
  if (css !== args[0]) touched.add(new WeakRef(self));
  return call([css, ...args.slice(1)]);
};

export const styles = (realm) => {
  const { CSSStyleSheet, CSSGroupingRule, CSSStyleDeclaration } = realm;
  method(CSSStyleSheet.prototype, 'insertRule replace replaceSync', written);
  method(CSSGroupingRule.prototype, 'insertRule', written);
  method(CSSStyleDeclaration.prototype, 'setProperty', (call, self, [name, value, ...rest]) => call([name, calm(value), ...rest]));
  accessor(CSSStyleDeclaration.prototype, 'cssText', (call, self, css) => call(calm(css)));
  constructor(realm, 'FontFace', (make, [name, source, ...rest]) => make([name, typeof source === 'string' ? calm(source) : source, ...rest]));
};
