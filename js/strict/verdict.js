// May this address be asked for anything? The boot module knows, once it is there; until then
// what is not the page's own waits.

export const guard = window.mixusPrivacyGuard;
const { dataset } = document.currentScript;

const words = (name) => (dataset[name] || '').split(/[\s,]+/).filter(Boolean);
export const SOURCE = document.currentScript.src;
/** What the site needs; wherever this script came from, the rest of the package comes from too. */
export const ALLOW = words('allow').concat(new URL(SOURCE).host);
const HOLD = words('hold');
export const NAMES = words('names');
/** Nothing is held; what would have been is listed. */
export const report = dataset.mode === 'report';

/** Where a call leads that must not leave: it fails as a network does, without one. */
export const DEAD = `blob:${location.origin}/0`;

/** Whether a host pattern (see `src/policy/pattern.rs`) covers an address. */
const covers = (pattern, { host, hostname, pathname }) => {
  const at = (pattern + '/').indexOf('/');
  const wanted = pattern.slice(0, at);
  return (
    pathname.startsWith(pattern.slice(at)) &&
    (wanted ? host === wanted || ('.' + hostname).endsWith('.' + wanted) : host === location.host)
  );
};

const known = new Map();
/** Places at vendors that were allowed, for the next page: see `early` in the guard. */
const went = new Set();
const START = 'mixus-privacy-start';
const line = (place) => `\n|${place}\n`;

const decide = (url, place) => {
  const listed = (list) => list.some((pattern) => covers(pattern, url));
  if (listed(ALLOW)) return true;
  const own = url.host === location.host && !listed(HOLD);
  if (!guard.judge) return own || guard.early({ names: '', url: { host: place } });
  // The codes are there already: to the gate this is no tag with a fault.
  const entry = { names: '', url, code: 'gate/no-purpose' };
  const verdict = guard.judge(entry);
  // A vendor that nobody declared counts for every purpose.
  const may =
    verdict > 0 ||
    (!verdict && !entry.key && (own || guard.judge({ names: guard.keys.join(), url, code: 'gate/undeclared-service' }) > 0));
  if (may && !own) {
    went.add(place);
    try {
      const list = localStorage[START];
      if (list && !list.includes(line(place))) localStorage[START] = list + line(place);
    } catch {
      // Blocked: the next page waits for the module.
    }
  }
  return may;
};

/** The address that a text stands for; undefined where it leads to no host. */
export const resolve = (address, base = document.baseURI) => {
  try {
    // A socket belongs to the same service as everything else of its host.
    const url = new URL(('' + address).replace(/^\s*ws/i, 'http'), base);
    return /^http/.test(url.protocol) ? url : undefined;
  } catch {
    return undefined;
  }
};

/** Whether an address may be asked for anything of a `kind`. */
export const may = (address, kind, base) => {
  const url = resolve(address, base);
  if (!url) return true;
  const place = url.host + url.pathname;
  let verdict = known.get(place);
  if (verdict === undefined) {
    if (known.size > 999) known.clear();
    known.set(place, (verdict = decide(url, place)));
  }
  if (!verdict) note(kind, url);
  return verdict || report;
};

/** What strict mode holds, each once, with what would let it through. */
export const note = (kind, { host, pathname, href }) => {
  const list = (guard.report ||= []);
  if (list.length < 500 && !list.some((it) => it.kind === kind && it.url === href)) {
    list.push({ kind, url: href, line: `data-allow="${host === location.host ? pathname : host}"` });
  }
};

/** Whether everything that can be allowed is. */
export const everything = () => !!guard.judge && guard.judge({ names: guard.keys.join() }) > 0;

/** Of the scripts that are at work now, as far as the stack tells, one that may not be. */
export const caller = () => {
  const found = ('' + new Error().stack).match(/https?:\/\/[^\s)]+(?=:\d+:\d+)/g) || [];
  return found.find((url) => resolve(url).host !== location.host || !may(url, 'script'));
};

/** Verdicts may have changed. */
export const forget = () => known.clear();

const ran = guard.ran;
guard.ran = () => ran() + [...went].filter((place) => known.get(place) || may('http://' + place)).map(line).join('');
