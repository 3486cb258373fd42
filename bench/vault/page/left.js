// This package, for a reader that leaves what it has read to the browser's collector.

export { open, seal } from './mixus.js';
export const left = true;
