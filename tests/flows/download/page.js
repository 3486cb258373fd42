// What a page does with sealed files at addresses, for the flows of `download/`.

import { open, seal } from '/pkg/vault.js';

const wrapper = { id: new Uint8Array(16).fill(3), key: new Uint8Array(32).fill(4) };
const to = [{ id: wrapper.id, wrapper: wrapper.key }];

export const same = (a, b) => a.length === b.length && a.every((it, at) => it === b[at]);
/** What a promise rejects with. */
export const fault = (promise) => promise.then(() => 'nothing', ({ name, code, path }) => [name, code || undefined, path].filter((it) => typeof it === 'string').join(' ').trim());

/** All of a stream; `got` has what came before it failed. */
export const bytes = async (stream, got = []) => {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(got).arrayBuffer());
    got.push(value);
  }
};

/** A file that is never twice the same within a megabyte. */
export const filled = (size) => {
  const out = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(out.subarray(at, at + 65_536));
  return out;
};

/** Data, sealed. */
export const sealed = async (data, { name = 'a', type = '', ...options } = {}) => (await seal(new File([data], name, { type }), { to, ...options })).blob();

/** Puts a blob on the server, and answers where it is read. */
export const put = async (server, blob) => {
  const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Length': `${blob.size}`, 'Content-Type': 'application/offset+octet-stream' };
  const answer = await fetch(server, { method: 'POST', headers, body: blob });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  return new URL(answer.headers.get('Content-Location'), server).href;
};

export const opened = (of, options) => open(of, { wrapper, ...options });

/** What is kept between two calls. */
let data;
let file;

/** A file of so many bytes on the server. */
export const begin = async (server, size, options) => {
  data = filled(size);
  return put(server, await sealed(data, options));
};

/** Opens it, and answers what it says of itself. */
export const known = async (url, options) => {
  file = await opened(url, options);
  return [file.name, file.size];
};

/** Whether all of it is what it was. */
export const whole = async () => same(await bytes(file.stream()), data);

/** Whether a part of it is. */
export const part = async (from, to) => same(await bytes(file.slice(from, to)), data.subarray(from, to));

/** What opening all of an address ends with. */
export const failed = async (url, options) => fault(opened(url, options).then((it) => bytes(it.stream())));

/** Reads some of it, and looks away. */
export const looked_away = async () => {
  const reader = file.stream().getReader();
  await reader.read();
  await reader.cancel();
  return true;
};

/** Somebody gives up: while it is opened, while it is read. */
export const given_up = async (url, when) => {
  const controller = new AbortController();
  const { signal } = controller;
  const doing = when === 'opening' ? opened(url, { signal }) : bytes(file.stream({ signal }));
  const said = fault(doing);
  setTimeout(() => controller.abort(), 50);
  return said;
};

/** Files of all lengths around the ends of segments, whole and in parts. */
export const around = async (server) => {
  const FIRST = 524_232;
  let count = 0;
  for (const [size, options] of [[0, {}], [1, {}], [FIRST, {}], [FIRST + 1, {}], [FIRST + 10 * 524_272 + 1, {}], [0, { segment: 4096 }], [20_000, { segment: 4096 }], [9_000_001, { padded: true }]]) {
    const url = await begin(server, size, { name: 'Läbel', ...options });
    if ((await known(url)).join() !== `Läbel,${size}`) return `${size}: other metadata`;
    if (!(await whole())) return `${size}: other bytes`;
    for (const [from, to] of [[0, 0], [0, 1], [size - 1, size], [size >> 1, (size >> 1) + 5], [3, size - 3]].filter(([a, b]) => a >= 0 && a <= b && b <= size)) {
      if (!(await part(from, to))) return `${size}: other bytes from ${from} to ${to}`;
      count += 1;
    }
  }
  return count;
};

/** What was done to a file before it was put there, and what opening it ends with. Of what was read before nothing is made up. */
export const damaged = async (server) => {
  const small = 4096;
  data = filled(13_000);
  const [one, other] = await Promise.all([sealed(data, { segment: 4096 }), sealed(data, { segment: 4096 })]);
  const front = (it) => it.slice(0, 4096);
  const segment = (it, at) => it.slice(4096 + at * small, 4096 + (at + 1) * small);
  const of = (...parts) => new Blob(parts);
  const [a, b, c, d] = [0, 1, 2, 3].map((at) => segment(one, at));
  const bits = async (at) => {
    const copy = new Uint8Array(await one.arrayBuffer());
    copy[at] ^= 1;
    return of(copy);
  };
  const kinds = {
    whole: one,
    'nothing': of(),
    'no front': one.slice(4096),
    'a part of the head': one.slice(0, 60),
    'the head': one.slice(0, 72),
    'a part of the front': one.slice(0, 3000),
    'the front': front(one),
    'a part of the start': one.slice(0, 4096 + 20),
    'the start': one.slice(0, 4096 + 40),
    'a part of a segment': one.slice(0, 4096 + 1000),
    'a segment': one.slice(0, 4096 * 2),
    'three segments': one.slice(0, 4096 * 4),
    'all but a byte': one.slice(0, -1),
    'a byte more': of(one, 'a'),
    'a segment more': of(one, d),
    'without one': of(front(one), a, b, d),
    'swapped at the start': of(front(one), b, a, c, d),
    'swapped': of(front(one), a, c, b, d),
    'repeated': of(front(one), a, b, b, d),
    'a segment of another': of(front(one), a, segment(other, 1), c, d),
    'a first segment of another': of(front(one), segment(other, 0), b, c, d),
    'a last segment of another': of(front(one), a, b, c, segment(other, 3)),
    'the front of another': of(front(other), a, b, c, d),
    'the body of another': of(front(one), other.slice(4096)),
    'a bit of the head': await bits(20),
    'a bit of the commitment': await bits(50),
    'a bit of a recipient': await bits(130),
    'a bit of the MAC': await bits(4095),
    'a bit of the salt': await bits(4096 + 5),
    'a bit of the first segment': await bits(4096 + 50),
    'a bit of the second segment': await bits(4096 + small + 7),
    'a bit of the last segment': await bits(one.size - 1),
  };
  const said = {};
  for (const [kind, blob] of Object.entries(kinds)) {
    const url = await put(server, blob);
    const got = [];
    said[kind] = await fault(opened(url).then((it) => bytes(it.stream(), got)));
    const before = new Uint8Array(await new Blob(got).arrayBuffer());
    if (!same(before, data.subarray(0, before.length))) said[kind] += ', with bytes that were not in it';
    if (before.length === data.length && kind !== 'whole') said[kind] += ', after all of it';
    // From a blob it is the same.
    const local = await fault(opened(blob).then((it) => bytes(it.stream())));
    if (local !== said[kind]) said[kind] += `, but ${local} from a blob`;
  }
  return said;
};
