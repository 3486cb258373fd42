// Sealing and opening the segments of one piece of a file, by whoever has the key: a worker, or the page.

/** As much is read and worked on at once, in segments: calls and copies are what it costs, and not the cipher. */
export const UNIT = 4;
/** How long a segment's tag is. */
export const TAG = 16;

const subtle = globalThis.crypto?.subtle;

/** A cipher by the browser, for this key. */
const native = async (key) => {
  const made = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  return {
    seal: (iv, data) => subtle.encrypt({ name: 'AES-GCM', iv }, made, data),
    open: (iv, data) => subtle.decrypt({ name: 'AES-GCM', iv }, made, data),
  };
};

/** A cipher by the module, where a page is not allowed the browser's. */
const software = async (key, load) => {
  const module = await load();
  return {
    seal: async (nonce, data) => module.seal(key, nonce, data).buffer,
    open: async (nonce, data) => module.open(key, nonce, data).buffer,
  };
};

/** The cipher for a key; `load` gives the module where the browser has none. */
export const cipher = (key, load) => (subtle ? native(key) : software(key, load));

/** A part of a blob; what is behind its end is zeros. */
const part = async (blob, from, to) => {
  const there = Math.max(0, Math.min(to, blob.size) - from);
  const read = there ? await blob.slice(from, from + there).arrayBuffer() : new ArrayBuffer(0);
  if (read.byteLength !== there) throw new Error('the file has changed');
  if (there === to - from) return new Uint8Array(read);
  const all = new Uint8Array(to - from);
  all.set(new Uint8Array(read));
  return all;
};

/**
 * Seals (`sealing`) or opens segments that lie side by side: `cuts` is `[from, to, nonce]` for each, in the blob from which they
 * are read, or in `bytes`. Answers a buffer for each.
 */
export const work = async (cipher, { sealing, blob, bytes, cuts }) => {
  const [start] = cuts[0];
  const all = bytes ? new Uint8Array(bytes) : await part(blob, start, cuts.at(-1)[1]);
  const one = ([from, to, nonce]) => cipher[sealing ? 'seal' : 'open'](nonce, all.subarray(from - start, to - start));
  return Promise.all(cuts.map(one));
};
