/** `@mixus/privacy/upload`: sealed uploads that go on where they stopped, to any server of tus 1.0. */

import type { SealOptions } from './vault.js';

export { PrivacyError } from './index.js';

export interface Progress {
  /** How much of it the server has, and how much it is, sealed, in bytes. */
  sent: number;
  size: number;
  /** Bytes a second. */
  rate: number;
  /** Seconds, as far as can be told. */
  left: number;
}

export interface UploadOptions extends SealOptions {
  /** Where uploads are made. */
  at: string | URL;
  headers?: Record<string, string>;
  onProgress?: (progress: Progress) => void;
  signal?: AbortSignal;
}

export interface Upload {
  /**
   * Where it is, once all of it is there. Rejects with a `PrivacyError`: `upload/refused` with the status if the server will not
   * have it, and those of `seal`. A server that does not answer is asked again until somebody gives up.
   */
  done: Promise<{ url: string; size: number }>;
  /** Stops sending, and goes on. */
  pause(): void;
  resume(): void;
  /** Gives up for good: the server is told to do away with it. */
  abort(): Promise<void>;
}

/**
 * Seals a file while it is sent. Given the same file again after a reload or a crash, it goes on where the server has it; a file that
 * has changed since begins again under a new secret. The server is told how long it is, and nothing else of it.
 */
export function upload(file: File, options: UploadOptions): Upload;
