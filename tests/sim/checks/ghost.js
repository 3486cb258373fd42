// What every tab can know, kept beside the code under test and without its help: which decisions have come to its
// attention, and what each decision knew when it was made. From this alone follows what may be allowed.

import { Parsed } from './event.js';

const DECIDE = 4;
const REFRESH = 1;
const COMMIT = 5;
const FACTS = 8;
/** The head of a group: see `src/consent/state.rs`. */
const HEAD = 19;

/** A part of the head of a line's group. */
const head = (slip, from, to) => (slip.split('~')[2] || '').slice(from, to);

/** Whether an event of one chain stands between two others of it. */
const between = (first, it, last) => it.dev === last.dev && first.seq < it.seq && it.seq < last.seq;

/** What a line says, by key: allowed or refused. */
const choices = (slip) => {
  const group = slip.split('~')[2] || '';
  const says = new Map();
  for (const [, sign, name] of group.slice(HEAD).matchAll(/([+!*])([^+!*]+)/g)) says.set(name.split('@')[0], sign === '+');
  return says;
};

/**
 * Whether a decision follows another: it knew it, or one that follows it. A refusal that has been lifted need not be known to
 * whoever lifts the next one (section 6 of the design: what no other event causally follows counts).
 */
const follows = (later, earlier, seen = new Set()) => {
  if (later.knew.has(earlier)) return true;
  for (const it of later.knew) {
    if (seen.has(it)) continue;
    seen.add(it);
    if (follows(it, earlier, seen)) return true;
  }
  return false;
};

export class Ghost {
  constructor(world, purposes, optOut) {
    this.world = world;
    this.purposes = purposes;
    this.optOut = optOut;
    this.acts = [];
    this.bySlip = new Map();
    this.byText = new Map();
    /** States that were written, with what whoever wrote them knew. */
    this.states = new Map();
    /** Where events are in the server's log, by their text. */
    this.places = new Map();
    this.parsed = new Map();
    /** Who has signed what, and in which order. */
    this.made = new Map();
    /** The texts of what was signed, by id: some of it is never on a disk. */
    this.signed = new Map();
    this.counts = {};
    this.scopes = 0;
  }

  count(what, by = 1) {
    this.counts[what] = (this.counts[what] || 0) + by;
  }

  parse(text) {
    if (!this.parsed.has(text)) this.parsed.set(text, new Parsed(text));
    return this.parsed.get(text);
  }

  // --- What a tab learns ---------------------------------------------------------------------

  /** The boot module's exports, with an eye on what goes in and comes out. */
  calls(tab, exports) {
    const { memory, a, c } = exports;
    const text = (place, length) => new TextDecoder().decode(new Uint8Array(memory.buffer, a(place), length));
    tab.known = new Set();
    tab.scope = { acct: '', at: 0 };
    tab.state = () => text(3, c(FACTS, 0, 0)).split('\n')[3];
    return {
      memory,
      a,
      c: (which, length, extra) => {
        if (which === REFRESH) this.refreshed(tab, text(2, length));
        const result = c(which, length, extra);
        if (which === DECIDE && result && !(result >> 16)) this.decided(tab, text(3, result));
        if (which === REFRESH || which === COMMIT || which === DECIDE) tab.changed = true;
        return result;
      },
    };
  }

  decided(tab, output) {
    const { device } = tab;
    const [slip, state] = output.split('\n');
    const name = `${device.name} ${slip}`;
    const knew = new Set(tab.known);
    let act = this.bySlip.get(name);
    if (act) {
      // Two tabs that said the same in the same second have written the same line.
      for (const it of knew) act.knew.add(it);
      act.times += 1;
    } else {
      act = { number: this.acts.length + 1, device, slip, says: choices(slip), knew, acct: null, accts: new Set(), text: undefined, texts: new Set(), times: 1, said: ++this.scopes };
      this.acts.push(act);
      this.bySlip.set(name, act);
      this.world.note(`${tab.name} decision ${act.number}: ${[...act.says].filter(([key]) => this.purposes.includes(key)).map(([key, granted]) => (granted ? '+' : '!') + key).join('')}`);
    }
    tab.known.add(act);
    this.wrote(tab, state);
    this.count('decisions');
  }

  wrote(tab, state) {
    const name = `${tab.device.name} ${state}`;
    const before = this.states.get(name);
    // The same text from two who knew different things says what both knew.
    const known = before ? new Set([...before.known].filter((it) => tab.known.has(it))) : new Set(tab.known);
    this.states.set(name, { known, scope: tab.scope });
  }

  refreshed(tab, input) {
    const [slip, ...states] = input.split('\n');
    const act = this.bySlip.get(`${tab.device.name} ${slip}`);
    if (act) tab.known.add(act);
    for (const state of states) {
      const of = this.states.get(`${tab.device.name} ${state}`);
      if (!of) continue;
      for (const it of of.known) tab.known.add(it);
      if (of.scope.at > tab.scope.at) tab.scope = of.scope;
    }
  }

  /** What the sync module tells in passing. */
  watch(tab) {
    const { device } = tab;
    const careful = (look) => (...given) => {
      try {
        look(...given);
      } catch (error) {
        // The code under test must not be the one that hears of it.
        this.world.fail('ghost/threw', error.stack);
      }
    };
    const looks = {
      drafted: (slip, made) => {
        const act = this.bySlip.get(`${device.name} ${slip}`);
        if (act && made) this.byText.set(made.split('\n')[1], act);
      },
      sealed: (unsigned, made) => {
        if (!made) return;
        const [text, id] = made.split('\n');
        this.signed.set(id, text);
        this.made.set(text, { device, tab, life: device.lives, order: ++this.scopes });
        const act = this.byText.get(unsigned);
        if (!act) return;
        act.texts.add(text);
        act.acct = this.parse(text).acct;
        act.accts.add(act.acct);
        // What is signed anew was decided then all the same.
        act.at ??= ++this.scopes;
      },
      merged: (lines, dev, acct, local, made) => {
        if (!lines || !tab.known) return;
        for (const line of lines.split('\n')) {
          const at = line.indexOf('{');
          const act = at >= 0 && this.actOf(line.slice(at));
          if (act) tab.known.add(act);
        }
        tab.scope = { acct, at: ++this.scopes };
        const state = made?.split('\n')[0];
        if (state) this.wrote(tab, state);
        // Where that is what this browser has in force anyway, it is in force in each of its tabs, and in any that opens.
        else {
          const kept = this.states.get(`${device.name} ${local}`);
          const sets = device.alive.filter((it) => it.started && it.state() === local).concat(kept || []);
          for (const { known } of sets) for (const act of tab.known) known.add(act);
        }
        for (const [, key] of (state || '').matchAll(/\*([^+!*~@]+)/g)) device.asked.set(key, this.scopes);
        tab.changed = true;
      },
    };
    return Object.fromEntries(Object.entries(looks).map(([name, look]) => [name, careful(look)]));
  }

  actOf(text) {
    return this.byText.get(this.parse(text).unsigned);
  }

  // --- What may be allowed ------------------------------------------------------------------

  /** Whether a decision counts for a device: its own and its account's, but not what it decided for an earlier account. */
  inScope(act, device, scope) {
    if (act.device === device && (!act.acct || act.at > scope.at)) return true;
    // What had to be signed once more, for itself, is there for the account as well.
    return !!scope.acct && act.accts.has(scope.acct);
  }

  /** A purpose that is allowed has a grant that knew every refusal that this tab knows. */
  judge(tab) {
    if (!tab.started) return;
    for (const key of this.purposes) {
      const allowed = !!tab.privacy.allows(key);
      if (allowed) this.justify(tab, key);
    }
  }

  justify(tab, key) {
    const { device, scope } = tab;
    // What was decided for an account whose link a server has lost becomes one's own: from the next merge on.
    const moved = (act) => this.world.server.restored && act.accts.size > 1;
    const own = (act) => act.says.has(key) && this.inScope(act, device, scope) && !moved(act);
    const refusals = [...tab.known].filter((act) => own(act) && !act.says.get(key));
    // Without a database each tab has an account of its own, and what a person allows in one holds in all; and where storage
    // was taken away, nobody has left the account for which it was allowed. What was never on the disk is such a thing too.
    const alone = device.blocked || device.withoutDatabase;
    // Nor has anybody where a server has lost the link, and with it the account's record of what was allowed, or where it was
    // known to a page only.
    const left = (act) => (this.world.server.restored || device.wasFull) && [...act.accts].some(Boolean);
    const here = (act) => (act.device === device && (alone || device.lives > 0 || act.text === undefined)) || left(act);
    const grants = [...tab.known].filter((act) => act.says.get(key) && (own(act) || here(act)));
    if (!refusals.length && (this.optOut || grants.length)) return;
    if (grants.some((grant) => refusals.every((it) => follows(grant, it)))) return;
    if (grants.length && device.isSilent) return;
    // Where nothing is stored, or windows hear of each other late, numbers are all by which they know who decided first: one
    // that has decided twice within the second in which another decides comes later, until events are there to say otherwise.
    const second = (act) => head(act.slip, 4, 11);
    const later = (grant, it) => second(grant) === second(it) && head(grant.slip, 0, 4) > head(it.slip, 0, 4);
    if ((device.blocked || device.withoutChannels) && grants.some((grant) => refusals.every((it) => follows(grant, it) || later(grant, it)))) return;
    // Of a refusal whose record a crash took, a state says the second: another one of that second is taken for it.
    const taken = (grant, it) => it.text === undefined && refusals.some((other) => other !== it && second(other) === second(it) && follows(grant, other));
    if (grants.some((grant) => refusals.every((it) => follows(grant, it) || taken(grant, it)))) return;
    // Alone, a tab knows what the others decided as a state, without a record, and what was decided before storage was taken
    // away any tab: then no refusal may be left that no grant follows, as section 6 has it. That one grant has to follow them
    // all is more than it asks for.
    if ((alone || device.lives > 0 || this.world.server.restored) && refusals.every((it) => grants.some((grant) => follows(grant, it)))) return;
    const list = (acts) => acts.map((it) => `${it.number} (${it.device.name})`).join(', ') || 'none';
    this.world.fail('safety/allowed', `${tab.name} allows ${key} for ${scope.acct || 'itself'} against refusals ${list(refusals)}; grants: ${list(grants)}`);
  }

  // --- What is on a disk ---------------------------------------------------------------------

  /** A transaction is durable. */
  committed(tab, changes) {
    const { device } = tab;
    // What is signed anew takes the place of what it was before.
    const added = [...changes].find(([id, row]) => row?.own && !device.events.has(id));
    for (const [id, row] of changes) if (row === undefined && device.events.has(id)) Object.assign(device.events.get(id), { gone: true, instead: added?.[0] });
    const together = [...changes.values()].filter((row) => row?.own && typeof row.text === 'string').map(({ text }) => this.parse(text));
    for (const [id, row] of changes) {
      if (!row?.own || typeof row.text !== 'string') continue;
      const known = device.events.get(id);
      if (known) continue;
      const event = this.parse(row.text);
      device.events.set(id, { id, text: row.text, lost: false });
      this.count('events');
      const act = this.byText.get(event.unsigned);
      if (!act) continue;
      act.text = row.text;
      this.honest(device, act, event, together);
    }
  }

  /** What an event allows of what another decision refuses that whoever allowed it did not know of. */
  against(act, other) {
    if (other === act || !other.text || act.knew.has(other)) return [];
    return [...act.says].filter(([key, granted]) => granted && other.says.get(key) === false).map(([key]) => key);
  }

  /** An event says to have seen only what whoever decided had seen, for all that the log says now. */
  sees(device, act, event) {
    for (const other of this.acts) {
      const keys = this.against(act, other);
      if (!keys.length || other.device === device) continue;
      const theirs = this.parse(other.text);
      const place = this.places.get(other.text);
      if (event.acct && theirs.acct === event.acct && place < event.seen) {
        this.world.fail('safety/seen', `${device.name}: grant ${act.number} of ${keys} says to have seen refusal ${other.number} (place ${place}, seen ${event.seen})`);
      }
    }
  }

  /** Nor does it stand behind something that they did not know. `together` are those that are committed with it. */
  honest(device, act, event, together) {
    // What is signed before a device learns that its server was set up again from a copy is signed once more: see `heard`.
    if (!this.world.server.restored) this.sees(device, act, event);
    for (const other of this.acts) {
      const keys = this.against(act, other);
      if (!keys.length || other.device !== device) continue;
      const theirs = this.parse(other.text);
      // Somebody who knew of it has lifted it since.
      const lifted = (key) => this.acts.some((it) => it.says.get(key) && it.text && follows(it, other) && between(theirs, this.parse(it.text), event));
      const settled = (key) => lifted(key) || together.some((it) => it.dev === event.dev && it.seq > event.seq && it.says.get(key) === false);
      if (theirs.dev === event.dev && theirs.seq < event.seq && !keys.every(settled)) {
        this.world.fail('safety/chain', `${device.name}: grant ${act.number} of ${keys} stands behind refusal ${other.number} that its tab had not seen`);
      }
    }
  }

  /** The server has committed a batch. */
  heard(request, answer) {
    const lines = request.body.split('\n').filter(Boolean);
    JSON.parse(answer).answers.forEach(({ status, index, code }, at) => {
      this.count(`answers: ${code || status}`);
      if (index === undefined) return;
      this.places.set(lines[at], index);
      const act = this.world.server.restored && this.actOf(lines[at]);
      if (act) this.sees(act.device, act, this.parse(lines[at]));
    });
  }

  restored(size) {
    for (const [text, place] of this.places) if (place >= size) this.places.delete(text);
  }

  // --- What happens to tabs and devices -------------------------------------------------------

  told(tab, name, detail) {
    this.count(`told: ${name}${name === 'error' || name === 'refused' ? ' ' + (detail?.code || detail?.name || detail) : ''}`);
    this.world.note(`${tab.name} tells ${name} ${detail?.code || detail?.name || ''} ${detail?.path || ''}${name === 'refused' ? ' ' + detail?.message : ''}`);
    this.onTold?.(tab, name, detail);
  }

  /** Whether a record is on the disk of a device, or in a page there that is still open. */
  has(device, text) {
    const event = device.events.get(this.parse(text).id);
    const { tab } = this.made.get(text);
    return event ? !event.lost : tab.device === device && !tab.dead;
  }

  /** Whether events have once made a device ask about a key, and nobody there has refused it since. */
  asks(device, key) {
    const at = device.asked.get(key);
    return at !== undefined && !this.acts.some((act) => act.device === device && act.says.get(key) === false && act.said > at);
  }

  /** Whether somebody has allowed a key on a device who knew of every refusal there. */
  lifted(device, key) {
    const about = this.acts.filter((act) => act.device === device && act.says.has(key));
    return about.some((grant) => grant.says.get(key) && about.every((it) => it.says.get(key) || follows(grant, it)));
  }

  /** Whether tabs of a device have said different things about a key without knowing of each other. */
  disagree(device, key) {
    const about = this.acts.filter((act) => act.device === device && act.says.has(key));
    return about.some((a) => about.some((b) => a.says.get(key) && !b.says.get(key) && !a.knew.has(b) && !b.knew.has(a)));
  }
}
