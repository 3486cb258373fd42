// What stands in this browser's storage beside the database: the lines that the boot module writes when somebody
// decides, the state that it reads, and a mark that outlives the database.

export const STATE = 'mixus-privacy';
/** The device's name, and how many of its events no server has: `<dev> <number>`. */
const DEVICE = 'mixus-privacy-device';
/** Without a database, by line: a tab has made an event of it, and until when that is its own business; 0 for ever. */
const TAKEN = 'mixus-privacy-taken.';
/** Leases that were given back: see `alone.js`. */
const LEFT = 'mixus-privacy-left';
/** How long a tab that is not heard of has to send what it has taken, in milliseconds. */
export const MINUTE = 60_000;

/** An entry's value, or a new one; nothing where storage is blocked. */
const local = (name, value) => {
  try {
    if (value !== undefined) localStorage[name] = value;
    return localStorage[name];
  } catch {
    return undefined;
  }
};

/** The lines that were written when this person decided, by their names. */
export const slips = (host) => {
  let found = [];
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(`${STATE}.`)).sort();
    found = names.map((name) => [name, localStorage[name]]).filter(([, slip]) => slip);
  } catch {
    // Blocked: what there is, is in memory.
  }
  // A line can be in storage although the state behind it found no room.
  const stored = new Set(found.map(([, slip]) => slip));
  const all = found.concat((host.slips || []).filter((slip) => !stored.has(slip)).map((slip) => [slip, slip]));
  // By the number of the decision: what found no room in storage comes where it belongs.
  const number = ([, slip]) => slip.split('~')[2]?.slice(0, 4) || '';
  return all.sort((a, b) => (number(a) < number(b) ? -1 : number(a) > number(b) ? 1 : 0));
};

/** Puts lines back that were there, by name, and that storage has lost: browsers write it down later. */
export const regained = (lines) => {
  try {
    const lost = lines.filter(([name]) => name.startsWith(`${STATE}.`) && localStorage[name] === undefined);
    for (const [name, slip] of lost) localStorage[name] = slip;
  } catch {
    // Blocked: nothing was there.
  }
};

/** Takes lines away for good. */
export const drop = (host, names) => {
  try {
    for (const name of names) localStorage.removeItem(name);
  } catch {
    // Blocked: then they were in memory only.
  }
  host.slips = host.slips?.filter((slip) => !names.includes(slip));
};

/** The server reads the state from a cookie: see the package's header. */
const mirror = (state, domain) => {
  const until = Math.max(...state.split('~').map((group) => parseInt(group.slice(11, 18), 32) || 0));
  const parts = [`mixus_privacy=${state}`, 'Path=/', `Max-Age=${Math.floor(until - Date.now() / 1000)}`, 'SameSite=Lax'];
  if (location.protocol === 'https:') parts.push('Secure');
  if (domain) parts.push(`Domain=${domain}`);
  document.cookie = parts.join(';');
};

/**
 * Puts another state in force: here, in the other tabs, and for the server. Those that cannot read it in storage are told:
 * it stands where a line would, which is empty (see `refresh` in `src/page/mod.rs`).
 */
export const impose = (host, state) => {
  local(STATE, state);
  try {
    mirror(state, host.domain);
  } catch {
    // A frame without an origin of its own has no cookies.
  }
  // As if another tab had decided: this page hears it, and so do the others.
  const news = `\n${state}`;
  dispatchEvent(new StorageEvent('storage', { key: `${STATE}.`, newValue: news }));
  if (host.channel) host.channel.postMessage(news);
  else {
    local(`${STATE}.`, news);
    drop({}, [`${STATE}.`]);
  }
};

/** What was known when the database was last written to; nothing where that is not known. */
export const mark = () => {
  const [dev, unsent] = (local(DEVICE) || '').split(' ');
  return dev ? { dev, unsent: unsent === undefined ? undefined : +unsent } : undefined;
};

/** Writes it down. Before an event is made there is one more, so that too many may be counted, but never too few. */
export const setMark = (dev, unsent) => local(DEVICE, `${dev} ${unsent}`);


/** Who has given a lease back of late. */
export const left = () => (local(LEFT) || '').split(' ');

/** Gives leases back, at once. */
export const leave = (holders) => local(LEFT, [...left(), ...holders].slice(-8).join(' ').trim());

/** What this page has said of lines that it took. */
const claims = new Map();

/** Each in an entry of its own: what two tabs write at once, both have written. */
const takings = () => {
  try {
    const names = Object.keys(localStorage).filter((name) => name.startsWith(TAKEN));
    return names.map((name) => [name.slice(TAKEN.length), +localStorage[name]]);
  } catch {
    return [];
  }
};

export const dropMark = () => drop({}, [DEVICE]);

/** Nothing of what pages had taken is anybody's any more. */
export const dropTaken = () => drop({}, takings().map(([name]) => TAKEN + name));

/** The names of lines that another tab without a database has taken, and is about to send or has sent. */
export const taken = () => takings().filter(([, until]) => !until || until > Date.now()).map(([name]) => name);

/** Those of lines that this page had taken and another one has since: this one stood still for too long. */
export const overtaken = (names) => {
  const now = new Map(takings());
  return names.filter((name) => claims.has(name) && now.has(name) && now.get(name) !== claims.get(name));
};

/** Takes lines, for a while or, once they were sent, for ever. */
export const take = (host, names, sent) => {
  const there = new Set(slips(host).map(([name]) => name));
  drop({}, takings().filter(([name]) => !there.has(name)).map(([name]) => TAKEN + name));
  for (const name of names.filter((it) => there.has(it))) {
    claims.set(name, sent ? 0 : Date.now() + MINUTE);
    local(TAKEN + name, claims.get(name));
  }
};
