// Where a sealed file is read from: a blob, or an address whose server answers with parts of what is there.

import { PrivacyError } from '../error.js';

const TEXT = 'vault/unreadable';

/** Reads parts of a file at an address. */
const remote = (address, { signal, headers } = {}) => {
  let tag;
  const read = async (from, to) => {
    const Range = `bytes=${from}-${to - 1}`;
    const answer = await fetch(address, { signal, headers: { ...headers, Range, ...(tag && { 'If-Range': tag }) } });
    const [, begins, size] = /^bytes (\d+)-\d+\/(\d+)$/.exec(answer.headers.get('content-range')) || [];
    // One that changes while it is read is another file.
    if (answer.status !== 206 || +begins !== from) throw new PrivacyError(TEXT, `${answer.status}`);
    tag = answer.headers.get('etag')?.startsWith('"') ? answer.headers.get('etag') : undefined;
    return { bytes: new Uint8Array(await answer.arrayBuffer()), size: +size };
  };
  return { read };
};

const local = (blob) => ({
  blob,
  read: async (from, to) => ({ bytes: new Uint8Array(await blob.slice(from, to).arrayBuffer()), size: blob.size }),
});

/** `read(from, to)` answers those bytes, or as many as there are, and how many there are in all. */
export const source = (of, options) => (of instanceof Blob ? local(of) : remote(of, options));
