// What a page does to upload files, for the flows of `upload/mod.rs`.

import { unfinished, upload } from '/pkg/upload.js';
import { open } from '/pkg/vault.js';

const same = (a, b) => a.length === b.length && a.every((it, at) => it === b[at]);

/** Bytes that follow from a number, so that another page has the same. */
const bytes = (size, seed) => {
  const out = new Uint32Array(Math.ceil(size / 4));
  let x = seed || 1;
  for (let at = 0; at < out.length; at += 1) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    out[at] = x;
  }
  return new Uint8Array(out.buffer, 0, size);
};

/** A file that every page can make again. `changed` is where a byte of it is another. */
const file = ({ size, seed = 7, changed }) => {
  const data = bytes(size, seed);
  if (changed !== undefined) data[changed] ^= 1;
  return new File([data], 'Läbel 1.pdf', { type: 'application/pdf', lastModified: 1_764_000_000_123 });
};

/** A key that every page has, by which files are opened again. */
const id = bytes(16, 3);
const key = bytes(32, 5);
const to = [{ id, wrapper: key }];

/** Begins an upload; what becomes of it stands in `window.state`. */
export const begin = (given, options = {}) => {
  const state = (window.state = { told: [] });
  const onProgress = (it) => state.told.push(it);
  state.file = file(given);
  state.upload = upload(state.file, { to, onProgress, ...options });
  state.upload.done.then(
    (it) => (state.done = it),
    ({ name, code, path = '' }) => (state.failed = name === 'PrivacyError' ? [name, code, path].join(' ').trim() : name),
  );
};

/** What is told of it: numbers, as JSON has no infinity. */
export const told = async () => state.told.map(({ sent, size, rate, left }) => [sent, size, rate, left === Infinity ? -1 : left]);

/** Opens an address, and says how its file differs from the one that was sent: not at all. */
export const difference = async (url = state.done.url, file = state.file, by = { wrapper: { id, key } }) => {
  const opened = await open(url, by);
  const { name, type, size, modified } = opened;
  const said = [name, type, size, modified].join();
  const wanted = [file.name, file.type, file.size, file.lastModified].join();
  if (said !== wanted) return `${said}, not ${wanted}`;
  const [a, b] = await Promise.all([opened.blob(), file].map(async (it) => new Uint8Array(await (await it).arrayBuffer())));
  return same(a, b) ? '' : 'other bytes';
};

export const recordIn = async () => [...(await open(state.done.url, { wrapper: { id, key } })).record];

export { unfinished };
