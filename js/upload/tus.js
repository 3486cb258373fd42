// tus 1.0 (https://tus.io/protocols/resumable-upload), as much of it as brings one file to a server. What the server is told of a
// file is how long it is when sealed.

const VERSION = { 'Tus-Resumable': '1.0.0' };
/** Answers after which another try is no use. */
const FINAL = [400, 401, 403, 404, 405, 410, 412, 413, 415, 507];
/** How long a server may be silent while nothing moves, in milliseconds; and while it joins parts. */
const SILENCE = 60_000;
const JOINING = 900_000;

/** An address in a header: one part of a list that spaces separate. */
const encoded = (url) => url.replaceAll(' ', '%20');

/** What went wrong, with how long to wait, in milliseconds, where the server says so. */
const failure = (PrivacyError, { status, header }) => {
  const error = new PrivacyError(FINAL.includes(status) ? 'upload/refused' : 'upload/unreachable', `${status || ''}`);
  error.after = Number(header('Retry-After')) * 1000 || 0;
  return error;
};

/**
 * A server's uploads at an address. `headers` are the site's own, or a function that answers them: tokens may be short-lived.
 */
export const server = (PrivacyError, to, headers, signal) => {
  /** Where it is read, if the server has an address of its own for that. */
  let read;
  /** A question by whose progress people see something: `fetch` does not say how much has been sent. */
  const asked = async (method, url, { fields, body, patience = SILENCE, onprogress, signal: by = signal } = {}) => {
    const own = typeof headers === 'function' ? await headers() : headers;
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      let timer;
      const silent = () => {
        clearTimeout(timer);
        timer = setTimeout(() => end(() => resolve({ status: 0, header: () => null }), request.abort()), patience);
      };
      const stop = () => end(() => reject(by.reason), request.abort());
      const end = (done) => {
        clearTimeout(timer);
        by?.removeEventListener('abort', stop);
        done();
      };
      request.open(method, url);
      for (const [name, value] of Object.entries({ ...VERSION, ...own, ...fields })) request.setRequestHeader(name, value);
      request.upload.onprogress = ({ loaded }) => {
        silent();
        onprogress?.(loaded);
      };
      request.onload = () => {
        const place = request.status < 300 && request.getResponseHeader('Content-Location');
        if (place) read = new URL(place, url).href;
        end(() => resolve({ status: request.status, header: (name) => request.getResponseHeader(name) }));
      };
      request.onerror = () => end(() => resolve({ status: 0, header: () => null }));
      by?.addEventListener('abort', stop);
      silent();
      by?.aborted ? stop() : request.send(body);
    });
  };
  const failed = (answer) => failure(PrivacyError, answer);

  const create = async (fields, patience) => {
    const answer = await asked('POST', to, { fields, patience });
    const place = answer.header('Location');
    if (answer.status !== 201 || !place) throw failed(answer);
    const url = new URL(place, to).href;
    return { url, read: new URL(answer.header('Content-Location') || url, to).href };
  };
  return {
    /** What it can do beside the core, and the length that it takes at most. Who does not say can do the core. */
    able: async () => {
      const answer = await asked('OPTIONS', to);
      const list = (name) => (answer.header(name) || '').split(/[ ,]+/);
      return { joins: list('Tus-Extension').includes('concatenation'), longest: Number(answer.header('Tus-Max-Size')) || Infinity };
    },
    /** Makes an upload of a length, or a part of one; where it is written, and where it will be read. */
    create: (length, isPart) => create({ 'Upload-Length': `${length}`, ...(isPart && { 'Upload-Concat': 'partial' }) }),
    /** Joins finished parts; the same of the whole. */
    join: (urls) => create({ 'Upload-Concat': `final;${urls.map(encoded).join(' ')}` }, JOINING),
    /** How much of an upload there is; nothing where there is none of that length. */
    offset: async (url, length) => {
      const answer = await asked('HEAD', url);
      if ([403, 404, 410].includes(answer.status)) return undefined;
      if (answer.status !== 200 && answer.status !== 204) throw failed(answer);
      const [there, whole] = ['Upload-Offset', 'Upload-Length'].map((name) => Number(answer.header(name) ?? NaN));
      return whole === length && there <= length ? there : undefined;
    },
    /** Sends what comes next; how much of it there is then. */
    send: async (url, offset, body, onprogress, by) => {
      const fields = { 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': `${offset}` };
      const answer = await asked('PATCH', url, { fields, body, onprogress, signal: by });
      const next = Number(answer.header('Upload-Offset') ?? NaN);
      if (answer.status !== 204 || !(next > offset && next <= offset + body.size)) throw failed(answer);
      return next;
    },
    /** Where an upload is read that is there. */
    place: (url) => read || url,
    /** Does away with it, whatever becomes of that. */
    end: (url) => asked('DELETE', url, { signal: undefined }).catch(() => {}),
  };
};
