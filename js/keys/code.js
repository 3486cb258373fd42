// A recovery code: a key of 32 bytes for people to write down. Crockford's base 32 has no letters that look alike, and two
// more characters at the end make the number leave 1 when divided by 1021. That is a prime, and the powers of 32 up to the
// code's length are all different to it: no one character that is another, and no two that have changed places, go unnoticed.

import { random } from './pair.js';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 54;
const GROUP = 6;
const PRIME = 1021n;
/** How many bits the two characters have. */
const CHECK = 10n;

const written = (bytes) => {
  const value = bytes.reduce((sum, it) => (sum << 8n) | BigInt(it), 0n) << CHECK;
  let rest = value + ((PRIME + 1n - (value % PRIME)) % PRIME);
  let text = '';
  for (let at = 0; at < LENGTH; at += 1) {
    text = ALPHABET[Number(rest & 31n)] + (at && at % GROUP === 0 ? '-' : '') + text;
    rest >>= 5n;
  }
  return text;
};

/** The key that a code is, as people write it; nothing for one that has been written wrongly. */
export const keyOf = (code) => {
  const text = `${code}`.toUpperCase().replace(/[\s\p{Pd}]/gu, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  const digits = [...text].map((it) => ALPHABET.indexOf(it));
  if (digits.length !== LENGTH || digits.includes(-1)) return undefined;
  const value = digits.reduce((sum, it) => (sum << 5n) | BigInt(it), 0n);
  const key = value >> CHECK;
  if (value % PRIME !== 1n || key >> 256n) return undefined;
  return Uint8Array.from({ length: 32 }, (_, at) => Number((key >> BigInt(8 * (31 - at))) & 255n));
};

/** A new code. */
export const recoveryCode = () => written(random(32));

/** Whether a code can be right: to be asked before it is sent on its way. */
export const isRecoveryCode = (code) => !!keyOf(code);

const escaped = (text) => `${text}`.replace(/[&<>"]/g, (it) => `&#${it.charCodeAt(0)};`);

/** A page to be printed or put away: a code, and what the site says of it. */
export const recoveryKit = (code, { title, lines = [], lang = 'en' }) => {
  const says = lines.map((line) => `<p>${escaped(line)}</p>\n`).join('');
  const style = 'body{font:16px/1.5 sans-serif;max-width:36em;margin:3em auto}code{font:1.4em/1.8 monospace;overflow-wrap:anywhere}';
  const html = `<!doctype html>\n<html lang="${escaped(lang)}">\n<meta charset="utf-8">\n<title>${escaped(title)}</title>\n<style>${style}</style>\n<h1>${escaped(title)}</h1>\n<p><code>${escaped(code)}</code></p>\n${says}`;
  return new Blob([html], { type: 'text/html' });
};
