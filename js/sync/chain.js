// What a device has kept, as a `Map`, and what an answer of the server makes of it. An event's row:
//
//   text, hash, index, taken     the event, and where the log has it
//   proof, checkpoint            what proves that
//   own, dev, seq, prev          whose chain it is in, and where; only of this browser's own from here on
//   acct                         the account for which it was decided
//   nth                          its place among everything that this browser made, under whatever name
//   state                        `waiting`, `kept`, `dead` with a `code`, or `again`: to be signed anew
//   seen                         how much of the log had been merged when the person decided
//   what, slip                   what it was made of, and the name under which that stands in storage
//   home, token                  the server that gets it, and what the site's server says about it
//
// A row without a text stands for a dead event that somebody wants to see no more.

const row = (all, news, id) => (news.has(id) ? news.get(id) : all.get(id));

/** Every event. */
export const events = (all) => [...all].filter(([, it]) => it?.text !== undefined).map(([id, it]) => ({ id, ...it }));

/** This browser's own, in the order in which they were made. */
export const own = (all) => events(all).filter((it) => it.own).sort((a, b) => a.nth - b.nth);

/** Those that no server has. */
export const waiting = (all) => own(all).filter(({ state }) => state === 'waiting' || state === 'again');

/** What has to be signed anew comes before anything new, so that the order in which a person decided remains. */
export const first = (all) => own(all).find(({ state }) => state === 'again');

/** What was decided here, as it was written down: a slip a line. */
export const lines = (all) => own(all).filter(({ state, what }) => state !== 'dead' && what.includes('~')).map(({ what }) => what).join('\n');

/** The place of the next. */
export const next = (all) => 1 + Math.max(0, ...own(all).map(({ nth }) => nth));

/** With its rows the number of the decision that each is about; a word about the device comes with what is before it. */
const numbered = (rows) => {
  let last = '';
  return rows.map((it) => [(last = it.what.split('~')[2]?.slice(0, 4) ?? last), it]);
};

/**
 * Entries for what a tab has made while it had no database, in their places among what others have made meanwhile: by the
 * numbers of the decisions, which say what whoever decided had known. Of two of one number neither had known the other, and
 * what allows comes first, so that what is refused stays so.
 */
export const joined = (all, rows) => {
  const list = numbered(own(all));
  let from = 0;
  for (const [number, it] of numbered(rows)) {
    const allows = it.what.split('~')[2]?.includes('+');
    const at = list.findIndex(([other], at) => at >= from && (other > number || (other === number && allows)));
    from = at < 0 ? list.length : at;
    list.splice(from, 0, [number, it]);
    from += 1;
  }
  return list.map(([, { id, ...it }], at) => [id, { ...it, nth: at + 1 }]).filter(([id, { nth }]) => all.get(id)?.nth !== nth);
};

/** The names of lines of which events were made. */
export const known = (all) => new Set([...all.values()].map((it) => it?.slip).filter(Boolean));

/** The rest of a chain behind a place, as far as no server has it: to be signed anew. */
const loosen = (all, news, dev, seq) => {
  for (const { id, ...it } of own(all)) {
    const now = row(all, news, id);
    if (it.dev === dev && it.seq > seq && now?.state === 'waiting') news.set(id, { ...now, state: 'again' });
  }
};

/** An event will never be taken. What was signed behind it stands on nothing any more, and is signed anew without it. */
const cut = (all, news, dead) => {
  loosen(all, news, dead.dev, dead.seq);
  const device = row(all, news, 'device');
  if (device?.dev !== dead.dev || device.seq < dead.seq) return;
  const before = own(all).find((it) => it.dev === dead.dev && it.seq === dead.seq - 1);
  news.set('device', { ...device, seq: dead.seq - 1, prev: dead.prev, acct: before?.acct ?? '' });
};

/** This browser goes on as another device. What no server has is signed anew by that one. */
const rename = (all, news, from, spare) => {
  loosen(all, news, from.dev, from.seq - 1);
  if (row(all, news, 'device')?.dev === from.dev) news.set('device', spare);
};

/** The same because somebody else has used the name for an event: from there on. */
export const succeeded = (all, twin, spare) => {
  const news = new Map();
  rename(all, news, twin, spare);
  return [...news];
};

/** Another tab has signed lines in this one's place: it says them no more, and the rest under a name of its own. */
export const yielded = (all, slips, spare) => {
  const news = new Map();
  const theirs = own(all).filter(({ slip, state }) => state === 'waiting' && slips.includes(slip?.replace(/!$/, '')));
  if (theirs[0]) rename(all, news, theirs[0], spare);
  for (const { id } of theirs) news.set(id, undefined);
  return [...news];
};

/** The server has lost what came before an event: that is sent again, with all that it has lost with it. False if it is not here either. */
const resend = (all, news, gap) => {
  const before = own(all).filter((it) => it.dev === gap.dev && it.seq < gap.seq && ['waiting', 'kept'].includes(row(all, news, it.id)?.state));
  if (new Set(before.map(({ seq }) => seq)).size < gap.seq - 1) return false;
  const from = Math.min(...before.filter(({ state }) => state === 'kept').map(({ index }) => index));
  if (from === Infinity) return true;
  for (const [id, it] of sent(all, gap.home, from)) if (row(all, news, id) === it) lose(all, news, id);
  displace(all, news, gap.home);
  // The log ended before the place of the one in front of it.
  const { index: size = Infinity } = before.find(({ seq }) => seq === gap.seq - 1);
  renew(all, news, (it) => it.seen > 0 && (it.state === 'waiting' || it.index >= size));
  return true;
};

/** What a server said it has of this browser, from a place of its log on. */
const sent = (all, home, from) => [...all].filter(([, it]) => it?.own && it.state === 'kept' && it.home === home && it.index >= from);

/** The server shows another log than before: what it had of this browser is sent again, since nobody knows how much it has lost. */
export const forked = (all, home) => {
  const news = new Map();
  for (const [id] of sent(all, home, 0)) lose(all, news, id);
  displace(all, news, home);
  return [...news];
};

/** Places in a log that is gone say nothing about those in another one: others' events are asked for again. */
const displace = (all, news, home) => {
  for (const it of events(all)) if (!it.own && it.home === home) news.set(it.id, undefined);
  const device = row(all, news, 'device');
  if (device?.home === home) news.set('device', anew(device));
};

/** The log is to be looked through from its beginning: what was asked before, in another `turn`, answers something else. */
const anew = (device) => ({ ...device, seen: 0, cursor: 0, tag: undefined, turn: (device.turn || 0) + 1 });

/** The server does not have an event any more, or elsewhere. */
const lose = (all, news, id) => {
  const { index: _, taken: __, proof: ___, checkpoint: ____, ...it } = all.get(id);
  news.set(id, { ...it, state: it.own ? 'waiting' : it.state });
  const device = row(all, news, 'device');
  if (it.what === 'link' && it.dev === device?.dev) news.set('device', { ...device, linked: false });
};

/** Whoever says to have seen what is gone must not be taken to know what comes in its place: that is signed anew. */
const renew = (all, news, knew) => {
  const { dev } = all.get('device') || {};
  const first = own(all).find((it) => it.dev === dev && row(all, news, it.id)?.state === 'waiting' && knew(it));
  if (!first) return;
  cut(all, news, first);
  news.set(first.id, { ...row(all, news, first.id), state: 'again' });
};

/**
 * The last event of a server's log that is known here, as a question says it: one that has another there has been set up again
 * from a copy, and says so, rather than take what says to have seen what is gone. For itself a browser has seen nothing.
 */
export const last = (all, { acct, home }) => {
  if (!acct) return '';
  const kept = events(all).filter((it) => it.state === 'kept' && it.home === home && it.hash && it.index >= 0);
  const { index, taken, hash } = kept.reduce((a, b) => (a.index > b.index ? a : b), {});
  return hash ? `last=${index}.${taken}.${hash}` : '';
};

/**
 * The log has become shorter than what is known of it: its server was restored from a copy. What is this browser's own is
 * sent again, and the rest asked for again. Somebody else's event that had seen more than there is now is left to them.
 */
export const restored = (all, size) => {
  const news = new Map();
  for (const { id, own, index, state, seen } of events(all)) {
    if (state !== 'kept' || !(index >= size)) continue;
    if (!own && seen > size) news.set(id, undefined);
    else lose(all, news, id);
  }
  const device = all.get('device');
  if (!device) return [...news];
  news.set('device', { ...anew(row(all, news, 'device')), seen: Math.min(device.seen, size) });
  renew(all, news, (it) => it.seen > size);
  return [...news];
};

/** Codes of an event that its subject can send no more of. */
const OVER = ['subject/erased', 'subject/too-many'];
/** A name that is this young and already used up is no name that another one could replace, in milliseconds. */
const MINUTES = 600_000;

/**
 * What is to be kept after an answer: `[news, told]`. `changes` are words about events, `said` what the server said of each by
 * its id, `spare` the device that takes over if this one cannot go on.
 */
export const settled = (all, changes, said, spare) => {
  const news = new Map();
  const told = { done: [], dead: [] };
  for (const [word, id] of changes) {
    const it = row(all, news, id);
    // Erased in the meantime.
    if (!it) continue;
    const { status, code, index, taken, proof, checkpoint } = said.get(id);
    const device = row(all, news, 'device');
    if (word === 'done') {
      told.done.push({ id, ...it });
      news.set(id, it.what === 'erase' ? undefined : { ...it, state: 'kept', index, taken, proof, checkpoint, token: undefined });
      const current = device?.dev === it.dev;
      if (current && it.what === 'link' && it.acct === device.acct) news.set('device', { ...anew(device), linked: true });
      // Two go by one name. The one that learns of it takes another, so that this happens once.
      if (current && status === 'fork' && it.what !== 'erase') rename(all, news, { ...it, seq: it.seq + 1 }, spare);
    } else if (word === 'again') {
      if (it.what === 'erase') {
        // What it stood on went with it.
        told.dead.push({ id, code, ...it });
        news.set(id, undefined);
      } else if (it.state === 'waiting' && !resend(all, news, it)) rename(all, news, it, spare);
    } else if (it.what !== 'erase' && OVER.includes(code) && !(device?.dev === it.dev && Date.now() - device.born < MINUTES)) {
      if (it.state === 'waiting') rename(all, news, it, spare);
    } else if (it.what === 'erase') {
      // A subject that is gone, or will not be heard: there is nothing more to ask for.
      told[code === 'subject/erased' ? 'done' : 'dead'].push({ id, code, ...it });
      news.set(id, undefined);
    } else {
      told.dead.push({ id, code, ...it });
      news.set(id, { ...it, state: 'dead', code, token: undefined });
      if (it.state === 'waiting') cut(all, news, it);
    }
  }
  const [before, after] = [all.get('device'), row(all, news, 'device')];
  if (before && after && (before.dev !== after.dev || (before.acct && !after.acct))) told.lost = { before, after };
  return [[...news], told];
};
