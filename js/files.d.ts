/** `@mixus/privacy/files`: many files on their way, and an element that shows them. */

import type { UploadOptions } from './upload.js';

export { PrivacyError } from './index.js';

export interface Item {
  readonly file: File;
  /** Its name; and with the folders in which it was chosen or dropped. */
  readonly name: string;
  readonly path: string;
  /** In bytes; and how long it is when sealed, once that is known, with how much of that is there. */
  readonly size: number;
  readonly sealed: number;
  readonly sent: number;
  /** Bytes a second; and seconds, as far as can be told. */
  readonly rate: number;
  readonly left: number;
  readonly state: 'waiting' | 'sending' | 'paused' | 'done' | 'failed' | 'removed';
  /** Where it is, once it is done. */
  readonly url?: string;
  /**
   * Why it failed: what `upload` rejects with, or `upload/too-long` (with the most that may be sent, in bytes), before anything of it
   * was sent.
   */
  readonly error?: { code?: string; path?: string };
  pause(): void;
  resume(): void;
  /** Tries one that failed again. */
  retry(): void;
  /** Takes it off the list. What has not been sent to its end is given up, and the server is told to do away with it. */
  remove(): void;
}

export interface QueueOptions extends Omit<UploadOptions, 'onProgress' | 'signal' | 'name' | 'type' | 'modified'> {
  /** As many are sent at a time; default: 2. */
  together?: number;
  /** The most that a file may have, in bytes. What the server says (`Tus-Max-Size`) counts too. */
  most?: number;
  /** An item is new, has changed, or is further than before. */
  onChange?(item: Item): void;
}

export interface Queue {
  readonly items: readonly Item[];
  /** Adds files; with the path in their folder, where that is known. What is there already is not added again; what failed is tried again. */
  add(files: Iterable<File | { file: File; path?: string }>): { added: Item[]; twice: Item[] };
  /** Of all that did not fail: bytes, sealed as far as known, a rate and the time left; and how many there are. */
  total(): { sent: number; size: number; rate: number; left: number; count: number; done: number; failed: number; open: number };
  pause(): void;
  resume(): void;
}

/**
 * Files that are sealed and sent some at a time, in the order in which they were added. While one is being sent, the browser asks
 * before the page is left. Options are looked at when a file's turn comes.
 */
export function queue(options: QueueOptions): Queue;

/** Its detail is there for listeners of the element itself, while they are told; and for nobody who looks at every event of the page. */
export interface FilesEvent<Detail> extends Event {
  readonly detail: Detail;
}

export interface FilesEventMap {
  added: FilesEvent<{ items: Item[] }>;
  uploaded: FilesEvent<{ name: string; url: string; size: number }>;
  failed: FilesEvent<{ name?: string; code?: string; path?: string }>;
}

/** The element: a queue that a person sees. What is set on it counts for files whose turn comes later. */
export interface FilesElement extends HTMLElement, Omit<QueueOptions, 'onChange' | 'to'> {
  /** For whom: nothing is sent before it is set. */
  to?: QueueOptions['to'];
  /** Default: that of the markup around it. It has to be set before the element is put into the page. */
  language?: string;
  readonly items: Item[];
  add(files: Iterable<File | { file: File; path?: string }>): Item[];
  pause(): void;
  resume(): void;
  addEventListener<K extends keyof FilesEventMap>(name: K, listener: (event: FilesEventMap[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(name: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

/** Makes the element known to the page, under a name with a hyphen (default: `mixus-files`). Once more does no harm. */
export function define(name?: string): void;
