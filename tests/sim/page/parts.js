// The parts of the package's entry, from the world instead of from a server of files. `simulation` is what the
// world hands in; `loaded` says when a file has come, and fails when it does not come.

import english from 'english-texts';

import * as module from '../../../js/late.js';

export { english };
export const css = '';
export const version = VERSION;
export const texts = { en: () => simulation.loaded('texts/en.js').then(() => english) };
export const wasm = () => simulation.boot;
export const guard = async () => {};
export const policy = () => simulation.policy;
export const late = () => simulation.loaded('late.js').then(() => module);
