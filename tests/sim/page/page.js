// A page of the simulated site: the package as a site uses it, in one script.

export * as privacy from '../../../js/loader.js';
export { sync } from '../../../js/sync.js';
