// AES-256-GCM by whoever has it: the browser or, where a page is not allowed that, the module. And with it the segments of one
// piece of a file, sealed or opened by a worker or by the page.

/** How long a segment's tag is. */
export const TAG = 16;

const subtle = globalThis.crypto?.subtle;

/** What the browser may not be able to do by itself. */
export const software = async () => (await import('./software.js')).load();

const NONE = new Uint8Array();
const native = async (key) => {
  const made = await subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt', 'decrypt']);
  const by = (how) => (iv, data, additionalData = NONE) => subtle[how]({ name: 'AES-GCM', iv, additionalData }, made, data);
  return { seal: by('encrypt'), open: by('decrypt') };
};

const slow = async (key) => {
  const module = await software();
  const by = (how) => async (nonce, data, aad = NONE) => module[how](key, nonce, aad, data).buffer;
  return { seal: by('seal'), open: by('open') };
};

/** The cipher with a key: `seal(nonce, data, aad)` and `open` promise a buffer. */
export const cipher = (key) => (subtle ? native(key) : slow(key));

/** A message of the module, sealed or opened. */
export const sealed = async ({ key, nonce, text, aad }) => new Uint8Array(await (await cipher(key)).seal(nonce, text, aad));
export const unsealed = async ({ key, nonce, text, aad }) => new Uint8Array(await (await cipher(key)).open(nonce, text, aad));

/** A part of a blob; what is behind its end is zeros. */
export const part = async (blob, from, to) => {
  const there = Math.max(0, Math.min(to, blob.size) - from);
  const read = there ? await blob.slice(from, from + there).arrayBuffer() : new ArrayBuffer();
  if (read.byteLength !== there) throw new Error('changed');
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
  const all = bytes || (await part(blob, start, cuts.at(-1)[1]));
  const one = ([from, to, nonce]) => cipher[sealing ? 'seal' : 'open'](nonce, all.subarray(from - start, to - start));
  return Promise.all(cuts.map(one));
};
