// The ledger module: records as canonical JSON, and cookies of other managers.

import * as glue from 'glue-ledger';
import { loading } from './module.js';

/** Loads the module; answers its functions. */
export const load = loading(new URL('./ledger.wasm', import.meta.url), glue);
