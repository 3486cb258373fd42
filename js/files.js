// Many files on their way: a queue of uploads, and an element that shows it. Nothing of it is fetched before there is something to
// send, and importing it does nothing.

import { PrivacyError } from './error.js';
import { elements } from './files/element.js';
import { queued } from './files/queue.js';

export { PrivacyError };

const load = () =>
  import('./upload.js').catch(() => {
    throw new PrivacyError('module/unavailable', 'upload');
  });

/** Sends files, some at a time: see `files.d.ts`. */
export const queue = (options = {}) => queued(load, () => options);

/** Makes the element known to the page under a name. Once more does no harm. */
export const define = elements(load);
