/** `@mixus/privacy/upload`: sealed uploads that go on where they stopped, to any server of tus 1.0. */

import type * as privacy from './index.js';
import type { Sync } from './sync.js';
import type { SealOptions } from './vault.js';

export { PrivacyError } from './index.js';

export interface Progress {
  /** How much of it has gone, and how much it is, sealed, in bytes. */
  sent: number;
  size: number;
  /** Bytes a second, over the last few seconds; 0 as long as nothing is known. */
  rate: number;
  /** Seconds, as far as can be told; `Infinity` while nothing moves. */
  left: number;
}

export interface UploadOptions extends SealOptions {
  /**
   * Where uploads are made: by https, or on this machine. Default, with `privacy`: `/v1/files` at the end point that the policy
   * document names for the person's regime, so that a European's files stay in Europe where it says so.
   */
  at?: string | URL;
  /** The package: `import * as privacy from '@mixus/privacy'`, started. With it the envelope names the record in force. */
  privacy?: typeof privacy;
  /** What keeps records in step: the record is then the event of the log. */
  sync?: Sync;
  /** The region, where it is not that of `start`. */
  region?: string;
  /** Headers for every request, or who makes them each time: tokens may be short-lived. */
  headers?: Record<string, string> | (() => Record<string, string> | Promise<Record<string, string>>);
  /**
   * As many parts go side by side where the server offers concatenation. Default: 1, and 3 from 64 MiB on, so that one is sent while
   * another waits for an answer.
   */
  parts?: number;
  /** Ten times a second at most, and at the end. */
  onProgress?: (progress: Progress) => void;
  /** Stops it. What there is of it stays, to be gone on with. */
  signal?: AbortSignal;
}

export interface Uploaded {
  /** Where it is read: to be handed on. */
  url: string;
  /** How long it is there, sealed, in bytes. */
  size: number;
  /** Where it was written, by which it can be ended (`DELETE`): it stays with who sent it. With some servers the same. */
  upload: string;
}

export interface Upload {
  /**
   * Where it is, once all of it is there for good. Rejects with the reason of `signal`, or with a `PrivacyError`:
   * `upload/refused` with the server's status if it will not have it, `upload/too-long`, `upload/insecure` and
   * `upload/no-endpoint` for an address, `api/not-started`, and those of `seal`. A server that cannot be reached, has no time, or
   * lost what it had is asked again until somebody gives up.
   */
  done: Promise<Uploaded>;
  /** Stops sending, and goes on. */
  pause(): void;
  resume(): void;
  /** Gives up for good: what there is of it is done away with, here and at the server. */
  abort(): Promise<void>;
}

/**
 * Seals a file while it is sent. Given the same file and recipients again after a reload or a crash, it goes on where the server
 * has it; a file that has changed since begins again under a new secret. The server is told how long it is, and nothing else of it.
 * It works whatever has been decided: somebody asks for it.
 */
export function upload(file: File | Blob, options: UploadOptions): Upload;

/**
 * Uploads that were begun in this browser and are not there yet: how long each is, sealed, and since when, in milliseconds since
 * 1970. Nothing is kept of a file by which it could be named; whoever chooses it again goes on.
 */
export function unfinished(): Promise<{ size: number; since: number }[]>;
