/** `@mixus/privacy/vault`: files that are sealed before they leave the page. The format is that of `docs/envelope.md`. */

export { PrivacyError } from './index.js';

/** Who can open a file. */
export type Recipient =
  /** Whoever has the other half of an X25519 key: its 32 bytes, and its number in its owner's keyset. */
  | { id: number; key: Uint8Array }
  /** Whoever knows a passphrase; one for a file at most. */
  | { passphrase: string }
  /** Whoever has a key of 32 bytes, by a name of 16 bytes: a passkey's, a key-management service's, a recovery code. */
  | { id: Uint8Array; wrapper: Uint8Array };

export interface SealOptions {
  /** Who can open it, at least one. */
  to: Recipient[];
  /** Default: what the file says. */
  name?: string;
  type?: string;
  /** When it was changed, in milliseconds since 1970. */
  modified?: number;
  /** The hash of the consent record in force, 32 bytes. */
  record?: Uint8Array;
  /** Whether to make it a little longer (12 % at most), so that its length says less. */
  padded?: boolean;
  /**
   * How long segments are, in bytes. Default: 512 KiB, which browsers seal fastest. With 4 KiB little parts can be read, and sealing is
   * slower. 4 KiB and 1 MiB are those for which Tink has templates.
   */
  segment?: 4096 | 524288 | 1048576;
}

export interface ReadOptions {
  signal?: AbortSignal;
}

/** A file as it leaves. It is sealed while it is read, in threads, and never all of it in memory. */
export interface Sealed {
  /** How long it is, in bytes. */
  size: number;
  stream(options?: ReadOptions): ReadableStream<Uint8Array>;
  blob(options?: ReadOptions): Promise<Blob>;
}

/** By what a file is opened: the first that does. */
export interface OpenOptions {
  /** Key pairs: the private half as the browser keeps it (X25519), or 32 bytes; and the public half. */
  keys?: { id: number; key: CryptoKey | Uint8Array; public: Uint8Array }[];
  passphrase?: string;
  wrapper?: { id: Uint8Array; key: Uint8Array };
  signal?: AbortSignal;
  /** Headers for an address. */
  headers?: Record<string, string>;
  /** After so long without a byte from an address it is asked again, in milliseconds. Default: 30,000. */
  patience?: number;
}

/** A file that its recipient can read. Everything here is proved. */
export interface Opened {
  name: string;
  type: string;
  size: number;
  modified: number;
  /** The hash of the consent record under which it was sealed. */
  record: Uint8Array;
  /** How often its recipients changed. */
  generation: number;
  /**
   * Its bytes, each of them proved. That it is whole is known at the end: keep what comes before aside until then.
   */
  stream(options?: ReadOptions): ReadableStream<Uint8Array>;
  /** A part of them. */
  slice(from: number, to: number, options?: ReadOptions): ReadableStream<Uint8Array>;
  blob(options?: ReadOptions): Promise<Blob>;
  /** The envelope for others, to be put in the place of the first bytes. Who had it opened keeps what they have. */
  rewrap(to: Recipient[]): Promise<Uint8Array>;
}

/**
 * Seals a file. Rejects with a `PrivacyError`: `vault/unfit` for recipients or names that cannot be written, `vault/limit` for
 * files beyond 2 PiB, `vault/memory` where a passphrase needs more than there is, `module/unavailable`. A stream fails with
 * `vault/unreadable` when the file has changed.
 */
export function seal(file: Blob | File, options: SealOptions): Promise<Sealed>;

/**
 * Opens a sealed file: a `Blob`, or an address whose server answers with parts (`Range`), and lets pages of other origins read
 * `Content-Range` and `ETag`. Where the network breaks it goes on from there, seven times without a byte at most; offline, it waits.
 * `signal` ends that, here and for whatever is read later. Rejects with a `PrivacyError`: `vault/closed` if
 * nothing opens it, whatever the reason; `vault/form`, `vault/length` if it is none or not all of one; `vault/cost`,
 * `vault/memory` for a passphrase that asks for too little work, or too much; `vault/unreadable` if it cannot be read: at a status,
 * such as `200` where a server knows no parts, at `changed` where it is another file by now, or at what the browser says. A stream
 * fails with the same.
 */
export function open(file: Blob | string | URL, options: OpenOptions): Promise<Opened>;
