// Uploads by the clients that others use, tus-js-client and Uppy, to the server whose end point is named: a line of JSON for each
// thing that was tried, with what came of it.

import { strict as assert } from 'node:assert';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { createRequire } from 'node:module';

import { run } from './tries.mjs';

const require = createRequire(new URL('../package.json', import.meta.url));
const tus = require('tus-js-client');
const { default: Uppy } = await import(require.resolve('@uppy/core'));
const { default: Tus } = await import(require.resolve('@uppy/tus'));

const [endpoint] = process.argv.slice(2);

/** Bytes of which none is like the next. */
const bytes = (length) => {
  const all = Buffer.alloc(length);
  for (let at = 0; at < length; at += 32) createHash('sha256').update(`${length} ${at}`).digest().copy(all, at);
  return all;
};

const options = { endpoint, retryDelays: [0, 20, 100, 500, 1000, 2000], storeFingerprintForResuming: false };

/** An upload, and a promise of its end. */
const upload = (content, more = {}) => {
  let it;
  const done = new Promise((resolve, reject) => {
    it = new tus.Upload(content, { ...options, ...more, onSuccess: () => resolve(it.url), onError: reject });
  });
  return { it, done, start: () => (it.start(), done) };
};

/** The answer to a question without a client. */
const ask = (method, url) => fetch(url, { method, headers: { 'tus-resumable': '1.0.0' } });

/** Where a file is read, which the server says to whoever knows where it is written. */
const readAt = async (url) => new URL((await ask('HEAD', url)).headers.get('content-location'), url);

const holds = async (url, content) => {
  const answer = await fetch(await readAt(url));
  assert.equal(answer.status, 200);
  assert.ok(content.equals(Buffer.from(await answer.arrayBuffer())), 'another file than was sent');
};

/** Why it was refused: the status and the code. */
const refused = async (promise) => {
  const error = await promise.then(() => assert.fail('it was taken'), (error) => error);
  return [error.originalResponse.getStatus(), JSON.parse(error.originalResponse.getBody()).code];
};

/** A line to the server that breaks after so many bytes of what is sent, as often as that: each time silently on the far side. */
const line = async (breaks) => {
  const { hostname, port, pathname } = new URL(endpoint);
  const held = [];
  let broken = 0;
  const proxy = createServer((near) => {
    const far = connect(port, hostname);
    let left = breaks[0];
    near.on('error', () => {});
    far.on('error', () => near.destroy());
    near.on('data', (piece) => {
      if (left === undefined || piece.length < left) {
        if (left !== undefined) left -= piece.length;
        if (!far.write(piece)) { near.pause(); far.once('drain', () => near.resume()); }
        return;
      }
      // What stands before the break arrives; that there is a break only the client is told.
      far.write(piece.subarray(0, left));
      breaks.shift();
      broken += 1;
      held.push(far);
      near.removeAllListeners('data');
      near.destroy();
    });
    near.on('end', () => far.end());
    far.pipe(near);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  return {
    endpoint: `http://127.0.0.1:${proxy.address().port}${pathname}`,
    broken: () => broken,
    close: () => { proxy.close(); held.forEach((it) => it.destroy()); },
  };
};

/** Uppy with a file in it, and what came of its upload. */
const uppy = async (content, more, during = () => {}) => {
  const it = new Uppy({ logger: { debug() {}, warn() {}, error() {} } });
  it.use(Tus, { ...options, allowedMetaFields: [], ...more });
  const id = it.addFile({ name: 'a secret name.txt', type: 'text/plain', data: content, source: 'test' });
  // Uppy asks a browser for the size; here it is told.
  it.setFileState(id, { size: content.length, data: content });
  during(it, id);
  const { successful, failed } = await it.upload();
  return { it, id, successful, failed };
};

const tries = {
  async 'one request'() {
    const content = bytes(1_000_003);
    const url = await upload(content).start();
    await holds(url, content);
  },
  async 'many requests'() {
    const content = bytes(1_000_003);
    const offsets = [];
    const url = await upload(content, { chunkSize: 100_000, onChunkComplete: (_, offset) => offsets.push(offset) }).start();
    await holds(url, content);
    assert.equal(offsets.length, 11);
  },
  async 'bytes with the first request'() {
    const content = bytes(300_000);
    await holds(await upload(content, { uploadDataDuringCreation: true, chunkSize: 200_000 }).start(), content);
    await holds(await upload(content, { uploadDataDuringCreation: true }).start(), content);
  },
  async 'an empty file'() {
    await holds(await upload(Buffer.alloc(0)).start(), Buffer.alloc(0));
  },
  async 'another method in a header'() {
    const content = bytes(100_000);
    await holds(await upload(content, { overridePatchMethod: true }).start(), content);
  },
  async 'aborted, and resumed from where its address is kept'() {
    const content = bytes(2_000_000);
    const kept = new Map();
    const urlStorage = {
      findAllUploads: async () => [...kept.values()],
      findUploadsByFingerprint: async (name) => (kept.has(name) ? [kept.get(name)] : []),
      removeUpload: async (name) => void kept.delete(name),
      addUpload: async (name, it) => (kept.set(name, { ...it, urlStorageKey: name }), name),
    };
    const more = {
      urlStorage, storeFingerprintForResuming: true, fingerprint: async () => 'a', chunkSize: 200_000,
    };
    const first = await new Promise((resolve) => {
      const { it } = upload(content, { ...more, onChunkComplete: (_, offset) => offset >= 600_000 && it.abort().then(() => resolve(it)) });
      it.start();
    });
    const again = upload(content, more);
    const [before] = await again.it.findPreviousUploads();
    assert.equal(before.uploadUrl, first.url);
    again.it.resumeFromPreviousUpload(before);
    const sent = [];
    again.it.options.onChunkComplete = (size) => sent.push(size);
    assert.equal(await again.start(), first.url);
    assert.ok(sent.reduce((sum, it) => sum + it, 0) <= 1_400_000, 'it began anew');
    await holds(first.url, content);
  },
  async 'aborted in the midst of a request, and resumed at once'() {
    const content = bytes(5_000_000);
    const url = await new Promise((resolve) => {
      const { it } = upload(content, { onProgress: (sent) => sent > 1_000_000 && it.abort().then(() => resolve(it.url)) });
      it.start();
    });
    const again = upload(content, { uploadUrl: url });
    assert.equal(await again.start(), url);
    await holds(url, content);
  },
  async 'a line that breaks, and nobody tells the server'() {
    const content = bytes(3_000_000);
    const { endpoint, broken, close } = await line([400_000, 1_000_000, 100_000, 500]);
    const url = await upload(content, { endpoint }).start();
    assert.equal(broken(), 4);
    await holds(url, content);
    close();
  },
  async 'parts at the same time'() {
    const content = bytes(1_000_001);
    const requests = [];
    const it = upload(content, { parallelUploads: 3, onBeforeRequest: (request) => void requests.push(request) });
    await holds(await it.start(), content);
    const parts = requests.filter((it) => it.getMethod() === 'PATCH').map((it) => it.getURL());
    assert.equal(new Set(parts).size, 3);
    for (const part of parts) assert.equal((await ask('HEAD', part)).status, 404, 'a part is still there');
  },
  async 'ended by the client'() {
    const { it } = upload(bytes(1_000_000), { chunkSize: 100_000 });
    await new Promise((resolve) => {
      it.options.onChunkComplete = () => it.abort(true).then(resolve);
      it.start();
    });
    assert.equal((await ask('HEAD', it.url)).status, 404);
    const url = await upload(bytes(10)).start();
    await tus.Upload.terminate(url, options);
    assert.equal((await ask('HEAD', url)).status, 404);
  },
  async 'a name is not taken'() {
    const metadata = { filename: 'secret.txt' };
    assert.deepEqual(await refused(upload(bytes(10), { metadata }).start()), [400, 'upload/metadata']);
  },
  async 'nor a length that is not known'() {
    assert.deepEqual(await refused(upload(bytes(10), { uploadLengthDeferred: true }).start()), [400, 'upload/length']);
  },
  async 'Uppy'() {
    const content = bytes(1_000_003);
    const { successful, failed } = await uppy(content, { chunkSize: 300_000 });
    assert.deepEqual([successful.length, failed.length], [1, 0]);
    await holds(successful[0].uploadURL, content);
  },
  async 'Uppy, in parts at the same time'() {
    const content = bytes(1_000_003);
    const { successful } = await uppy(content, { parallelUploads: 2 });
    await holds(successful[0].uploadURL, content);
  },
  async 'Uppy, paused and gone on'() {
    const content = bytes(4_000_000);
    let pauses = 0;
    const { successful } = await uppy(content, { chunkSize: 500_000 }, (it, id) => {
      it.on('upload-progress', (_, { bytesUploaded }) => {
        if (bytesUploaded < 1_000_000 || pauses > 0) return;
        pauses += 1;
        it.pauseResume(id);
        setImmediate(() => it.pauseResume(id));
      });
    });
    assert.equal(pauses, 1);
    await holds(successful[0].uploadURL, content);
  },
  async 'Uppy, over a line that breaks'() {
    const content = bytes(2_000_000);
    const { endpoint, broken, close } = await line([300_000, 900_000]);
    const { successful } = await uppy(content, { endpoint });
    assert.equal(broken(), 2);
    await holds(successful[0].uploadURL, content);
    close();
  },
  async 'Uppy, cancelled'() {
    let url;
    const { successful } = await uppy(bytes(4_000_000), {
      chunkSize: 200_000,
      onAfterResponse: (request, answer) => { url ??= answer.getHeader('location') && new URL(answer.getHeader('location'), endpoint).href; },
    }, (it) => it.on('upload-progress', (_, { bytesUploaded }) => bytesUploaded > 500_000 && it.cancelAll()));
    assert.equal(successful?.length ?? 0, 0);
    for (let at = 0; (await ask('HEAD', url)).status !== 404; at += 1) assert.ok(at < 1000, 'it is still there');
  },
  async 'Uppy tells names unless it is told not to, and is refused'() {
    const { failed } = await uppy(bytes(10), { allowedMetaFields: true, retryDelays: null });
    assert.equal(failed.length, 1);
    assert.match(failed[0].error, /upload\/metadata/);
  },
};

await run(tries);
