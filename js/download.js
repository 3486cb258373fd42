// Sealed files on their way to somebody who can open them: shown while they are read, and saved to disk. Loaded by who does that.

export { PrivacyError } from './error.js';
export { save } from './download/save.js';
export { release, serve } from './download/serve.js';
