// What a browser may not be able to do by itself: Argon2id, X25519, and on pages that are not safe any cipher at all. Loaded when
// it is needed.

import * as glue from 'glue-software';
import { loading } from './module.js';

/** Loads the module; answers its functions. */
export const load = loading(new URL('./software.wasm', import.meta.url), glue);
