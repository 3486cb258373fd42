// Asking the server. What is not exactly an answer of it counts as none: a captive portal answers too.

/** As many bytes can an answer have: so many events as come at once, at their longest. */
const MOST = 4 * 1024 * 1024;

/** A hash as text. */
export const HASH = /^[\w-]{43}$/;
/** The code of a log that has something else where this browser knows an event. */
export const OTHER = 'log/other';

const CODE = /^[a-z]+\/[a-z-]{1,40}$/;

/** No answer, with the pause that the server asked for, in milliseconds. */
export const failure = (response, about) => {
  const after = response?.headers.get('retry-after');
  // By the server's own clock where it says what that is.
  const date = Date.parse(response?.headers.get('date') || '') || Date.now();
  const time = /^\d+$/.test(after) ? after * 1000 : Date.parse(after || '') - date;
  return Object.assign(new Error('no answer'), { pause: time > 0 ? time : 0, status: response?.status, ...about });
};

/** The text of an answer, unless it never ends. */
const read = async (response) => {
  const reader = response.body?.getReader();
  if (!reader) return '';
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts).text();
    length += value.length;
    parts.push(value);
    if (length > MOST) {
      reader.cancel().catch(() => {});
      throw failure();
    }
  }
};

/**
 * What an address answers: `{status, headers, text}`, with 2xx or 304. Anything else is an error with a `status` and,
 * where the server gives one, a `code`.
 */
export const fetched = async (url, { signal, patience, ...options }) => {
  const ending = new AbortController();
  const end = () => ending.abort();
  const timer = setTimeout(end, patience);
  signal?.addEventListener('abort', end);
  if (signal?.aborted) end();
  let response;
  try {
    response = await fetch(url, {
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      referrerPolicy: 'no-referrer',
      ...options,
      signal: ending.signal,
    });
    if (response.status === 304) return { status: 304, headers: response.headers, text: '' };
    const text = await read(response);
    if (response.ok) return { status: response.status, headers: response.headers, text };
    let said;
    try {
      said = JSON.parse(text);
    } catch {
      // Somebody else's answer.
    }
    throw failure(response, CODE.test(said?.code) ? { code: said.code, now: said.now } : {});
  } catch (error) {
    // No connection, no end, or somebody else's page.
    throw error.pause === undefined ? failure(response) : error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
};

/** The object that an answer holds. */
export const parsed = ({ text }) => {
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure();
  }
  if (Object(value) !== value) throw failure();
  return value;
};

/** What has to be true of an answer to a batch. */
export const answers = ({ answers }, ids) => {
  if (!Array.isArray(answers) || answers.length !== ids.length) throw failure();
  return answers.map((answer, at) => {
    const { id, status, code, index, taken, proof } = Object(answer);
    const kept = ['stored', 'duplicate', 'fork'].includes(status);
    if (kept && (id !== ids[at] || !Number.isSafeInteger(index) || !Number.isSafeInteger(taken) || !Array.isArray(proof))) throw failure();
    if (!kept && (status !== 'rejected' || !CODE.test(code) || (id ?? ids[at]) !== ids[at])) throw failure();
    return { id: ids[at], status, code, index, taken, proof, word: kept ? 'kept' : code === 'event/gap' ? 'gap' : 'rejected' };
  });
};

/** Where a server may be: over a connection that nobody reads or changes, or on this machine. */
export const isSafe = ({ protocol, hostname }) =>
  protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/.test(hostname));
