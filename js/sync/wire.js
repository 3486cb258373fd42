// Asking the server. What is not exactly an answer of it counts as none: a captive portal answers too.

const PATIENCE = 30_000;

/** An error with the pause that the server asked for, in milliseconds. */
const failure = (response) => {
  const after = Number(response?.headers.get('retry-after'));
  return Object.assign(new Error('no answer'), { pause: after > 0 ? after * 1000 : 0, status: response?.status });
};

/** The JSON that an address answers. */
export const ask = async (url, options, patience = PATIENCE) => {
  const signals = [AbortSignal.timeout(patience), options.signal].filter(Boolean);
  const response = await fetch(url, {
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
    ...options,
    signal: AbortSignal.any ? AbortSignal.any(signals) : signals.at(-1),
  });
  if (!response.ok) throw failure(response);
  return response.json();
};

/** What has to be true of an answer to a batch. */
export const answers = ({ answers }, ids) => {
  if (answers?.length !== ids.length) throw failure();
  return answers.map((answer, at) => {
    const { id, status, code, index, taken } = answer;
    const kept = ['stored', 'duplicate', 'fork'].includes(status);
    if (kept && (id !== ids[at] || !Number.isSafeInteger(index) || !Number.isSafeInteger(taken))) throw failure();
    if (!kept && (status !== 'rejected' || typeof code !== 'string')) throw failure();
    return { ...answer, id: ids[at], word: kept ? 'kept' : code === 'event/gap' ? 'gap' : 'rejected' };
  });
};

/** Where a server may be: over a connection that nobody reads or changes, or on this machine. */
export const isSafe = ({ protocol, hostname }) =>
  protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d+){3}|\[::1\]|.+\.localhost)$/.test(hostname));
