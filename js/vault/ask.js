// The module's one call, by the names of what it answers: see `src/web/vault.rs`.

import { PrivacyError } from '../error.js';

/** What goes wrong in the module, from 1. */
const CODES = ['closed', 'form', 'length', 'cost', 'memory', 'limit', 'order', 'changed', 'unfit'];

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Eight bytes of a number. */
const eight = (number) => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.trunc(number)));
  return bytes;
};
const bytesOf = (part) => (typeof part === 'string' ? encoder.encode(part) : part instanceof Uint8Array ? part : eight(+part));

/** Bytes one behind the other. */
export const joined = (parts) => {
  const out = new Uint8Array(parts.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
};

/** The numbers in bytes, eight each. */
export const numbers = (bytes, count = bytes.length / 8) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: count }, (_, at) => Number(view.getBigUint64(at * 8)));
};

/** How long what is told of one segment is. */
const CUT = 44;

/** What an opened envelope says. */
const told = (bytes) => {
  const [generation, size, modified] = numbers(bytes.subarray(32), 3);
  const text = (at) => {
    const end = at + 2 + bytes[at] * 256 + bytes[at + 1];
    return [decoder.decode(bytes.subarray(at + 2, end)), end];
  };
  const [type, at] = text(88);
  const [name] = text(at);
  return { generation, size, modified, type, name, record: bytes.slice(56, 88), secret: bytes.slice(0, 32) };
};

export const asking = (glue) => {
  const ask = (what, ...parts) => {
    const given = parts.map(bytesOf).flatMap((it) => [eight(it.length).subarray(4), it]);
    const out = glue.ask(what, joined(given));
    if (out[0]) throw new PrivacyError(`vault/${CODES[out[0] - 1]}`);
    return out.slice(1);
  };
  return {
    padded: (length) => numbers(ask(0, length))[0],
    head: (small, padded, plain, id, secret) => ask(1, small, padded, plain, id, secret),
    start: (salt, prefix) => ask(2, salt, prefix),
    forPair: (head, secret, id, key, once, agreed) => ask(3, head, secret, id, key, once, agreed),
    forWrapper: (head, secret, id, key, salt) => ask(4, head, secret, id, key, salt),
    forPassphrase: (head, secret, stretched, by) => ask(5, head, secret, stretched, by),
    usual: (salt) => ask(6, salt),
    envelope: (head, secret, { generation, size, modified, record, type, name }, wraps, nonce, least) =>
      ask(7, head, secret, generation, size, modified, record, type, name, wraps, nonce, least),
    key: (head, secret, start) => ask(8, head, secret, start),
    long: (first) => numbers(ask(9, first))[0],
    encapsulated: (envelope, id) => ask(10, envelope, id),
    stretch: (envelope) => ask(11, envelope),
    withAgreed: (envelope, id, own, agreed) => told(ask(12, envelope, id, own, agreed)),
    withWrapper: (envelope, id, key) => told(ask(13, envelope, id, key)),
    withStretched: (envelope, stretched) => told(ask(14, envelope, stretched)),
    withSecret: (envelope, secret) => told(ask(15, envelope, secret)),
    /** Where each of some segments starts and ends open and sealed, and its nonce. */
    segments: (head, start, first, count) => {
      const bytes = ask(16, head, start, first, count);
      return Array.from({ length: bytes.length / CUT }, (_, at) => {
        const one = bytes.subarray(at * CUT, (at + 1) * CUT);
        const [from, to, begin, end] = numbers(one, 4);
        return { plain: [from, to], sealed: [begin, end], nonce: one.slice(32) };
      });
    },
    /** How many segments there are, and the first and the one behind the last that hold a part. */
    holding: (head, start, from, to) => numbers(ask(17, head, start, from, to)),
  };
};
