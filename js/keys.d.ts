/**
 * `@mixus/privacy/keys`: a person's key pairs, and the public keys of those who run a site, for the `seal` and `open` of
 * `@mixus/privacy/vault`. The forms are those of `docs/keys.md`.
 *
 * A pair lies in this browser as a key that nobody can take out of it. Browsers throw away what they keep, so that a pair is only safe
 * once it is `wrapped`: a safe of sealed files, which the site keeps and cannot open.
 *
 * What goes wrong is a `PrivacyError` with one of these codes, and the `path` that is said:
 *
 * - `keys/none`: there is no pair, and one is needed.
 * - `keys/loss`: keys would be lost, or what is sealed for one; `path` has their numbers. Wrap them, or say that it is meant.
 * - `keys/closed`: nothing opens by this, whatever the reason: another passphrase, another code or one with a mistake, another passkey.
 * - `keys/form`: bytes that are no safe (`wrapped`), or an answer that is no keyset (the owner).
 * - `keys/unfit`: an argument that cannot be meant: `by`, `by[1].code`, `keep`, `to`.
 * - `keys/passkey`: the passkey, browser or person has refused; the browser's word for it, or `prf` if it cannot wrap keys.
 * - `keys/passkey-alone`: by a passkey and nothing else.
 * - `keys/storage`: the browser keeps no keys here (some private windows); its word for it. No pair was made.
 * - `keys/unavailable`: the page is not safe, and has no `crypto.subtle`.
 * - `keys/no-keyset`: the policy names none for this owner, or none for people there.
 * - `keys/insecure`, `keys/unreachable`: the owner's keyset is not behind https, or nobody answers and none was seen before.
 * - `keys/unpinned`: nobody has signed it whom the policy names, or it is another owner's.
 * - `keys/expired`: it was good until some time ago.
 * - `keys/rolled-back`: a later one has been seen, or another of the same number.
 *
 * Beside these, `vault/memory`, `module/unavailable`, `api/not-started`, and whatever `keep` rejects with.
 */

import type { Recipient } from './vault.js';

export { PrivacyError } from './index.js';

/** By what keys are got back. */
export type By =
  /** One for a safe at most. It is stretched by Argon2id. */
  | { passphrase: string }
  /** From `recoveryCode()`, as the person has written it down. */
  | { code: string }
  /** `id` is that of `newPasskey`; to get keys back it may be left out. The browser asks the person. */
  | { passkey: { id?: Uint8Array; rpId?: string } };

/**
 * Keeps what is wrapped, for this person: nothing of it can be read. A key is in use only after this has resolved. `replaces` is the
 * SHA-256 of what it takes the place of, base64url, or absent for the first: reject if something else is there. Another device was
 * faster then; `restore` what it has kept.
 */
export type Keep = (wrapped: Uint8Array, more: { replaces?: string }) => unknown;

export interface MakeOptions {
  /** By what the key is got back: at least one, and not passkeys alone. */
  by?: By[];
  /** Needed wherever something is wrapped. */
  keep?: Keep;
}

/** What there is of keys, and what would be lost. */
export interface Status {
  /**
   * Where the pair in use is: `nowhere`, so there is none; `here`, in this browser alone, and gone with its data; `wrapped`, elsewhere too.
   * Tell people before they rely on one that is `here`.
   */
  kept: 'nowhere' | 'here' | 'wrapped';
  /** The one in use first. */
  keys: { id: number; made: number; public: Uint8Array; wrapped: boolean }[];
  /** By what the safe in use opens. */
  wrappers: ('passphrase' | 'code' | 'passkey')[];
  /** The numbers of the keys that are gone with this browser's data. */
  loss: number[];
  /** Whether the browser has said that it does not throw away this site's data by itself. */
  persisted: boolean;
}

export function status(): Promise<Status>;

/**
 * Makes a pair if there is none; two tabs make one. Without `by` it is `here` alone, which the answer says. A key can be wrapped only
 * while it is made: afterwards the browser does not give it away, and `rotate` makes one that is wrapped.
 */
export function make(options?: MakeOptions): Promise<Status>;

/**
 * Makes another pair, for what is sealed from now on; older ones still open what they did. It goes into the safe in use, which asks for
 * nothing, or with `by` into a new one. (The older safe stays for the older keys.)
 */
export function rotate(options?: MakeOptions): Promise<Status>;

/**
 * Brings back what was wrapped. Keys that are here stay, as older ones. `closed` says how many files did not open: keys in a safe for
 * something else.
 */
export function restore(wrapped: Uint8Array, by: By): Promise<Status & { closed: number }>;

/** Changes by what keys are got back. Who has a copy of the older safe opens that one as before: `rotate` with `by` against them. */
export function rewrap(by: By, options: { by: By[]; keep: Keep }): Promise<Status>;

/** What `keep` was given last: empty if nothing is wrapped. */
export function wrapped(): Promise<Uint8Array>;

/** The pairs, the one in use first: `open(file, { keys: await own() })`. */
export function own(): Promise<{ id: number; key: CryptoKey | Uint8Array; public: Uint8Array }[]>;

/** Asks the browser not to throw away this site's data. Firefox asks the person, so call it from a click. */
export function persist(): Promise<boolean>;

/** Does away with the keys in this browser: on signing out. `lose` has to name what would be lost (`status().loss`). */
export function forget(options?: { lose?: number[] }): Promise<void>;

/** What of a policy document says where keysets are. */
export interface Keysets {
  keysets?: { owner: string; url: string; pins: string[]; regimes?: string[] }[];
}

export interface RecipientsOptions {
  /** The person. Their pair has to be wrapped. */
  me?: boolean;
  /** The server, as the policy names it. */
  server?: boolean;
  /** The organisation, likewise. */
  organisation?: boolean;
  /** Seals for a pair that is in this browser alone: what is sealed is lost with its data. */
  loss?: 'accepted';
  /** Where the person is, if the package does not know: for keysets of some regimes. */
  region?: string;
  regime?: string;
}

/**
 * Recipients for `seal`. `of` is the package, started (`import * as privacy from '@mixus/privacy'`), or a policy document. Where that
 * has a keyset for `recovery`, it is one of them whatever is asked for. Keysets are asked for anew each time; while nobody answers, the
 * last one that was proved counts, until it ends.
 */
export function recipients(of: Keysets | typeof import('./index.js'), options: RecipientsOptions): Promise<Recipient[]>;

/** A new recovery code, for the person to write down: 54 characters in groups. */
export function recoveryCode(): string;

/** Whether a code can be right: one that has one other character, or two that have changed places, is not. */
export function isRecoveryCode(code: string): boolean;

/** A page with a code, to be printed or put away, and what the site says of it. */
export function recoveryKit(code: string, options: { title: string; lines?: string[]; lang?: string }): Blob;

/** Whether passkeys may be able to wrap keys here; only `newPasskey` tells for sure. */
export function hasPasskeys(): Promise<boolean>;

/** Makes a passkey that can wrap keys. */
export function newPasskey(options: {
  rp: { id?: string; name: string };
  user: { id: Uint8Array; name: string; displayName?: string };
}): Promise<{ id: Uint8Array }>;
