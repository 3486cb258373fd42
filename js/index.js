// The lazy entry: the module's bytes are fetched beside this file.

import css from 'style-banner';
import english from 'english-banner';
import texts from 'languages';
import { create } from './loader.js';

export { PrivacyError } from './error.js';

export const {
  start, allows, explain, decision, acceptAll, rejectAll, set, withdraw, show, openPreferences, on, track, records,
} = create({
  css,
  english,
  texts,
  version: VERSION,
  wasm: () => new URL('./boot.wasm', import.meta.url),
  guard: () => import('./guard.js'),
  policy: () => import('./policy.js'),
  late: () => import('./late.js'),
});
