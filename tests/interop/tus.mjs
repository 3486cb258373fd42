// What tus-js-client reads of a sealed file, with the package outside of a browser: a line of JSON for each thing that was tried.

import { strict as assert } from 'node:assert';

import './browser.mjs';
import { run } from './tries.mjs';

globalThis.document = { baseURI: 'http://localhost/' };

const { open } = await import(new URL('../../pkg/vault.js', import.meta.url));
const { sealing } = await import(new URL('../../pkg/tus.js', import.meta.url));

const wrapper = { id: new Uint8Array(16), key: new Uint8Array(32).fill(9) };
const given = { to: [{ id: wrapper.id, wrapper: wrapper.key }], endpoint: 'files', name: 'a' };
const SIZE = 25_000_000;
const bytes = (size) => Uint8Array.from({ length: size }, (_, at) => at * 7 + (at >> 8) + (at >> 16) * 3);

/** A file that may change: what is read of it is what it holds then. */
class Changing {
  type = '';
  constructor(data) {
    this.data = data;
  }
  get size() {
    return this.data.length;
  }
  slice(from, to) {
    return new Blob([this.data.slice(from, to)]);
  }
}

/** All of it, in pieces as long as `step` at most. */
const all = async ({ size, slice }, step) => {
  const parts = [];
  for (let at = 0; ; ) {
    const { value, done } = await slice(at, at + step);
    parts.push(value);
    at += value.size;
    assert.ok(value.size <= Math.min(step, 8 << 20));
    assert.equal(done, at === size);
    if (done) return new Blob(parts);
  }
};
const whole = async (blob) => new Uint8Array(await blob.arrayBuffer());
const opened = async (blob) => whole(await (await open(blob, { wrapper })).blob());

const tries = {
  async 'the same bytes, whatever is asked for'() {
    for (const more of [{}, { small: true }, { padded: true }]) {
      const file = new Blob([bytes(SIZE)]);
      const { size, options } = await sealing(file, { ...given, ...more });
      const source = await options.fileReader.openFile(file);
      assert.equal(source.size, size);
      const sealed = await all(source, Infinity);
      assert.equal(sealed.size, size);
      assert.deepEqual(await opened(sealed), bytes(SIZE));
      const reference = await whole(sealed);
      for (const step of [1_000_000, 5_000_001]) assert.deepEqual(await whole(await all(source, step)), reference);
      // From many places at once, and around the ends of what is sealed together.
      const places = [0, 1, 4135, 4136, 4_198_399, 4_198_400, 8_388_608, 13_000_000, size - 1];
      const some = await Promise.all(places.map((at) => source.slice(at, at + 70_000)));
      for (const [nth, { value }] of some.entries()) {
        const at = places[nth];
        assert.deepEqual(await whole(value), reference.slice(at, at + 70_000));
      }
      assert.deepEqual(await source.slice(size, size + 10), { value: null, done: true });
    }
  },
  async 'parts of parts'() {
    const file = new Blob([bytes(SIZE)]);
    const { size, options } = await sealing(file, given);
    const { fileReader } = options;
    const source = await fileReader.openFile(file);
    const bounds = [0, 9_000_001, 9_000_002, 20_000_000, size];
    const parts = await Promise.all(bounds.slice(1).map(async (end, nth) => {
      const { value } = await source.slice(bounds[nth], end);
      const part = await fileReader.openFile(value);
      assert.equal(part.size, end - bounds[nth]);
      return all(part, 3_000_000);
    }));
    assert.deepEqual(await opened(new Blob(parts)), bytes(SIZE));
  },
  async 'another file is not sent'() {
    const { options } = await sealing(new Blob(['a']), given);
    await assert.rejects(options.fileReader.openFile(new Blob(['a'])), { code: 'vault/unfit' });
  },
  async 'a file that changes while it is sent is not sent on'() {
    const file = new Changing(bytes(SIZE));
    const { options } = await sealing(file, given);
    const source = await options.fileReader.openFile(file);
    const before = await whole((await source.slice(0, 100)).value);
    for (const at of [5_000_000, 10_000_000, 15_000_000, 20_000_000]) await source.slice(at, at + 10);
    // What was never handed out may be anything; what was may not.
    file.data[SIZE - 1] ^= 1;
    await source.slice(SIZE - 10, SIZE);
    assert.deepEqual(await whole((await source.slice(0, 100)).value), before);
    for (const at of [5_000_000, 10_000_000, 15_000_000, 20_000_000]) await source.slice(at, at + 10);
    file.data[3_000_000] ^= 1;
    const changed = { code: 'vault/unreadable', path: 'changed' };
    await assert.rejects(source.slice(0, 100), changed);
    await assert.rejects(source.slice(12_000_000, 12_000_100), changed, 'nor anything else of it');
    // What is begun then has another secret.
    const next = await sealing(file, given);
    const other = await next.options.fileReader.openFile(file);
    const sealed = await all(other, Infinity);
    assert.deepEqual(await opened(sealed), file.data);
    assert.notDeepEqual((await whole(sealed)).slice(0, 72), before.slice(0, 72));
  },
  async 'a server is told of an address to read at'() {
    const { options, url } = await sealing(new Blob(['a']), given);
    const hear = (method, asked, status, headers) =>
      options.onAfterResponse({ getMethod: () => method, getURL: () => asked }, { getStatus: () => status, getHeader: (name) => headers[name] });
    assert.equal(options.endpoint, 'http://localhost/files');
    hear('POST', 'http://localhost/files', 201, { Location: 'files/key', 'Content-Location': 'files/name' });
    assert.equal(url(), 'http://localhost/files/name');
    hear('PATCH', 'http://localhost/files/key', 204, { 'Content-Location': 'name' });
    assert.equal(url(), 'http://localhost/files/name');
    hear('PATCH', 'http://localhost/files/key', 409, {});
    assert.equal(url(), 'http://localhost/files/name');
    hear('POST', 'http://localhost/files', 201, { Location: '//other/1' });
    assert.equal(url(), 'http://other/1');
    hear('HEAD', 'http://other/2', 200, {});
    assert.equal(url(), 'http://other/2');
  },
};

await run(tries);
