/** `@mixus/privacy/verify`: what a receipt proves, without asking the server that made it. */

import type { ConsentEvent } from './sync.js';

export { PrivacyError } from './index.js';

/**
 * What a receipt proves: that the holder of the subject's key made this event, and that the log has it at this place
 * and has signed so. That it was taken in at that time is the word of the log. Bytes are base64url, times seconds
 * since 1970.
 */
export interface Proved {
  event: ConsentEvent;
  id: string;
  subject: string;
  /** Its place in the log, from 0. */
  index: number;
  /** When the log took it in. */
  taken: number;
  /** What the log was when the receipt was made: its name, how many entries it had, and their root (RFC 9162). */
  checkpoint: { origin: string; size: number; root: string };
}

/**
 * Rejects with a `PrivacyError` that has one of these codes, and in `path` the member that it is about:
 *
 * - `receipt/form` it is no receipt,
 * - `receipt/event` it holds no event of this subject,
 * - `receipt/proof` the event is not where it says in the log of the checkpoint,
 * - `receipt/checkpoint` the checkpoint is no signed note,
 * - `receipt/signature` a signature is not one of its key,
 * - `receipt/key` the key is no verifier key, or that of another log,
 * - `verify/unsupported` the browser cannot check Ed25519 signatures,
 * - `module/unavailable` the module cannot be loaded.
 *
 * @param receipt the text of a receipt, as it was downloaded
 * @param key the log's verifier key, `name+id+base64` (C2SP signed-note), from whoever is trusted to know it
 */
export function verify(receipt: string, key: string): Promise<Proved>;
