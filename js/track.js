// The track module: cuts events down to what the policy allows.

import * as glue from 'glue-track';
import { loading } from './module.js';

/** Loads the module; answers its functions. */
export const load = loading(new URL('./track.wasm', import.meta.url), glue);
