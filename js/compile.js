// The compile module: checks and compiles policy documents.

import * as glue from 'glue-compile';
import { loading } from './module.js';

/** Loads the module; answers its functions. */
export const load = loading(new URL('./compile.wasm', import.meta.url), glue);
