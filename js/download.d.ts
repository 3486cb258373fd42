/** `@mixus/privacy/download`: opened files in elements of a page, and on the disk, without all of them in memory. */

import type { Opened } from './vault.js';

export { PrivacyError } from './index.js';

/** What is asked of an opened file. */
export type Readable = Pick<Opened, 'name' | 'type' | 'size' | 'stream' | 'slice'>;

export interface WorkerOptions {
  /**
   * The address of `sealed-worker.js`, or of a script that loads it, to be registered as the service worker of this page: it has to be
   * in the page's folder or above. Leave it out if the site's own service worker imports `sealed-worker.js`.
   */
  worker?: string | URL;
}

export interface ServeOptions extends WorkerOptions {
  /** Default: what the file says. */
  name?: string;
  type?: string;
  /** Whether it is saved and not shown where somebody goes to its address. */
  attachment?: boolean;
}

export interface SaveOptions extends WorkerOptions {
  /** Default: what the file says. */
  name?: string;
  /** One way alone, and no other. */
  by?: 'picker' | 'worker' | 'blob';
  signal?: AbortSignal;
  /** In bytes. */
  onProgress?: (progress: { saved: number; size: number }) => void;
}

/**
 * An address of this site at which the page finds an opened file: for the `src` of videos, sounds and pictures, which seek in it. It
 * holds until `release(url)`, or until the page goes. Nobody can guess it, nothing of it is stored, and a file that could run something
 * is only saved, never shown. Rejects with `download/unavailable`: at `worker` where there is no service worker that knows of this, at
 * `scope` if it is not this page's, at `controller` if the page was loaded without it (as by a forced reload).
 */
export function serve(opened: Readable, options?: ServeOptions): Promise<string>;

/** Does away with an address: nothing more is answered there. */
export function release(url: string): boolean;

/**
 * Saves an opened file; answers how. Call it from the handler of a click. By the first way that is open: the person says where, and
 * the browser writes aside until the end (`picker`: Chromium); a download from the service worker (`worker`), which fails as a download if
 * a segment does; a `Blob`, once all of it is open (`blob`). Rejects with `AbortError` if the person or `signal` ends it, with the file's own
 * error if it does not open to its end, and with `download/unavailable` if no way is open. Nothing that is not whole has the file's name
 * then, unless a browser keeps what it marks as failed.
 */
export function save(opened: Readable, options?: SaveOptions): Promise<'picker' | 'worker' | 'blob'>;
