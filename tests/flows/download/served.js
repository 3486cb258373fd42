// What a page does with opened files: shows and saves them.

import { release, save, serve } from '/pkg/download.js';
import { seal } from '/pkg/vault.js';
import { bytes, fault, filled, opened, put, same, sealed } from '/download-page.js';
import { canFilm, film, tone } from '/download-media.js';

const worker = '/sealed-worker.js';
const event = (target, name) => new Promise((resolve) => target.addEventListener(name, resolve, { once: true }));

/** Whether pages have service workers here. */
export const canServe = async () => {
  try {
    await navigator.serviceWorker.register(worker);
    return true;
  } catch {
    return false;
  }
};
export { canFilm };

/** An opened file, with a list of the parts that were asked of it. */
const watched = async (of) => {
  const file = await opened(of);
  const parts = [];
  const slice = (from, to, options) => {
    parts.push([from, to]);
    return file.slice(from, to, options);
  };
  return { ...file, slice, parts };
};

const file = (data, options) => sealed(data, options).then(watched);

/** Something that plays, and goes on somewhere in the midst of it. */
const played = async (element, { url, parts, size, at }) => {
  element.src = url;
  element.preload = 'auto';
  element.muted = true;
  document.body.append(element);
  const failed = event(element, 'error').then(() => Promise.reject(new Error(`it does not play: ${element.error?.code} ${element.error?.message}`)));
  await Promise.race([event(element, 'loadedmetadata'), failed]);
  const { duration } = element;
  const before = parts.length;
  element.currentTime = at;
  await Promise.race([event(element, 'seeked'), failed]);
  const there = element.currentTime;
  const width = element.videoWidth || 0;
  await element.play();
  while (!(element.currentTime > there)) await Promise.race([event(element, 'timeupdate'), failed]);
  element.pause();
  element.removeAttribute('src');
  element.load();
  return { duration: Math.round(duration), there: Math.round(there), width, before, parts, size };
};

/** A long sound from the server, of which a place in the midst is heard. */
export const heard = async (server) => {
  const data = tone(720);
  const it = await watched(await put(server, await sealed(data, { name: 'a.wav', type: 'audio/wav' })));
  return played(new Audio(), { ...it, url: await serve(it, { worker }), at: 600 });
};

/** Pictures that move, seen from somewhere in the midst. */
export const seen = async (server) => {
  const data = await film(12);
  const it = await watched(await put(server, await sealed(data, { name: 'a.webm', type: 'video/webm', segment: 4096 })));
  return { ...(await played(document.createElement('video'), { ...it, url: await serve(it, { worker }), at: 9 })), length: data.length };
};

/** Answers to all sorts of questions: `[status, range, length, right]`. */
export const ranges = async () => {
  const data = filled(3_000_000);
  const url = await serve(await file(data, { type: 'video/mp4' }), { worker });
  const ask = async (Range, method = 'GET') => {
    const answer = await fetch(url, { method, headers: Range ? { Range } : {} });
    const got = new Uint8Array(await answer.arrayBuffer());
    const [, from = 0, to = 2_999_999] = /^bytes (\d+)-(\d+)\//.exec(answer.headers.get('content-range')) || [];
    return [answer.status, answer.headers.get('content-range'), answer.headers.get('content-length'), same(got, data.subarray(+from, +to + 1))];
  };
  const said = {};
  for (const range of ['', 'bytes=0-0', 'bytes=0-', 'bytes=524231-524233', 'bytes=2999999-', 'bytes=-5', 'bytes=-9000000', 'bytes=5-9000000', 'bytes=3000000-', 'bytes=-0', 'bytes=5-4', 'bytes=0-1,4-5', 'lines=1-2']) said[range] = await ask(range);
  said.HEAD = (await ask('', 'HEAD')).slice(0, 3);
  said.POST = (await ask('', 'POST')).slice(0, 1);
  const empty = await serve(await file(new Uint8Array(), {}), { worker });
  const answer = await fetch(empty);
  said.empty = [answer.status, (await answer.arrayBuffer()).byteLength, (await fetch(empty, { headers: { Range: 'bytes=0-' } })).status];
  release(url);
  said.released = [(await fetch(url)).status];
  said.guessed = [(await fetch(`${url}0`)).status, (await fetch(url.replace(/[^/]+$/, ''))).status];
  said.nobody = [(await fetch(url.replace(/[^/]+\/[^/]+$/, 'a/b'))).status];
  return said;
};

/** What is said of files of some types. */
export const told = async () => {
  const said = {};
  for (const type of ['video/mp4', 'image/png', 'application/pdf', 'text/plain', 'text/html', 'image/svg+xml', 'application/xhtml+xml', 'text/xml', 'text/javascript', 'application/wasm', 'text/html;video/mp4', 'video/mp4\r\nX-A: b', '', 'IMAGE/PNG']) {
    const { headers } = await fetch(await serve({ ...(await opened(await sealed('a'))), type, name: 'a/\u202egpj.exe"\n é' }, { worker }));
    const is = (name) => headers.get(name);
    said[type] = [is('content-type'), is('content-disposition').split(';')[0], is('content-security-policy')?.split(';')[0] || '', is('x-content-type-options'), is('cache-control'), is('cross-origin-resource-policy')].join(' ');
    said.name = is('content-disposition').split(';')[1];
  }
  return said;
};

/** Files that would act in the site's name if they could: each tries to mark the page. */
export const acting = async () => {
  window.marked = [];
  const script = "parent.marked.push('marked')";
  const types = { 'text/html': `<script>${script}</script>`, 'application/xhtml+xml': `<html xmlns="http://www.w3.org/1999/xhtml"><script>${script}</script></html>`, 'image/svg+xml': `<svg xmlns="http://www.w3.org/2000/svg"><script>${script}</script></svg>`, 'image/png': `<script>${script}</script>`, 'text/plain': `<script>${script}</script>`, 'text/xml': `<x:script xmlns:x="http://www.w3.org/1999/xhtml">${script}</x:script>` };
  for (const [type, text] of Object.entries(types)) {
    const url = await serve(await file(text, { type, name: 'a' }), { worker });
    const frame = document.createElement('iframe');
    const loaded = new Promise((resolve) => (frame.onload = resolve));
    frame.src = url;
    document.body.append(frame);
    // What is saved in place of being shown loads nothing.
    if (['image/png', 'text/plain'].includes(type)) await loaded;
    const tag = document.createElement('script');
    tag.src = url;
    const tried = Promise.race([event(tag, 'load'), event(tag, 'error')]);
    document.body.append(tag);
    await tried;
  }
  const code = await serve(await file(script.replace('parent', 'window'), { type: 'text/javascript' }), { worker });
  const tag = document.createElement('script');
  tag.src = code;
  const tried = Promise.race([event(tag, 'load').then(() => 'load'), event(tag, 'error').then(() => 'error')]);
  document.body.append(tag);
  const script_ = await tried;
  // A drawing is seen all the same.
  const picture = new Image();
  picture.src = await serve(await file('<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"/>', { type: 'image/svg+xml' }), { worker });
  await picture.decode();
  return [...window.marked, script_, picture.naturalWidth];
};

/** One that stays there for other pages to look for. */
export const stays = async () => serve(await file(filled(100), {}), { worker });

/** A file is changed behind its front, or is not; saved in a way. */
export const saved = async (name, size, { by, broken, options } = {}) => {
  const blob = await sealed(new Uint8Array(size).fill(7), { name });
  const parts = broken ? [blob.slice(0, broken), 'a', blob.slice(broken + 1)] : [blob];
  const it = await opened(new Blob(parts));
  let last;
  const said = await save(it, { by, worker, onProgress: (progress) => (last = progress), ...options }).catch(({ name, code }) => (typeof code === 'string' ? code : name));
  return [said, last?.saved ?? 0];
};

/** Where a person who picks a place has it: in the page's own files here. */
export const picks = async (name, before) => {
  const folder = await navigator.storage.getDirectory();
  window.showSaveFilePicker = async ({ suggestedName }) => {
    window.suggested = suggestedName;
    const handle = await folder.getFileHandle(name, { create: true });
    if (before) {
      const to = await handle.createWritable();
      await to.write(before);
      await to.close();
    }
    return handle;
  };
  return true;
};
export const there = async (name) => {
  const folder = await navigator.storage.getDirectory();
  const handle = await folder.getFileHandle(name).catch(() => undefined);
  return handle ? (await handle.getFile()).size : 'nothing';
};

/** Somebody changes their mind. */
export const refusing = async (name) => {
  window.showSaveFilePicker = async () => {
    throw new DOMException('', name);
  };
  return true;
};
/** Stops while it is saved. */
export const stopped = async (by, size) => {
  const it = await opened(await sealed(new Uint8Array(size)));
  const controller = new AbortController();
  return fault(save(it, { by, worker, signal: controller.signal, onProgress: () => controller.abort() }));
};

/** With the site's own worker, or none. */
export const hosted = async (script) => {
  if (script) {
    await navigator.serviceWorker.register(script, { type: script.includes('module') ? 'module' : 'classic' });
    const { active } = await navigator.serviceWorker.ready;
    if (active.state !== 'activated') await event(active, 'statechange');
    if (!navigator.serviceWorker.controller) await event(navigator.serviceWorker, 'controllerchange');
  }
  return fault(serve(await file('a', { type: 'text/plain' })).then(async (url) => Promise.reject({ name: await (await fetch(url)).text() })));
};
export { bytes, serve, file, fault };

/** Seals so many mebibytes on their way to the server, a little at a time; `window.large` has where they are. */
export const large = (server, count) => {
  const part = new Blob([filled(1 << 20)]);
  const doing = async () => {
    const to = [{ id: new Uint8Array(16).fill(3), wrapper: new Uint8Array(32).fill(4) }];
    const it = await seal(new File(Array(count).fill(part), 'large.bin'), { to });
    const headers = { 'Tus-Resumable': '1.0.0' };
    const made = await fetch(server, { method: 'POST', headers: { ...headers, 'Upload-Length': `${it.size}` } });
    const [url, place] = ['Location', 'Content-Location'].map((name) => new URL(made.headers.get(name), server).href);
    const reader = it.stream().getReader();
    let parts = [];
    for (let at = 0; ; ) {
      const { done, value } = await reader.read();
      if (value) parts.push(value);
      if (!done && parts.length < 16) continue;
      const body = new Blob(parts);
      parts = [];
      const sent = await fetch(url, { method: 'PATCH', headers: { ...headers, 'Upload-Offset': `${at}`, 'Content-Type': 'application/offset+octet-stream' }, body });
      if (sent.status !== 204) throw new Error(`${sent.status} ${await sent.text()}`);
      at += body.size;
      if (done) return place;
    }
  };
  doing().then((url) => (window.large = url), (error) => (window.large = `${error}`));
  return true;
};

/** Saves it through the worker; `window.saved` says how that went. */
export const keep = (url) => {
  const begin = performance.now();
  opened(url)
    .then((it) => save(it, { by: 'worker', worker }))
    .then((way) => (window.saved = `${way} ${((performance.now() - begin) / 1000).toFixed(1)} s`), (error) => (window.saved = `${error}`));
  return true;
};
