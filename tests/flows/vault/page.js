// What a page does with sealed files, for the flows of `vault/mod.rs`.

import { open, seal } from '/pkg/vault.js';

const unhex = (text) => Uint8Array.from(text.match(/../g) || [], (it) => parseInt(it, 16));
const same = (a, b) => a.length === b.length && a.every((it, at) => it === b[at]);
/** All of a blob or a stream. */
const bytes = async (it) => {
  if (it instanceof Blob) return new Uint8Array(await it.arrayBuffer());
  const reader = it.getReader();
  const parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Uint8Array(await new Blob(parts).arrayBuffer());
    parts.push(value);
  }
};
/** What a promise rejects with. */
const fault = (promise) => promise.then(() => 'nothing', ({ name, code, path }) => [name, code, path].join(' ').trim());

/** A file that is never twice the same within a megabyte. */
const filled = (size) => {
  const out = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(out.subarray(at, at + 65_536));
  return out;
};

const pair = async (id) => {
  const { privateKey, publicKey } = await crypto.subtle.generateKey('X25519', false, ['deriveBits']);
  return { id, key: privateKey, public: new Uint8Array(await crypto.subtle.exportKey('raw', publicKey)) };
};
const wrapper = { id: filled(16), key: filled(32) };
const byWrapper = { id: wrapper.id, wrapper: wrapper.key };

/** Files of all lengths around the ends of segments, for two recipients, opened by each, whole and in parts. */
export const around = async () => {
  const own = await pair(7);
  const [FIRST, LARGE] = [524_232, 1_048_520];
  const sizes = [0, 1, FIRST - 1, FIRST, FIRST + 1, FIRST + 524_272, FIRST + 524_273, LARGE - 1, LARGE, LARGE + 1, 9_000_001];
  let count = 0;
  for (const size of sizes)
    for (const options of [{}, { padded: true }, ...(size < 2_000_000 ? [{ segment: 4096 }, { segment: 1 << 20 }] : [])]) {
      const data = filled(size);
      const file = new File([data], 'Läbel 1.txt', { type: 'text/plain', lastModified: 1_764_000_000_123 });
      const record = filled(32);
      const sealed = await seal(file, { to: [{ id: 7, key: own.public }, byWrapper], record, ...options });
      const blob = await sealed.blob();
      if (blob.size !== sealed.size) return `${size}: ${blob.size} bytes, not ${sealed.size}`;
      if (!options.padded && size > 1_000 && same(data.subarray(0, 1_000), (await bytes(blob)).subarray(4136, 5136))) return 'it is not sealed';
      for (const by of [{ keys: [await pair(7), own] }, { wrapper }]) {
        const opened = await open(blob, by);
        const { name, type, modified, generation } = opened;
        const said = [name, type, modified, generation, opened.size, same(opened.record, record)].join();
        if (said !== `Läbel 1.txt,text/plain,1764000000123,0,${size},true`) return `${size}: ${said}`;
        if (!same(await bytes(opened.stream()), data)) return `${size}: other bytes`;
        for (const [from, to] of [[0, 0], [0, 1], [size - 1, size], [size >> 1, (size >> 1) + 5], [3, size - 3]].filter(([a, b]) => a >= 0 && a <= b && b <= size)) {
          if (!same(await bytes(opened.slice(from, to)), data.slice(from, to))) return `${size}: other bytes from ${from} to ${to}`;
          count += 1;
        }
      }
    }
  return count;
};

/** What changed on its way, or is for others, opens for nobody; whatever the reason, it is told in the same words. */
export const damaged = async () => {
  const data = filled(2_000_000);
  const blob = await (await seal(new Blob([data]), { to: [byWrapper] })).blob();
  const whole = await bytes(blob);
  const changed = (at) => {
    const copy = whole.slice();
    copy[at] ^= 1;
    return new Blob([copy]);
  };
  const read = async (file, by = { wrapper }) => bytes((await open(file, by)).stream());
  const segment = (at) => whole.subarray(4096 + at * 524_288, 4096 + (at + 1) * 524_288);
  const [front, first, second, third, last] = [whole.subarray(0, 4096), ...[0, 1, 2, 3].map(segment)];
  const other = await (await seal(new Blob([data]), { to: [byWrapper] })).blob();
  const said = {
    'another key': await fault(read(blob, { wrapper: { id: wrapper.id, key: filled(32) } })),
    'another name': await fault(read(blob, { wrapper: { id: filled(16), key: wrapper.key } })),
    'nothing to open it with': await fault(read(blob, {})),
    'another pair': await fault(read(blob, { keys: [await pair(7)] })),
    'no passphrase': await fault(read(blob, { passphrase: 'a' })),
    cut: await fault(read(blob.slice(0, -1))),
    'a segment less': await fault(read(blob.slice(0, 4096 + 3 * 524_288))),
    longer: await fault(read(new Blob([blob, 'a']))),
    swapped: await fault(read(new Blob([front, first, third, second, last]))),
    repeated: await fault(read(new Blob([front, first, second, second, last]))),
    'the front of another': await fault(read(new Blob([other.slice(0, 4096), blob.slice(4096)]))),
    'no file': await fault(read(new Blob([filled(5_000)]))),
    'nothing': await fault(read(new Blob())),
  };
  for (const at of [0, 8, 40, 72, 76, 90, 4_000, 4_095, 4_096, 4_097, 4_130, 4_136, 524_288 + 4_096, whole.length - 1]) said[at] = await fault(read(changed(at)));
  return said;
};

/** A passphrase, in both ways of writing what looks alike. */
export const passphrase = async () => {
  const blob = await (await seal(new File(['a secret'], 'a'), { to: [{ passphrase: 'caf\u00e9' }] })).blob();
  const text = async (by) => (await (await open(blob, { passphrase: by })).blob()).text();
  return [await text('cafe\u0301'), await fault(text('cafe'))];
};

/** Others than before, with the same body: what was there opens no more. */
export const rewrapped = async () => {
  const [before, after] = [await pair(1), await pair(2)];
  const blob = await (await seal(new File(['text'], 'name'), { to: [{ id: 1, key: before.public }] })).blob();
  const front = await (await open(blob, { keys: [before] })).rewrap([{ id: 2, key: after.public }]);
  const next = new Blob([front, blob.slice(front.length)]);
  const opened = await open(next, { keys: [after] });
  return [front.length, opened.generation, opened.name, await (await opened.blob()).text(), await fault(open(next, { keys: [before] }))];
};

/** What somebody else sealed, by the document alone. */
export const vectors = async () => {
  const all = await (await fetch('/envelopes.json')).json();
  const front = ({ front, length, mac }) => {
    const out = new Uint8Array(length);
    out.set(unhex(front));
    out.set(unhex(mac), length - 32);
    return out;
  };
  // One as the browser keeps it, the other as bytes, which is what the module is for.
  const keys = await Promise.all(
    all.pairs.map(async ({ id, private: secret }, at) => {
      const form = Uint8Array.from([...unhex('302e020100300506032b656e04220420'), ...unhex(secret)]);
      const key = await crypto.subtle.importKey('pkcs8', form, 'X25519', true, ['deriveBits']);
      const { x } = await crypto.subtle.exportKey('jwk', key);
      const half = Uint8Array.from(atob(x.replaceAll('-', '+').replaceAll('_', '/')), (it) => it.charCodeAt(0));
      return { id, key: at ? unhex(secret) : key, public: half };
    }),
  );
  const key = { id: unhex(all.wrapper.id), key: unhex(all.wrapper.key) };
  const said = [];
  for (const it of all.files) {
    const blob = new Blob([front(it.envelope), unhex(it.body)]);
    for (const kind of it.recipients.filter((kind, at, all) => kind !== 'unknown' && all.indexOf(kind) === at)) {
      const by = kind === 'wrapper' ? { wrapper: key } : kind === 'passphrase' ? { passphrase: all.passphrase } : { keys };
      const opened = await open(blob, by);
      const text = await bytes(opened.stream());
      const wanted = Uint8Array.from({ length: it.metadata.size }, (_, at) => 7 * at + (at >> 8));
      said.push(`${it.name} ${kind} ${opened.name === it.metadata.name && opened.type === it.metadata.type && opened.generation === it.generation && same(text, wanted)}`);
    }
  }
  return said;
};

/** As many bytes as nobody keeps in memory come through, and one who looks away stops them. */
export const cancelled = async () => {
  const sealed = await seal(new Blob([filled(40_000_000)]), { to: [byWrapper] });
  const reader = sealed.stream().getReader();
  await reader.read();
  await reader.read();
  await reader.cancel();
  const controller = new AbortController();
  const aborted = fault(bytes(sealed.stream({ signal: controller.signal })));
  controller.abort();
  return aborted;
};
