// The end of a world: nothing goes wrong any more, everyone is there, and after a while everything has to be right.

import { createRequire } from 'node:module';

import { standings } from './oracle.js';

const { proves } = createRequire(import.meta.url)('../../../target/sim/server.js');

/** The longest that anyone may take, in milliseconds: the longest pause, and then some. */
const PATIENCE = 15 * 60_000;

/** Nothing goes wrong from here on. */
export const calm = (world) => {
  world.network.heal();
  world.server.commitTime = 5;
  if (!world.server.up) world.server.crash(1);
  for (const device of world.devices) {
    device.full = false;
    device.delays.diskErrors = 0;
    device.wake();
    for (const tab of device.alive) tab.left = Infinity;
    // Nobody will come back to what was put aside.
    for (const tab of device.alive.filter((it) => it.put)) device.end(tab, 'is not kept');
    for (const tab of device.alive) tab.thaw();
    device.offline = false;
    // Without a channel and with no room in storage there is nothing by which a tab that nobody looks at could hear.
    if (device.withoutChannels) for (const tab of [...device.alive]) device.show(tab);
    for (const tab of device.alive) tab.later(5, 'online', () => tab.window.dispatchEvent({ type: 'online' }));
    device.open();
  }
};

const rows = (device) => [...device.kept].filter(([, row]) => typeof row?.text === 'string').map(([id, row]) => ({ id, ...row }));
const self = (device) => device.kept.get('device');

/** The text of what a tab holds to be decided, as signs by key. */
const shown = (tab) => {
  const found = new Map();
  for (const group of tab.state().split('~').slice(2, -1)) {
    for (const [, sign, name] of group.slice(19).matchAll(/([+!*])([^+!*]+)/g)) if (!found.has(name)) found.set(name.split('@')[0], sign);
  }
  return found;
};

/** A server that has lost what was acknowledged under a name under which nobody speaks any more is not found out by it. */
const unheard = (world, device, { dev }) => world.server.restored && dev !== self(device)?.dev;

/** Whether an event that was kept is at the server, or what it was signed anew as, or need not be. */
const arrived = (world, device, { id, text, gone, instead }, texts) => {
  if (texts.has(text) || world.refused.has(id) || unheard(world, device, world.ghost.parse(text))) return true;
  if (instead) return arrived(world, device, device.events.get(instead), texts);
  const act = world.ghost.actOf(text);
  // A word about an account says nothing any more once it has been left.
  if (!act) return !!gone;
  return [...act.texts].some((it) => texts.has(it));
};

/** What is not yet as it has to be in the end; empty when all is. */
export const unsettled = (world) => {
  const log = JSON.parse(world.server.kept.rows()).filter(({ event }) => event);
  const texts = new Map(log.map((it) => [it.event, it]));
  const wrong = [];
  const tell = (code, says) => wrong.push([code, says]);
  for (const device of world.devices) {
    for (const event of device.events.values()) if (!event.lost && !arrived(world, device, event, texts)) tell('end/not-there', `${device.name} ${event.id} is not at the server`);
    for (const row of rows(device)) {
      if (row.state === 'waiting') tell('end/waiting', `${device.name} ${row.id} waits`);
      if (row.state === 'dead' && !world.refused.has(row.id)) tell('end/dead', `${device.name} ${row.id} is dead: ${row.code}`);
      // Of a log that is gone: nobody says where somebody else's event is now, until its device has sent it again.
      if (!row.own && row.index === undefined) continue;
      if (row.state === 'kept' && texts.has(row.text) && texts.get(row.text).index !== row.index) tell('end/place', `${device.name} ${row.id} is said to be at ${row.index}, is at ${texts.get(row.text).index}`);
      // Nor what a log that has grown again has lost of others', to whoever had seen no more of it.
      if (row.state === 'kept' && !texts.has(row.text) && (row.own ? !unheard(world, device, row) : !world.server.restored)) tell('end/kept', `${device.name} ${row.id} is said to be kept`);
    }
    const { dev, acct = '' } = self(device) || {};
    if (!dev) continue;
    const own = new Map();
    const places = new Map();
    const visible = [];
    const orders = new Map();
    for (const { event, index } of log) {
      const parsed = world.ghost.parse(event);
      const made = world.ghost.made.get(event);
      places.set(parsed, index);
      const here = made?.device === device && made.life === device.lives;
      // What others decided for themselves, with their words about accounts, is theirs: a chain has gaps for everybody else.
      if (here || (acct && parsed.acct === acct)) visible.push(parsed);
      if (!here) continue;
      // Without a database a page signs under a name of its own. When the page is gone, nothing here knows of that.
      // What has to be signed anew keeps its place, and what follows a decision because another tab refused stays behind it.
      const behind = parsed.t === 'decision' && orders.has(parsed.prev) ? orders.get(parsed.prev) + 0.5 : made.order;
      const order = world.ghost.actOf(event)?.at ?? behind;
      orders.set(parsed.hash, order);
      if (parsed.acct === '' && world.ghost.has(device, event)) own.set(parsed, order);
    }
    const expected = standings(visible, places, own, acct);
    for (const tab of device.alive.filter((it) => it.started && !device.isSilent)) {
      const state = shown(tab);
      // What tabs have disagreed about is asked again here, though it is refused elsewhere; and so is what others of an
      // account had disagreed about that has been left. Refused is refused: to ask again breaks no promise.
      const asked = (key) => state.get(key) === '*' && (world.ghost.disagree(device, key) || world.ghost.asks(device, key));
      // A refusal whose record is lost, or is of a name or an account that is not this browser's, stays one where it was said
      // or heard of.
      const lost = (key) => world.ghost.acts.some((act) => (act.device === device || tab.known.has(act)) && act.says.get(key) === false && ![...act.texts].some((text) => texts.has(text) && (act.acct ? act.acct === acct : world.ghost.has(device, text))));
      // What windows said while the disk had no room is signed in another order than it was said: refused and asked are right
      // where they disagreed, and what somebody allowed who knew every refusal is allowed.
      const apart = (key) => (state.get(key) === '+' ? world.ghost.lifted(device, key) : world.ghost.disagree(device, key) || device.asked.has(key));
      const beside = (key) => device.wasFull && state.has(key) && apart(key);
      const fits = (key, sign) => (state.get(key) || ' ') === sign || (sign === '!' && asked(key)) || beside(key) || (sign !== '!' && '!*'.includes(state.get(key) || '-') && lost(key));
      for (const [key, sign] of expected) if (!fits(key, sign)) tell('end/differs', `${tab.name} has ${key} ${state.get(key) || 'undecided'}, not ${sign} (account ${acct || 'none'})`);
      // A cookie or an open page outlives storage that the browser has taken away, or that had no room for a record: what
      // somebody allowed here stays so; and with the storage goes the word that it was for an account.
      const here = (act) => act.device === device && (!act.acct || act.text === undefined || device.lives > 0);
      const remembered = (key) => [...tab.known].some((act) => here(act) && act.says.get(key));
      for (const [key, sign] of state) if (!expected.has(key) && sign === '+' && !remembered(key)) tell('end/inherited', `${tab.name} allows ${key}, which nobody has said (account ${acct || 'none'})`);
    }
  }
  return wrong;
};

/** What has to be true of the log and of receipts at any time. */
const chains = (world) => {
  const log = JSON.parse(world.server.kept.rows()).filter(({ event }) => event);
  const seen = new Set();
  const places = new Map();
  for (const { event } of log) {
    const it = world.ghost.parse(event);
    if (seen.has(it.id)) world.fail('log/twice', it.id);
    seen.add(it.id);
    if (world.forged.has(event)) world.fail('log/forged', it.id);
    const place = `${it.sub} ${it.dev} ${it.seq}`;
    if (places.has(place)) world.fail('log/fork', place);
    places.set(place, it);
    const before = places.get(`${it.sub} ${it.dev} ${it.seq - 1}`);
    if (it.seq > 1 ? before?.hash !== it.prev : it.prev !== 'A'.repeat(43)) world.fail('log/chain', `${place} does not follow what is before it`);
  }
  for (const act of world.ghost.acts) {
    // What was on its way when a server was set up again from a copy is signed anew for what is left, and may have arrived.
    if (act.device.isSilent || world.server.restored) continue;
    const made = log.map(({ event }) => event).filter((it) => act.texts.has(it));
    // Without a database nobody learns what a page has sent that is gone, or stood still: then it may be said once more.
    const unheard = new Set(made.filter((it) => !act.device.events.has(world.ghost.parse(it).id)).map((it) => world.ghost.made.get(it).tab).filter(({ dead, stood }) => dead || stood));
    if (made.length > act.times + unheard.size) world.fail('log/repeated', `decision ${act.number} is there ${made.length} times`);
  }
  for (const device of world.devices) {
    for (const row of rows(device)) {
      if (!row.proof) continue;
      world.ghost.count('receipts');
      if (!proves(row.text, row.index, row.taken, row.proof.join('\n'), row.checkpoint)) world.fail('log/receipt', `${device.name} ${row.id}`);
    }
  }
};

/**
 * A server that was set up again from a copy has lost what was acknowledged, and no promise is that a browser asks after that
 * where the log has grown beyond it: it learns of it when it next says something. So everybody does who has no account, and
 * whoever else misses something.
 */
const speak = (world) => {
  if (!world.server.restored) return;
  const log = JSON.parse(world.server.kept.rows());
  const texts = new Set(log.map(({ event }) => event));
  const misses = (device) => rows(device).some((row) => row.own && row.state === 'kept' && !texts.has(row.text));
  for (const device of world.devices.filter((it) => !self(it)?.acct || misses(it))) {
    const tab = device.alive.find((it) => it.started && it.records);
    tab?.later(1, 'says no', () => tab.run(() => tab.privacy.rejectAll()));
  }
};

/** Waits until everything is right, and says what is not if it takes too long. */
export const end = async (world) => {
  calm(world);
  let wrong = [];
  await world.pass(3_000);
  speak(world);
  const settled = await world.until(() => (wrong = unsettled(world)).length === 0, PATIENCE);
  if (world.broken) return;
  if (!settled) {
    for (const [code, says] of wrong) world.note(`${code}: ${says}`);
    world.fail(...(wrong[0] || ['end/unsettled', '']));
  }
  chains(world);
};
