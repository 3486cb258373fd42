// How files, their sizes and what became of them are said to a person.

import { fill } from '../dom.js';
import { directionOf, localeOf } from '../locale.js';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];

/** What would turn the order of the letters around it, or is none: a name must not look like another one. */
const UNSEEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069\u2028\u2029]/gu;

/** A name as it can be shown. */
export const shown = (name) => name.replace(UNSEEN, '\ufffd');

/** The same within a sentence, whose letters may run the other way (Unicode UAX 9). */
export const isolated = (name) => `\u2068${shown(name)}\u2069`;

/** Why a server did not take a file, by its status. */
const STATUS = { 401: 'denied', 403: 'denied', 413: 'tooLarge', 507: 'room' };
const CODES = {
  'vault/unreadable': 'unreadable',
  'vault/unfit': 'recipients',
  'vault/limit': 'tooLarge',
  'upload/too-long': 'tooLarge',
  'module/unavailable': 'module',
};

export const words = (texts, lang) => {
  const dir = directionOf(lang);
  const locale = localeOf(lang);
  const number = new Intl.NumberFormat(locale);
  const say = (text, values) => fill(text, values, dir);
  const unit = (unit, unitDisplay, value, maximumFractionDigits = 0) => new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay, maximumFractionDigits }).format(value);
  const bytes = (value, end = '') => {
    const at = value < 1000 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
    const scaled = value / 1000 ** at;
    return unit(UNITS[at] + end, at ? 'short' : 'long', scaled, at && scaled < 10 ? 1 : 0);
  };
  return {
    dir,
    say,
    count: (many) => number.format(many),
    size: (value) => bytes(value),
    rate: (value) => bytes(Math.max(1, value), '-per-second'),
    /** How long it takes: roughly, as nobody knows better. */
    time: (seconds) => {
      if (seconds < 60) return unit('second', 'long', Math.max(1, seconds < 10 ? Math.ceil(seconds) : Math.ceil(seconds / 5) * 5));
      return seconds < 5400 ? unit('minute', 'long', Math.round(seconds / 60)) : unit('hour', 'long', seconds / 3600, 1);
    },
    /** Why a file was not sent. */
    reason: ({ code = '', path = '', name = '' }) => {
      const { why } = texts;
      if (code === 'upload/too-long' && path) return say(why.large, { size: bytes(Number(path)) });
      const known = code === 'upload/refused' ? STATUS[path] : CODES[code];
      return known ? why[known] : say(why.other, { code: [code || name, path].filter(Boolean).join(' ') });
    },
  };
};
