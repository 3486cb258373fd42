/** `@mixus/privacy/devtools`: a panel for developers that shows what is held on a page, and why. */

import type * as privacy from './index.js';

/** Opens the panel; answers what closes it. */
export function open(it: Pick<typeof privacy, 'decision' | 'explain' | 'on'>): () => void;
