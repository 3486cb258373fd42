// libsodium-wrappers: a secretstream of messages of 1 MiB.

import sodium from 'libsodium-wrappers';

import { pieces, streamed } from './streams.js';

const MESSAGE = 1 << 20;
const key = new Uint8Array(32).fill(2);

export const seal = async (file) => {
  await sodium.ready;
  const { state, header } = sodium.crypto_secretstream_xchacha20poly1305_init_push(key);
  const { crypto_secretstream_xchacha20poly1305_TAG_FINAL: final, crypto_secretstream_xchacha20poly1305_TAG_MESSAGE: more } = sodium;
  const parts = async function* () {
    yield header;
    let at = 0;
    for await (const piece of pieces(file, MESSAGE)) {
      at += piece.length;
      yield sodium.crypto_secretstream_xchacha20poly1305_push(state, piece, null, at < file.size ? more : final);
    }
  };
  return streamed(parts());
};

export const open = async (file) => {
  await sodium.ready;
  const { crypto_secretstream_xchacha20poly1305_ABYTES: more, crypto_secretstream_xchacha20poly1305_HEADERBYTES: head } = sodium;
  const header = new Uint8Array(await file.slice(0, head).arrayBuffer());
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, key);
  const parts = async function* () {
    for await (const piece of pieces(file, MESSAGE + more, head)) {
      const { message } = sodium.crypto_secretstream_xchacha20poly1305_pull(state, piece);
      yield message;
    }
  };
  return streamed(parts());
};
