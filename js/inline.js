// The inline entry: guard, module and texts in this one file, for pages where one request
// counts more than bytes, and for servers that do not know WebAssembly.

import css from 'style-banner';
import english from 'english-banner';
import texts from 'languages';
import policy from 'default-policy';
import bytes from 'boot-bytes';
import { create } from './loader.js';

export { PrivacyError } from './error.js';

export const {
  start, allows, explain, decision, acceptAll, rejectAll, set, withdraw, show, openPreferences, on, track, records,
} = create({
  css,
  english,
  texts,
  version: VERSION,
  wasm: bytes,
  guard: () => import('./guard.js'),
  policy: () => policy,
  late: () => import('./late.js'),
});
