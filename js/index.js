// The lazy entry: the module's bytes are fetched beside this file.

import css from 'style-banner';
import english from 'english-banner';
import { create, follow } from './loader.js';

export { PrivacyError } from './error.js';

export const { start, allows, explain, decision, acceptAll, rejectAll, set, withdraw, show, openPreferences, on } = create({
  css,
  english: { banner: english },
  version: '0.1.0',
  module: async (given) => (await WebAssembly.instantiateStreaming(given || fetch(new URL('./boot.wasm', import.meta.url)))).instance,
  guard: () => import('./guard.js'),
  source: async (given) => follow(given ?? (() => import('./policy.js'))),
  texts: {},
  panel: () => import('./panel.js'),
});
