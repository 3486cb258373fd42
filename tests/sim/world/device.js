// A device: a browser profile with its storage, its clock and its tabs.

import { Cookies } from '../browser/cookies.js';
import { Local } from '../browser/local.js';
import { Locks } from '../browser/locks.js';
import { Tab } from './tab.js';

export class Device {
  constructor(world, name, { network, server, keys, ghost, code, traits, region, logKey }) {
    Object.assign(this, { world, name, network, server, keys, code, region, logKey, ...traits });
    this.ghost = ghost;
    this.random = world.random('device ' + name);
    this.tabs = [];
    this.opened = 0;
    this.local = new Local(this);
    this.cookies = new Cookies(this);
    this.databases = new Map();
    this.locks = new Locks(this);
    this.channels = new Set();
    this.offline = false;
    this.full = false;
    this.asleep = false;
    /** Events that were committed here, by id; those that went with evicted storage are marked. */
    this.events = new Map();
    this.lives = 0;
    /** What events that disagree have made it ask about, by key: when it last did. */
    this.asked = new Map();
  }

  /** Its clock, in milliseconds since 1970. */
  get time() {
    return Math.floor(this.world.time + this.apart);
  }

  /** Without a channel, with no room in storage, its windows have no way to tell each other what they do. */
  get isSilent() {
    return this.withoutChannels && this.wasFull;
  }

  get alive() {
    return this.tabs.filter((it) => !it.dead);
  }

  guard() {
    return { entries: [], keys: [], known: new Map(), consent() {}, sweep() {}, deny() {}, ran: () => '' };
  }

  open() {
    const tab = new Tab(this, ++this.opened);
    this.tabs.push(tab);
    this.world.note(`${tab.name} opens`);
    this.show(tab);
    tab.later(1, 'loads', () => tab.open(this.code));
    return tab;
  }

  /** One tab at a time is looked at. */
  show(tab) {
    for (const it of this.alive) it.show(it === tab);
  }

  /** A tab is gone, and with it what it held. */
  end(tab, how) {
    if (tab.dead) return;
    this.world.note(`${tab.name} ${how}`);
    tab.dead = true;
    this.tabs = this.tabs.filter((it) => it !== tab);
    for (const channel of this.channels) if (channel.tab === tab) this.channels.delete(channel);
    this.locks.release(tab);
    for (const database of this.databases.values()) database.release(tab);
  }

  /** Everything the site has stored goes: the person cleared it, or the browser needed the room. */
  evict(cookies) {
    for (const database of this.databases.values()) database.close();
    this.databases.clear();
    this.local.clear();
    for (const tab of this.alive) tab.local.clear();
    if (cookies) this.cookies.items.clear();
    for (const event of this.events.values()) event.lost = true;
    this.lives += 1;
  }

  /** The power goes: every tab is gone, and what was not yet on the disk. */
  crash(seconds) {
    for (const tab of this.alive) this.end(tab, 'crashed');
    this.local.crash(seconds);
    for (const database of this.databases.values()) database.crash();
  }

  sleep() {
    this.asleep = true;
    for (const tab of this.alive) tab.freeze();
  }

  wake() {
    this.asleep = false;
    for (const tab of this.alive) if (!tab.put) tab.thaw();
  }

  /** What the disk has. */
  get kept() {
    return this.databases.get('mixus-privacy')?.stores.get('kept') || new Map();
  }

  committed(tab, changes) {
    this.ghost.committed(tab, changes);
  }

  told(tab, name, detail) {
    this.ghost.told(tab, name, detail);
  }
}
