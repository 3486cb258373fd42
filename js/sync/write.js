// Making events of what was decided, one after the other, whatever other tabs do meanwhile.

import { once, pause } from './alone.js';
import { first, known, lines, next, own, waiting } from './chain.js';
import { decide, fresh } from './device.js';
import { MINUTE, dropMark, mark, setMark, slips, take, taken } from './local.js';
import { shown } from './shown.js';

/** How long a tab waits for another that may be frozen, in milliseconds. */
const PATIENCE = 3_000;
/** How long a line of another tab is left to that one where there is no database, in milliseconds. */
const GRACE = 3_000;
/** How long who has taken a line there keeps others from taking any, in milliseconds: until they can see it. */
const SETTLE = 250;
/** How long the others have to answer where storage has no room to say who has taken a line, in milliseconds. */
const ASK = 1_000;

export const writer = ({ alone, host, kept, module, home, place, plan, stopped, tell }) => {
  /** Lines that are damaged, and say nothing that could be kept. */
  const odd = new Set();
  /** What this tab has made and no server has, for the moment in which it is closed. */
  const mine = new Map();
  /** Lines that another tab has written just now. */
  const theirs = new Set();

  /**
   * Another tab has written a line. Where there is no database it takes that line, too, which can be seen here only later:
   * storage says what other processes write, though in order. True once the line is anybody's.
   */
  const heard = async (name) => {
    theirs.add(name);
    if (!kept.lasting) await pause(GRACE, stopped);
    theirs.delete(name);
    return !stopped.aborted;
  };

  /** Lines that other tabs have told, and when: storage may say them later, and until then nothing is to be merged without them. */
  const told = new Map();
  host.channel?.addEventListener('message', ({ data }) => typeof data === 'string' && !data.startsWith('\n') && told.set(data, Date.now()));
  const isComing = (all) => {
    if (!told.size) return false;
    const here = new Set([...own(all).map(({ what }) => what), ...slips(host).map(([, slip]) => slip)]);
    for (const [slip, since] of told) if (here.has(slip) || Math.abs(Date.now() - since) > GRACE) told.delete(slip);
    return told.size > 0;
  };

  // Where storage has no room for that either: lines that this tab is about to take, with its lot; and lines that others have
  // made events of, and until when that is believed.
  const lots = new Map();
  const elsewhere = new Map();
  const isElsewhere = (slip) => elsewhere.get(slip) > Date.now();

  /** Whether a word from another tab was about who takes a line: `take <lot> <line>` asks, `taken 1 <line>` says. */
  const asked = (word) => {
    const [verb, lot, slip] = word.split(' ');
    if (verb !== 'take' && verb !== 'taken') return false;
    if (verb === 'taken' || lots.get(slip) < lot) elsewhere.set(slip, Date.now() + MINUTE);
    else kept.read().then((all) => (lots.has(slip) || own(all).some(({ what, state }) => what === slip && state !== 'dead')) && tell(`taken 1 ${slip}`));
    return true;
  };

  /** Whether a line is this tab's to make an event of, as far as others can tell. While it does, `lots` says so. */
  const taking = async ([name, slip]) => {
    if (!kept.lasting) take(host, [name]);
    const stands = kept.lasting || taken().includes(name);
    if (stands && !elsewhere.has(slip)) return true;
    lots.set(slip, Math.random());
    tell(`take ${lots.get(slip)} ${slip}`);
    await pause(ASK, stopped);
    if (!isElsewhere(slip)) return lots.set(slip, 1);
    lots.delete(slip);
    return false;
  };

  const unwritten = (all) => {
    const done = known(all);
    for (const name of taken()) done.add(name);
    return slips(host).filter(([name, slip]) => !done.has(name) && !odd.has(name) && !isElsewhere(slip));
  };

  /** Whether there is something that has to become an event before anything can be merged. */
  const isOpen = (all) => !!first(all) || unwritten(all).length > 0 || isComing(all);

  /** Whether the database that this browser had is gone, told once. */
  const lost = (all) => {
    const before = kept.lasting && !all.has('device') && mark();
    if (!before) return;
    dropMark();
    // What is still written on a line is signed again. How many died is not always known, and then not said.
    const rest = before.unsent === undefined ? undefined : Math.max(0, before.unsent - unwritten(all).length);
    tell('storage-lost', { events: rest });
  };

  /**
   * Signs and keeps the device's next event, and answers its id: `false` if there is one of that line already or something
   * else has to come first, nothing if that cannot be done now.
   */
  const add = async ({ what, slip, token, most, instead, device: change }) => {
    const ui = what.includes('~') ? await shown(kept.papers, what) : '';
    for (;;) {
      const all = await kept.read();
      const { lasting } = kept;
      const before = all.get('device');
      // Without its database a device of an account says nothing: the line stays where it is.
      if (!lasting && before && !before.brief) return undefined;
      const may = (all) => (instead ? all.get(instead)?.state === 'again' : !first(all) && !(slip && known(all).has(slip)));
      if (!may(all)) return false;
      const device = { ...(before || (await fresh(module, home(), lasting))), ...change };
      // Of a line for which storage had no room, other tabs knew nothing when they looked through the log.
      const until = lasting && slip === what ? 0 : most;
      const made = await decide(module, device, { what, shown: ui, plan: plan(), place, most: until });
      // What another tab refused side by side with it stays refused, in this chain as in this browser. Nobody may see one without
      // the other.
      const twin = instead && slip && own(all).find((it) => it.slip === `${slip}!` && it.state === 'again');
      const behind = made && slip && (instead ? twin?.what : module.disputed(what, lines(all)));
      const second = behind && (await decide(module, made.device, { what: behind, shown: ui, plan: plan(), place, most: until }));
      if (!made) {
        odd.add(slip);
        if (instead) await kept.change(() => [[instead, undefined]]);
        return false;
      }
      if (lasting) setMark(device.dev, waiting(all).length + 1);
      const done = await kept.change((now) => {
        const there = now.get('device');
        const same = ['dev', 'prev', 'acct', 'seen'].every((name) => there?.[name] === before?.[name]);
        // The database can go, or come back, just now: then somebody else has to say this.
        if (!same || !may(now) || kept.lasting !== lasting) return undefined;
        const nth = instead ? now.get(instead).nth : next(now);
        const entries = [[made.id, { ...made.row, slip, token, nth }]];
        if (second) entries.push([second.id, { ...second.row, slip: `${slip}!`, nth: twin ? twin.nth : nth + 1 }]);
        if (twin) entries.push([twin.id, undefined]);
        // What else is known of the device may be newer than what was read: that the server knows of a link, above all.
        const { seq, prev, hlc } = (second || made).device;
        return [['device', { ...(there || device), ...change, seq, prev, hlc }], ...entries, ...(instead ? [[instead, undefined]] : [])];
      });
      if (!done && kept.lasting !== lasting) return false;
      if (!done) continue;
      for (const it of [made, second]) if (it) mine.set(it.id, it.row);
      return made.id;
    }
  };

  /** Makes an event of everything that was decided and is none yet. */
  const write = once(async () => {
    const all = await kept.read();
    const idle = !first(all) && !unwritten(all).length && (all.has('device') || !mark());
    return idle ? undefined : alone('write', work, PATIENCE);
  });
  const work = async () => {
    lost(await kept.read());
    for (let took = false; ; ) {
      const all = await kept.read();
      const again = first(all);
      if (again) {
        const { id, what, slip, token, seen, acct } = again;
        const here = all.get('device')?.acct || '';
        const link = what === 'link' && { acct, seen: 0, linked: false };
        // A word about an account in which this device is not says nothing.
        if (what === 'unlink' && !here) await kept.change(() => [[id, undefined]]);
        else if ((await add({ what, slip, token, most: acct === here || link ? seen : 0, instead: id, device: link || {} })) === undefined) return undefined;
        continue;
      }
      const line = unwritten(all).find(([name]) => kept.lasting || !theirs.has(name));
      if (!line) return took ? pause(SETTLE, stopped) : undefined;
      if (!(await taking(line))) continue;
      took = !kept.lasting;
      const [slip, what] = line;
      if ((await add({ what, slip }).finally(() => lots.delete(what))) === undefined) return undefined;
    }
  };

  return { add, asked, heard, write, unwritten, mine, isOpen };
};
