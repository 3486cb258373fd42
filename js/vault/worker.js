// One of the threads that seal and open files, and stretch passphrases.

import { cipher, part, software, work } from './cipher.js';
import { freed } from './freed.js';
import { read, reads } from './reading.js';

const ciphers = new Map();

/** A file has one key: what was made of it is kept, for as long as a thread is there. */
const of = (name, key) => {
  if (!ciphers.has(name)) ciphers.set(name, cipher(key));
  return ciphers.get(name);
};

/** Segments under that are read together, in bytes. */
const SMALL = 1 << 16;

/** Seals or opens: see `work`. */
const worked = async (name, cipher, { blob, cuts, ...job }) => {
  const [from, to] = cuts[0];
  if (blob && to - from > SMALL && reads()) {
    const one = cipher[job.sealing ? 'seal' : 'open'];
    return read(blob, name, cuts, (bytes, [, , nonce]) => one(nonce, bytes));
  }
  const bytes = job.bytes || (await part(blob, from, cuts.at(-1)[1]));
  const made = await work(cipher, { ...job, bytes, cuts });
  freed([bytes.buffer]);
  return made;
};

onmessage = async ({ data: { id, name, key, passphrase, ...job } }) => {
  try {
    if (passphrase) {
      return postMessage({ id, done: (await software()).stretched(passphrase, job.by) });
    }
    const done = await worked(name, await of(name, key), job);
    return postMessage({ id, done }, done);
  } catch (error) {
    // A code, what the browser calls it, or what it says.
    return postMessage({ id, failed: typeof error === 'string' ? error : error.name });
  }
};
