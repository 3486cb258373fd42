// An opened file on the disk, and never all of it in memory. What comes before its last segment is not known to be whole: nothing
// stands under the file's name until then, or what does is marked by the browser as a download that failed.

import { PrivacyError } from '../error.js';
import { gathered } from '../vault/flow.js';
import { called } from './answer.js';
import { placed, release } from './serve.js';

/** For so long the browser may take to begin, in milliseconds; and to read what it was handed. */
const BEGIN = 20_000;
const KEPT = 60_000;

/** Its stream, with what has passed told. */
const counted = (opened, { signal, report }) => {
  const transform = (bytes, controller) => {
    report(bytes.length);
    controller.enqueue(bytes);
  };
  return opened.stream({ signal }).pipeThrough(new TransformStream({ transform }));
};

/** The person says where. The browser writes aside, and moves that there at the end. */
const picked = async (opened, { name, signal, report }) => {
  const handle = await showSaveFilePicker({ suggestedName: name });
  try {
    await counted(opened, { signal, report }).pipeTo(await handle.createWritable(), { signal });
  } catch (error) {
    // The browser made an empty file when it was named.
    const left = await handle.getFile().catch(() => undefined);
    if (left?.size === 0) await handle.remove?.().catch(() => {});
    throw error;
  }
};

/** The browser downloads it from the service worker. */
const downloaded = async (opened, { name, signal, report, worker }) => {
  let settle;
  const done = new Promise((resolve, reject) => (settle = { resolve, reject }));
  let timer;
  const onbytes = (count) => {
    clearTimeout(timer);
    report(count);
  };
  const onend = (error) => {
    clearTimeout(timer);
    error ? settle.reject(error) : settle.resolve();
  };
  const url = await placed(opened, { name, type: opened.type, attachment: true, once: true, signal, worker, onbytes, onend });
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.src = url;
  // A page may forbid frames.
  timer = setTimeout(() => settle.reject(new PrivacyError('download/unavailable', 'frame')), BEGIN);
  document.body.append(frame);
  try {
    await done;
  } finally {
    release(url);
    // The frame has to be there while the browser reads.
    setTimeout(() => frame.remove(), KEPT);
  }
};

/** All of it is opened first, into what the browser keeps on its disk. */
const collected = async (opened, { name, signal, report }) => {
  const whole = await gathered(counted(opened, { signal, report }), 'application/octet-stream');
  const link = document.createElement('a');
  link.href = URL.createObjectURL(whole);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT);
};

const WAYS = { picker: picked, worker: downloaded, blob: collected };

/** Whether a way is not open here, before a byte was read. */
const isClosed = ({ name, code }) => name === 'SecurityError' || code === 'download/unavailable';

/** Saves a file: see `download.d.ts`. */
export const save = async (opened, { name = opened.name, by, worker, signal, onProgress = () => {} } = {}) => {
  let saved = 0;
  const report = (count) => onProgress({ saved: (saved += count), size: opened.size });
  const options = { name: called(name), worker, signal, report };
  const there = by ? [by] : Object.keys(WAYS).filter((it) => it !== 'picker' || globalThis.showSaveFilePicker);
  for (const way of there) {
    try {
      await WAYS[way](opened, options);
      return way;
    } catch (error) {
      if (way === there.at(-1) || saved || !isClosed(error)) throw error;
    }
  }
  return undefined;
};
