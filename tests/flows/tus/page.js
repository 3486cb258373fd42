// What a page does with clients of tus, for the flows of `tus/mod.rs`: it is bundled with tus-js-client and Uppy, as a site's own is.

import Uppy from '@uppy/core';
import Tus from '@uppy/tus';
import * as tus from 'tus-js-client';
import { SealedUploads, sealing } from '/pkg/tus.js';
import { open } from '/pkg/vault.js';

const wrapper = { id: new Uint8Array(16).fill(3), key: new Uint8Array(32).fill(5) };
const own = { id: wrapper.id, wrapper: wrapper.key };
const unhex = (text) => Uint8Array.from(text.match(/../g), (it) => parseInt(it, 16));

/** What is in a file, by its seed; `other` is a place where it has another byte. */
const bytes = (size, seed, other) => {
  const all = new Uint8Array(size);
  for (let at = 0; at < size; at += 1) all[at] = at * 7 + (at >> 8) * 3 + (at >> 16) * 11 + (at >> 20) * 101 + seed;
  if (other !== undefined) all[other] ^= 1;
  return all;
};
const made = ({ size, seed = 0, other, name = 'a secret name.pdf' }) =>
  new File([bytes(size, seed, other)], name, { type: 'application/pdf', lastModified: 1_764_000_000_000 });

const to = ({ key }) => [own, ...(key ? [{ id: 7, key: unhex(key) }] : [])];
const said = (error) => `${error} ${error?.causingError ?? ''} ${error?.stack ?? ''}`;

/**
 * Sends a file by tus-js-client, and says in `window.state` how that goes. `stop` is after how many bytes it stops; `found` says
 * whether it goes on with an upload of before.
 */
export const send = async (about, { endpoint, stop = Infinity, key, ...options }) => {
  const state = (window.state = { patches: [], refused: 0 });
  try {
    const file = made(about);
    const it = await sealing(file, { to: to({ key }), endpoint });
    Object.assign(state, { it, size: it.size });
    const upload = new tus.Upload(file, {
      ...it.options,
      retryDelays: [0, 50, 200, 1000],
      ...options,
      onBeforeRequest: (request) => {
        if (request.getMethod() === 'PATCH') state.patches.push([request.getURL(), +request.getHeader('Upload-Offset')]);
        if (request.getHeader('Upload-Metadata')) state.failed = 'it tells of the file';
      },
      onProgress: (sent) => {
        state.sent = sent;
        if (sent >= stop && !state.stopped) upload.abort().then(() => (state.stopped = true));
      },
      onError: (error) => (state.failed = said(error)),
      onSuccess: () => Object.assign(state, { done: it.url(), upload: upload.url }),
    });
    Object.assign(state, { again: () => ((stop = Infinity), (state.stopped = false), upload.start()), ended: () => upload.abort(true) });
    const [before] = await upload.findPreviousUploads();
    state.found = !!before;
    if (before) upload.resumeFromPreviousUpload(before);
    upload.start();
  } catch (error) {
    state.failed = said(error);
  }
};

/** Sends files by Uppy. */
export const uppy = async (all, { endpoint, key, pause, type, ...options }) => {
  const state = (window.state = { told: [] });
  try {
    const it = new Uppy({ logger: { debug() {}, warn() {}, error() {} } });
    it.use(Tus, { endpoint, retryDelays: [0, 50, 200, 1000], ...options });
    it.use(SealedUploads, { to: async () => to({ key }) });
    state.uppy = it;
    const ids = all.map((about) => it.addFile({ name: about.name ?? 'a secret name.pdf', type: 'application/pdf', data: made(about), source: 'test', isRemote: !!about.remote, remote: about.remote }));
    it.on('upload-progress', (file, { bytesUploaded, bytesTotal }) => {
      state.told.push([bytesUploaded, bytesTotal]);
      state.most = Math.max(state.most || 0, bytesUploaded);
      if (pause && bytesUploaded >= pause && !state.paused) {
        state.paused = true;
        it.pauseAll();
      }
    });
    const { successful, failed } = await it.upload();
    const errors = failed.map(({ error }) => error);
    Object.assign(state, { failed: errors.join() || undefined, done: successful.map(({ uploadURL }) => uploadURL), upload: successful.map(({ tus }) => tus.uploadUrl) });
    void ids;
  } catch (error) {
    state.failed = said(error);
  }
};

/** How a file that was sent differs from what it was: not at all. */
export const difference = async (about, url) => {
  const answer = await fetch(url);
  if (!answer.ok) return `${answer.status} at ${url}`;
  const file = made(about);
  const opened = await open(await answer.blob(), { wrapper });
  const { name, type, modified, size } = opened;
  const facts = [name, type, modified, size].join();
  if (facts !== [file.name, file.type, file.lastModified, file.size].join()) return facts;
  const is = new Uint8Array(await (await opened.blob()).arrayBuffer());
  const was = new Uint8Array(await file.arrayBuffer());
  const at = was.findIndex((it, at) => it !== is[at]);
  return is.length !== was.length ? `${is.length} bytes` : at < 0 ? '' : `another byte at ${at}`;
};

/** Whether who knows where a file is read can end it. */
export const ends = async (url) => (await fetch(url, { method: 'DELETE', headers: { 'Tus-Resumable': '1.0.0' } })).status;

/** Everything that is kept in this browser as text. */
export const texts = () => JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)]);
