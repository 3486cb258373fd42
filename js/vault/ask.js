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

/** What is proved of a file. */
const told = (bytes) => {
  const [generation, size, modified] = numbers(bytes, 3);
  const text = (at) => {
    const end = at + 2 + bytes[at] * 256 + bytes[at + 1];
    return [decoder.decode(bytes.subarray(at + 2, end)), end];
  };
  const [type, at] = text(56);
  const [name] = text(at);
  return { generation, size, modified, type, name, record: bytes.slice(24, 56) };
};

/** What the cipher is given: `{key, nonce, aad, text}` for each of some messages. */
const messages = (bytes) => {
  const all = [];
  for (let at = 0; at < bytes.length; ) {
    const part = () => {
      const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
      return bytes.slice(at + 4, (at += 4 + length));
    };
    const [key, nonce] = [bytes.slice(at, at + 32), bytes.slice(at + 32, (at += 44))];
    all.push({ key, nonce, aad: part(), text: part() });
  }
  return all;
};

export const asking = (glue) => {
  const ask = (what, ...parts) => {
    const given = parts.map(bytesOf).flatMap((it) => [eight(it.length).subarray(4), it]);
    const out = glue.ask(what, joined(given));
    if (out[0]) throw new PrivacyError(`vault/${CODES[out[0] - 1]}`);
    return out.slice(1);
  };
  /** What is to be sealed, and what stands in front of that in an envelope. */
  const wrap = (bytes) => {
    const { length } = bytes;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const aad = view.getUint32(44);
    const text = view.getUint32(48 + aad);
    const end = 52 + aad + text;
    return { ...messages(bytes.slice(0, end))[0], front: bytes.slice(end, length) };
  };
  return {
    padded: (length) => numbers(ask(0, length))[0],
    head: (suite, padded, plain, id, secret) => ask(1, suite, padded, plain, id, secret),
    start: (salt, prefix) => ask(2, salt, prefix),
    forPair: (head, secret, id, key, once, agreed) => wrap(ask(3, head, secret, id, key, once, agreed)),
    forWrapper: (head, secret, id, key, salt) => wrap(ask(4, head, secret, id, key, salt)),
    forPassphrase: (head, secret, stretched, by) => wrap(ask(5, head, secret, stretched, by)),
    usual: (salt) => ask(6, salt),
    metadata: (head, secret, { size, modified, record, type, name }, nonce) =>
      messages(ask(7, head, secret, size, modified, record, type, name, nonce))[0],
    envelope: (head, secret, { generation, size, modified, record, type, name }, wraps, metadata, least) =>
      ask(19, head, secret, generation, size, modified, record, type, name, wraps, metadata, least),
    key: (head, secret, start) => ask(8, head, secret, start),
    long: (first) => numbers(ask(9, first))[0],
    encapsulated: (envelope, id) => ask(10, envelope, id),
    stretch: (envelope) => ask(11, envelope),
    forAgreed: (envelope, id, own, agreed) => messages(ask(12, envelope, id, own, agreed)),
    unlocked: (envelope, id, key) => messages(ask(13, envelope, id, key)),
    unstretched: (envelope, stretched) => messages(ask(14, envelope, stretched)),
    proved: (envelope, secret) => messages(ask(15, envelope, secret))[0],
    told: (envelope, secret, metadata) => told(ask(18, envelope, secret, metadata)),
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
