// tus 1.0 (https://tus.io/protocols/resumable-upload), as much of it as brings one file to a server. What the server is told of a
// file is how long it is when sealed.

import { PrivacyError } from '../error.js';

const VERSION = { 'Tus-Resumable': '1.0.0' };
/** How long a pause after a failure may become, in milliseconds. */
const LONGEST = 30_000;
/** Answers after which another try is no use. */
const FINAL = [400, 401, 403, 404, 410, 412, 413, 415, 507];

/** A question by whose progress people see something: `fetch` does not say how much has been sent. */
const asked = (method, url, { headers, body, signal, onprogress } = {}) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const end = (done) => (signal?.removeEventListener('abort', stop), done());
    request.open(method, url);
    for (const [name, value] of Object.entries({ ...VERSION, ...headers })) request.setRequestHeader(name, value);
    if (onprogress) request.upload.onprogress = ({ loaded }) => onprogress(loaded);
    request.onload = () => end(() => resolve({ status: request.status, header: (name) => request.getResponseHeader(name) }));
    request.onerror = () => end(() => resolve({ status: 0, header: () => null }));
    request.onabort = () => end(() => reject(signal?.reason || new DOMException('aborted', 'AbortError')));
    signal?.addEventListener('abort', stop);
    signal?.aborted ? stop() : request.send(body);
  });

const failure = ({ status }) => new PrivacyError(FINAL.includes(status) ? 'upload/refused' : 'upload/unreachable', `${status || ''}`);

/** Waits longer each time; what is online again is worth a try at once. */
export const patience = (signal) => {
  let tries = 0;
  return {
    over: () => (tries = 0),
    wait: () =>
      new Promise((resolve, reject) => {
        tries += 1;
        const end = (done) => {
          clearTimeout(timer);
          removeEventListener('online', soon);
          signal.removeEventListener('abort', stop);
          done();
        };
        const soon = () => end(resolve);
        const stop = () => end(() => reject(signal.reason));
        const timer = setTimeout(soon, Math.random() * Math.min(LONGEST, 500 * 2 ** tries));
        addEventListener('online', soon);
        signal.addEventListener('abort', stop);
        if (signal.aborted) stop();
      }),
  };
};

export const server = (to, headers, signal) => ({
  /** Makes an upload of a length; its address. */
  create: async (length) => {
    const answer = await asked('POST', to, { headers: { ...headers, 'Upload-Length': `${length}` }, signal });
    const place = answer.header('Location');
    if (answer.status !== 201 || !place) throw failure(answer);
    return new URL(place, new URL(to, location.href)).href;
  },
  /** How much of an upload there is; nothing where there is none of that length. */
  offset: async (url, length) => {
    const answer = await asked('HEAD', url, { headers, signal });
    if (answer.status === 404 || answer.status === 410) return undefined;
    if (answer.status !== 200 && answer.status !== 204) throw failure(answer);
    const [there, whole] = ['Upload-Offset', 'Upload-Length'].map((name) => Number(answer.header(name) ?? NaN));
    return whole === length && there <= length ? there : undefined;
  },
  /** Sends what comes next; how much of it there is then. */
  send: async (url, offset, body, onprogress) => {
    const answer = await asked('PATCH', url, {
      headers: { ...headers, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': `${offset}` },
      body,
      signal,
      onprogress,
    });
    const next = Number(answer.header('Upload-Offset') ?? NaN);
    if (answer.status !== 204 || !(next > offset)) throw failure(answer);
    return next;
  },
  /** Does away with it, whatever becomes of that. */
  end: (url) => asked('DELETE', url, { headers }).catch(() => {}),
});
