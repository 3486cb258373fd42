/**
 * `@mixus/privacy/tus`: sealed files for clients of tus that a site has already, tus-js-client 4 and Uppy with `@uppy/tus`. It needs
 * neither: both ask it for what they send.
 */

import type { Recipient, SealOptions } from './vault.js';

export { PrivacyError } from './index.js';

/** What tus-js-client reads of a sealed file. */
export interface SealedSource {
  /** How long it is, sealed. */
  size: number;
  /** At most 8 MiB at once, whatever is asked for: the same bytes whenever they are asked for. */
  slice(start: number, end: number): Promise<{ value: any; done: boolean }>;
  close(): void;
}

/** Options for `new tus.Upload(file, …)`. What is put behind them may add to them; `fileReader` and `metadata` have to stay. */
export interface SealingOptions {
  endpoint: string;
  fileReader: { openFile(input: any, chunkSize: number): Promise<SealedSource> };
  fingerprint(file: any, options?: any): Promise<string>;
  urlStorage: {
    findAllUploads(): Promise<any[]>;
    findUploadsByFingerprint(fingerprint: string): Promise<any[]>;
    addUpload(fingerprint: string, upload: any): Promise<any>;
    removeUpload(urlStorageKey: string): Promise<void>;
  };
  storeFingerprintForResuming: boolean;
  removeFingerprintOnSuccess: boolean;
  metadata: Record<string, string>;
  metadataForPartialUploads: Record<string, string>;
  onAfterResponse(request: any, response: any): void;
}

export interface Sealing {
  /** How long the file is, sealed, in bytes. */
  size: number;
  options: SealingOptions;
  /**
   * Where it is read, once it is there: where the server says so, an address by which nobody writes to it or ends it; with other
   * servers that of the upload.
   */
  url(): string | undefined;
  /** Sends no more of it, so that another upload of the same file goes on with it in this page. */
  close(): void;
}

/**
 * Seals a file for tus-js-client:
 *
 * ```js
 * const { options, url } = await sealing(file, { to, endpoint });
 * const upload = new tus.Upload(file, { ...options, onSuccess: () => show(url()) });
 * const [before] = await upload.findPreviousUploads();
 * if (before) upload.resumeFromPreviousUpload(before);
 * upload.start();
 * ```
 *
 * After a reload an upload is found again if the file is the same, for the same people, with the same options: all of it that may
 * have been sent is sealed again first, and compared. Otherwise a new one begins under a new secret. A file that changes while it is
 * sent fails with `vault/unreadable`, as `causingError` of what tus-js-client says.
 */
export function sealing(file: Blob | File, options: SealOptions & { endpoint: string | URL }): Promise<Sealing>;

export interface SealedUploadsOptions extends Omit<SealOptions, 'to'> {
  /** Who can open a file, or a function that says so of each. */
  to: Recipient[] | ((file: any) => Recipient[] | Promise<Recipient[]>);
  /** The name of this plugin, and that of the one that sends files. Default: `SealedUploads` and `Tus`. */
  id?: string;
  uploader?: string;
}

/**
 * A plugin for Uppy, beside `@uppy/tus` and behind plugins that change files: `uppy.use(Tus, { endpoint }).use(SealedUploads, { to })`.
 * Every file is sealed before it is sent, nothing of it is told, and `uploadURL` of what is there is where it is read. Files that
 * another server would fetch (Companion) are refused with `vault/unfit`: it would see them.
 */
export const SealedUploads: any;
