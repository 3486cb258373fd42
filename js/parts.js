// The parts of the lazy entry: the module's bytes are fetched beside it.

export { default as css } from 'style-banner';
export { default as english } from 'english-banner';
export { default as texts } from 'languages';
export const version = VERSION;
export const wasm = () => new URL('./boot.wasm', import.meta.url);
export const guard = () => import('./guard.js');
export const policy = () => import('./policy.js');
export const late = () => import('./late.js');
