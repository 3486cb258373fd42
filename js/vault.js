// Sealed files: what leaves the page can be opened by those it is for, and by nobody on the way.

import * as glue from 'glue-vault';

import { PrivacyError } from './error.js';
import { loading } from './module.js';
import { asking, joined } from './vault/ask.js';
import { SEGMENTS, START, body } from './vault/body.js';
import { behind, gathered } from './vault/flow.js';
import { ready } from './vault/pool.js';
import { enveloped, opened, random } from './vault/recipients.js';
import { coded, source } from './vault/source.js';

export { PrivacyError };

const load = loading(new URL('./vault.wasm', import.meta.url), glue);
/** The head of an envelope, and what says how long that is. */
const HEAD = 72;
const FIRST = 76;
/** The least that an envelope is, in bytes: most are no longer. */
const LEAST = 4096;
const NONE = new Uint8Array(32);

/** The module, for a file of this length. */
const loaded = async (length) => {
  ready(length);
  const glue = await load().catch(() => {
    throw new PrivacyError('module/unavailable', 'vault');
  });
  return asking(glue);
};

/**
 * A file that can be sealed, as often as somebody reads it, to the same bytes: `state` is what it takes to do so again in another
 * page, by which an upload is gone on with. `kept` is such a state.
 */
export const prepared = async (file, { to, name = file.name || '', type = file.type, modified = file.lastModified || 0, record = NONE, padded = false, segment = 1 << 19, kept } = {}) => {
  const { size } = file;
  const vault = await loaded(size);
  const plain = padded ? vault.padded(size) : size;
  const secret = kept?.secret ?? random(32);
  const head = kept?.head ?? vault.head(SEGMENTS.indexOf(segment) + 1, padded, plain, random(16), secret);
  const start = kept?.start ?? vault.start(random(32), random(7));
  const about = { generation: 0, size, modified, record, type, name };
  const envelope = kept?.envelope ?? (await enveloped(vault, head, secret, about, to, 0));
  const it = body(vault, { head, secret, start, plain });
  const front = joined([envelope, start]);
  return { size: envelope.length + it.size, state: { secret, head, start, envelope }, front, body: it, stream: (options) => behind(front, it.sealed(file, options)) };
};

/** Seals a file. */
export const seal = async (file, options) => {
  const { size, stream } = await prepared(file, options);
  return { size, stream, blob: (options) => gathered(stream(options)) };
};

/** Opens a sealed file. */
export const open = async (of, by = {}) => {
  const vault = await loaded(of.size);
  const from = await coded(source(of, by));
  const { bytes: first, size: whole } = await coded(from.read(0, LEAST));
  if (first.length < FIRST) throw new PrivacyError('vault/form');
  const length = vault.long(first.slice(0, FIRST));
  const rest = length + START > first.length ? (await coded(from.read(first.length, length + START))).bytes : new Uint8Array();
  const front = joined([first, rest]);
  const [envelope, start] = [front.slice(0, length), front.slice(length, length + START)];
  if (start.length < START) throw new PrivacyError('vault/form');
  const head = envelope.slice(0, HEAD);
  const { secret, ...about } = await opened(vault, envelope, by);
  const plain = Number(new DataView(head.buffer).getBigUint64(32));
  const it = body(vault, { head, secret, start, plain });
  // What is behind the last segment is not the file's, and what is not there will not open.
  if (whole !== length + it.size) throw new PrivacyError('vault/length');
  const slice = (begin, end, options) => it.open(from, length, begin, end, options);
  const stream = (options) => slice(0, about.size, options);
  return {
    ...about,
    slice,
    stream,
    blob: (options) => gathered(stream(options), about.type),
    /** Its envelope for others, as long as it is: the body stays as it is. */
    rewrap: (to) => enveloped(vault, head, secret, { ...about, generation: about.generation + 1 }, to, length),
  };
};
