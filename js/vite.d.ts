/** `@mixus/privacy/vite`: the guard first in every page, and vendors' snippets in it held. */

import type { CompiledPolicy } from './policy.js';

export interface Options {
  /** The path of a policy document, or a compiled policy; the default policy otherwise. */
  policy?: string | CompiledPolicy;
  /** Host patterns of what the site needs: payment, content delivery, sign-in. */
  allow?: string | readonly string[];
  /** Where the site will be: `https://example.org/`. What leads there is its own. */
  site?: string;
  /** `report` holds nothing in the page and lists what would be; `marked` leaves strict mode out. Default: `strict`. */
  mode?: 'strict' | 'report' | 'marked';
  /** Where the guard's files are put. Default: `privacy`. */
  folder?: string;
}

/** The plugin. */
export default function privacy(options?: Options): { name: string };
