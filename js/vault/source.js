// Where a sealed file is read from: a blob, or an address whose server answers with parts of what is there.

import { PrivacyError } from '../error.js';
import { part } from './cipher.js';

/** What goes wrong while a file is read comes as a code, or as the name of what the browser threw. */
const failure = (error) => {
  if (error instanceof PrivacyError) return error;
  const name = typeof error === 'string' ? error : error.name;
  if (name === 'AbortError') return error;
  if (name.includes('/')) return new PrivacyError(name);
  return name === 'OperationError' ? new PrivacyError('vault/closed') : new PrivacyError('vault/unreadable', name);
};

/** A promise that fails with a code. */
export const coded = (promise) => promise.catch((error) => Promise.reject(failure(error)));

const local = (blob) => ({ blob, read: async (from, to) => ({ bytes: await part(blob, from, Math.min(to, blob.size)), size: blob.size }) });

/** `read(from, to)` answers those bytes, or as many as there are, and how many there are in all. What reads at addresses is loaded. */
export const source = async (of, by) => (of instanceof Blob ? local(of) : (await import('./vault-address.js')).remote(of, by, PrivacyError));
