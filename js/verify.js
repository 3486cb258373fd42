// Receipts, checked by whoever has one: no server is asked.

import * as glue from 'glue-verify';

import { unbase64 } from './base64.js';
import { PrivacyError } from './error.js';
import { loading } from './module.js';

export { PrivacyError };

const load = loading(new URL('./verify.wasm', import.meta.url), glue);

const isSigned = async ({ key, signature, text }) => {
  let imported;
  try {
    imported = await crypto.subtle.importKey('raw', unbase64(key), 'Ed25519', false, ['verify']);
  } catch (error) {
    // What is no point of the curve is the receipt's fault, all else that of the browser.
    if (error.name === 'DataError') return false;
    throw new PrivacyError('verify/unsupported', 'Ed25519');
  }
  return crypto.subtle.verify('Ed25519', imported, unbase64(signature), new TextEncoder().encode(text));
};

/**
 * What a receipt proves about the log whose verifier key this is. Rejects with the code of what is wrong, and the
 * member that it is about.
 */
export const verify = async (receipt, key) => {
  const module = await load().catch(() => {
    throw new PrivacyError('module/unavailable', 'verify');
  });
  const { code, path, proves, signatures } = JSON.parse(module.claimed(String(receipt), String(key)));
  if (code) throw new PrivacyError(code, path);
  for (const it of signatures) if (!(await isSigned(it))) throw new PrivacyError(it.code, it.path);
  return proves;
};
