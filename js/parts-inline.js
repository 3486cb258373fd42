// The parts of the inline entry: guard, module, policy and texts are in the one file, for
// pages where a request counts more than bytes.

export { default as css } from 'style-banner';
export { default as english } from 'english-banner';
export { default as texts } from 'languages';
export { default as policy } from 'default-policy';
export { default as wasm } from 'boot-bytes';
export const version = VERSION;
export const guard = () => import('./guard.js');
export const late = () => import('./late.js');
