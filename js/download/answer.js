// What is answered to somebody who asks for a file at an address of the site: as much of it as they want, and nothing that could
// act in the site's name. Name and type were chosen by whoever sealed the file.

/** What a browser shows, and runs nothing of. A picture that is a document is none of them. */
const SHOWN = /^(?:(?:audio|video)\/[\w.+-]+|image\/(?!svg)[\w.+-]+|application\/pdf|text\/plain)$/;
const DRAWING = 'image/svg+xml';
const PDF = 'application/pdf';
const UNKNOWN = 'application/octet-stream';

/** A name that is one, and ends as it seems to end. */
export const called = (name) => name.replace(/[/\\:*?"<>|\p{Cc}\p{Bidi_C}\u2028\u2029]/gu, '_').replace(/^[.\s]+|[.\s]+$/gu, '') || 'file';

/** As RFC 8187 writes it in a header. */
const quoted = (name) => encodeURIComponent(name).replace(/['()*!]/g, (it) => `%${it.charCodeAt(0).toString(16)}`);

/** The part that is asked for, as `[from, to]`; nothing if all of it is, or in words that mean nothing here. */
const part = (range, size) => {
  const [, first, last] = /^bytes=(\d*)-(\d*)$/.exec(range?.replace(/\s/g, '') || '') || [];
  if (!first && !last) return undefined;
  if (!first) return [Math.max(0, size - last), +last ? size : 0];
  return last && +last < +first ? undefined : [+first, last ? Math.min(size, +last + 1) : size];
};

/** `{status, headers, from, to}` for a request. */
export const answer = ({ name, type, size }, { method, range, attachment }) => {
  const is = type.split(';')[0].trim().toLowerCase();
  const isShown = !attachment && SHOWN.test(is);
  const headers = {
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-store',
    'Content-Disposition': `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${quoted(called(name))}`,
    'Content-Type': SHOWN.test(is) || is === DRAWING ? is : UNKNOWN,
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
  };
  // Viewers of PDF are the browser's own, and do not start in a sandbox.
  if (is !== PDF) headers['Content-Security-Policy'] = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'";
  if (is === 'text/plain') headers['Content-Type'] += '; charset=utf-8';
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { ...headers, Allow: 'GET, HEAD' }, from: 0, to: 0 };
  const some = part(range, size);
  const [from, to] = some || [0, size];
  if (some && from >= to) return { status: 416, headers: { ...headers, 'Content-Range': `bytes */${size}` }, from: 0, to: 0 };
  if (some) headers['Content-Range'] = `bytes ${from}-${to - 1}/${size}`;
  headers['Content-Length'] = `${to - from}`;
  return { status: some ? 206 : 200, headers, from, to: method === 'HEAD' ? from : to };
};
