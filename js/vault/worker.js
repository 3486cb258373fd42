// One of the threads that seal and open files, and stretch passphrases.

import { cipher, software, work } from './cipher.js';

const ciphers = new Map();

/** A file has one key: what was made of the last few is kept. */
const of = (name, key) => {
  if (!ciphers.has(name)) {
    if (ciphers.size > 3) ciphers.delete(ciphers.keys().next().value);
    ciphers.set(name, cipher(key));
  }
  return ciphers.get(name);
};

onmessage = async ({ data: { id, name, key, passphrase, ...job } }) => {
  try {
    if (passphrase) {
      return postMessage({ id, done: (await software()).stretched(passphrase, job.by) });
    }
    const done = await work(await of(name, key), job);
    return postMessage({ id, done }, done);
  } catch (error) {
    // A code, what the browser calls it, or what it says.
    return postMessage({ id, failed: typeof error === 'string' ? error : error.name });
  }
};
