// Sealed files for clients of tus that a site has already: tus-js-client, and Uppy with it. Neither is imported; what they ask of a
// file is answered of the sealed one.

import { journal } from './upload/journal.js';
import { sealer } from './tus/sealing.js';
import { plugin } from './tus/uppy.js';
import { PrivacyError, open, prepared } from './vault.js';

export { PrivacyError };

/** Seals a file for `new tus.Upload(file, options)`: see `tus.d.ts`. */
export const sealing = sealer({ PrivacyError, open, prepared, journal });

/** Seals every file of an Uppy that `@uppy/tus` sends: see `tus.d.ts`. */
export const SealedUploads = plugin({ PrivacyError, sealing });
