// `localStorage` of a device, as each of its tabs sees it. Where tabs have processes of their own, each has a copy
// that learns of others' changes a little later, with the event that tells of them (Chromium and Firefox).

import { StorageEvent } from './events.js';

const quota = () => new DOMException('The quota has been exceeded.', 'QuotaExceededError');
const blocked = () => new DOMException('Access is denied for this document.', 'SecurityError');

/** Items by key. Their prototype has what a page can call. */
const bare = (items) => Object.assign(Object.create(null), items);

const put = (items, key, value) => {
  if (value === undefined) delete items[key];
  else items[key] = value;
};

/** What the device keeps. */
export class Local {
  constructor(device) {
    this.device = device;
    this.items = bare();
    this.number = 0;
    /** What was not yet on the disk, as it was before: a crash brings it back. */
    this.recent = [];
  }

  /** Writes or, without a value, removes; tells the other tabs. */
  change(tab, key, value) {
    const { device } = this;
    const before = this.items[key];
    if (before === value) return undefined;
    this.recent.push({ at: device.world.now, key, before });
    put(this.items, key, value);
    const number = ++this.number;
    for (const other of device.tabs) {
      if (other === tab || other.dead) continue;
      const tell = () => {
        other.local.learn(key, value, number);
        other.window.dispatchEvent(new StorageEvent('storage', { key, newValue: value ?? null, oldValue: before ?? null }));
      };
      other.inOrder('storage', device.delays.storage, tell);
    }
    return number;
  }

  /** The device lost its power: what was written in the last moments may not be on the disk. */
  crash(seconds) {
    const since = this.device.world.now - seconds * 1000;
    while (this.recent.length && this.recent.at(-1).at >= since) {
      const { key, before } = this.recent.pop();
      put(this.items, key, before);
    }
    this.recent = [];
  }

  clear() {
    for (const key of Object.keys(this.items)) delete this.items[key];
    this.recent = [];
  }
}

/** What one tab sees. */
export class View {
  constructor(tab) {
    this.tab = tab;
    const { local, isolated } = tab.device;
    this.items = isolated ? bare(local.items) : local.items;
    this.own = new Map();
    this.cleared = 0;
  }

  /** What another tab wrote, unless this one has written since. */
  learn(key, value, number) {
    if (this.tab.device.isolated && Math.max(this.own.get(key) || 0, this.cleared) < number) put(this.items, key, value);
  }

  /** What is still on its way from before then is gone, too. */
  clear() {
    this.cleared = this.tab.device.local.number;
    for (const key of Object.keys(this.items)) delete this.items[key];
  }

  set(key, value) {
    const { tab } = this;
    if (!tab.effect('local ' + key)) return true;
    const { device } = tab;
    if (device.full && value !== undefined && !(this.items[key]?.length >= value.length)) throw quota();
    const number = device.local.change(tab, key, value);
    if (device.isolated) {
      put(this.items, key, value);
      if (number) this.own.set(key, number);
    }
    return true;
  }

  /** The object that a page has: its properties are the items. */
  face() {
    const calls = {
      getItem: (key) => this.items[key] ?? null,
      setItem: (key, value) => void this.set('' + key, '' + value),
      removeItem: (key) => void this.set('' + key, undefined),
    };
    const no = () => {
      throw blocked();
    };
    if (this.tab.device.blocked) return new Proxy({}, { get: no, set: no, has: no, deleteProperty: no, ownKeys: no });
    return new Proxy(this.items, {
      get: (items, key) => items[key] ?? calls[key],
      set: (_, key, value) => this.set(key, '' + value),
      deleteProperty: (_, key) => this.set(key, undefined),
    });
  }
}
