// Files that a person takes with them. They are made here: nothing is asked of anyone.

import { el } from '../dom.js';

/** How long a browser may take to write a file, in milliseconds. */
const PATIENCE = 60_000;

/** The forms of an export: how their files are called, and how these end. */
export const FORMS = {
  events: ['consent-records', 'json'],
  records: ['consent-records', 'json'],
  iso27560: ['consent-iso27560', 'jsonld'],
  kantara: ['consent-kantara', 'json'],
  'consent-mode': ['consent-mode', 'json'],
};

const stamp = (at) => new Date(at).toISOString().slice(0, 19).replaceAll(':', '-');

/** A name that says what it is, of which site, and from when. */
export const name = (what, at, end) => `${location.hostname || 'site'}-${what}-${stamp(at)}.${end}`;

/** Hands a text over as a file. */
export const save = (parent, name, text) => {
  const type = name.endsWith('ld') ? 'application/ld+json' : 'application/json';
  const url = URL.createObjectURL(new Blob([text], { type }));
  // An engine may want what is clicked to be in the page.
  const link = el('a', { href: url, download: name, hidden: true });
  parent.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), PATIENCE);
  return name;
};
