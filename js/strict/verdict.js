// May this address be asked for anything? The boot module knows, once it is there; until then
// what is not the page's own waits.

export const guard = window.mixusPrivacyGuard;
const { dataset, src } = document.currentScript;
export const SOURCE = src;

const words = (name) => dataset[name]?.match(/[^\s,]+/g) || [];
/** What the site needs; wherever this script came from, the rest of the package comes from too. */
export const ALLOW = words('allow').concat(new URL(src).host).filter((it) => it !== location.host);
const HOLD = words('hold');
export const NAMES = words('names');
/** Nothing is held; what would have been is listed. */
export const report = dataset.mode === 'report';

/** Whether one of some host patterns (see `src/policy/pattern.rs`) covers an address. */
const listed = (list, { host, hostname, pathname }) =>
  list.some((pattern) => {
    const [, wanted, path] = pattern.match(/([^/]*)(.*)/);
    return pathname.startsWith(path) && (wanted ? host === wanted || ('.' + hostname).endsWith('.' + wanted) : host === location.host);
  });

/** Places that were judged; those at vendors that were allowed are remembered for the next page. */
export const known = new Map();

const decide = (url, host, place) => {
  if (listed(ALLOW, url)) return true;
  const own = host === location.host && !listed(HOLD, url);
  if (!guard.judge) return own || guard.early({ names: '', url: { host: place } });
  // The code is there already: to the gate this is no tag with a fault.
  const entry = { names: '', url, code: 'gate/no-purpose' };
  const verdict = guard.judge(entry);
  return verdict > 0 || (!verdict && !entry.key && (own || everything(url)));
};

/** Whether all is allowed that can be: a vendor that nobody declared counts for every purpose. */
export const everything = (url) => guard.judge?.({ names: guard.keys + '', url, code: 'gate/undeclared-service' }) > 0;

/** The address that a text stands for; undefined where it leads to no host. */
export const resolve = (address) => {
  try {
    // A socket belongs to the same service as everything else of its host.
    const url = new URL(('' + address).replace(/^\s*ws/i, 'http'), document.baseURI);
    if (url.host) return url;
  } catch {
    // Not an address: the browser says so, in its own way.
  }
};

/** Whether an address may be asked for anything of a `kind`. */
export const may = (address, kind) => {
  const url = resolve(address);
  if (!url) return true;
  const { host } = url;
  const place = host + url.pathname;
  if (!known.has(place)) known.set(place, decide(url, host, place));
  return known.get(place) || note(kind, url.href);
};

/** What strict mode holds, each once. */
export const held = new Set();
export const note = (kind, what) => {
  if (held.size < 999) held.add(kind + ' ' + what);
  return report;
};

/** Of the scripts that are at work now, as far as the stack tells, one that is a vendor's. */
export const caller = () =>
  (new Error().stack.match(/https?:\/\/[^\s)]+(?=:\d+:\d+)/g) || []).find((url) => resolve(url).host !== location.host || !may(url, 'script'));
