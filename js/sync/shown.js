// What a person was shown when they decided, as a document whose hash the event carries (L31, L32).
//
// It is canonical JSON (RFC 8785) with these members: `lang`, `layout`, `notice` (hash of the policy document), `plan`
// (the rules in force: see `src/policy/plan.rs`), `texts` (everything that the banner can say, with names filled in),
// `v` (1) and `version` (of this package, whose own files are known by it). A page that has been changed since
// leaves its documents behind, so that a decision that was made on it still gets the right one; where even that
// is lost, `plan` and `texts` are missing.

import { base64 } from '../base64.js';
import { encode } from './device.js';

/** Canonical JSON of texts, whole numbers, lists and objects. */
export const canonical = (value) => {
  if (Array.isArray(value)) return `[${value.map(canonical)}]`;
  if (Object(value) !== value) return JSON.stringify(value);
  const names = Object.keys(value).filter((name) => value[name] !== undefined).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)}}`;
};

/** SHA-256 of a text, base64url. */
export const digest = async (text) => base64(new Uint8Array(await crypto.subtle.digest('SHA-256', encode(text))));

/** A text with the names that stand in it filled in, or everything that is in an object. */
const filled = (value, vars) => {
  if (Object(value) === value) return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, filled(it, vars)]));
  return ('' + value).replace(/\{(\w+)\}/g, (whole, name) => vars[name] ?? whole);
};

/** The words of a slip that say what was shown: `0.1.0-box`, language, policy. */
const words = (slip) => {
  const parts = slip.split('~');
  return { ui: parts[10], lang: parts[5], notice: parts[9] };
};

const paper = ({ ui, lang, notice }, more) => {
  const cut = ui.lastIndexOf('-');
  return canonical({ lang, layout: ui.slice(cut + 1), notice, v: 1, version: ui.slice(0, cut), ...more });
};

const place = ({ ui, lang, notice }) => `${ui} ${lang} ${notice}`;

/** Keeps what this page shows, for the decisions that are made on it. */
export const remember = async (papers, { ui, host, plan }) => {
  const about = { ui, lang: host.lang, notice: plan.split('|', 3)[2].split('\n')[0] };
  const text = paper(about, { plan, texts: filled(host.texts, host.vars) });
  const hash = await digest(text);
  if ((await papers.get(place(about))) !== hash) await papers.put([[hash, text], [place(about), hash]]);
};

/** The hash of what was shown when a slip was written. */
export const shown = async (papers, slip) => {
  const about = words(slip);
  const known = await papers.get(place(about));
  if (known) return known;
  const text = paper(about);
  const hash = await digest(text);
  await papers.put([[hash, text]]);
  return hash;
};
