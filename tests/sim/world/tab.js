// A tab: the package's own code, with a browser of this world around it.

import { readFileSync } from 'node:fs';
import { compileFunction } from 'node:vm';

import { aborts } from '../browser/abort.js';
import { channels } from '../browser/channel.js';
import { Event, StorageEvent, Target } from '../browser/events.js';
import { indexed } from '../browser/indexed.js';
import { crypto } from '../browser/keys.js';
import { View } from '../browser/local.js';
import { documentOf, location } from '../browser/page.js';
import { modules, policy } from './package.js';

/** What the language itself has, and everyone may use. Everything else of Node's is kept from a page. */
const LANGUAGE =
  /^(Object|Function|Array|Number|parseFloat|parseInt|Infinity|NaN|undefined|Boolean|String|Symbol|Promise|RegExp|\w*Error|JSON|ArrayBuffer|\w+Array|DataView|Map|BigInt|Set|WeakMap|WeakSet|Proxy|Reflect|Iterator|(de|en)codeURI(Component)?|isFinite|isNaN|TextEncoder|TextDecoder|URL|URLSearchParams|atob|btoa|queueMicrotask|structuredClone|DOMException|console)$/;

const PROVIDED = [
  'simulation', 'window', 'self', 'globalThis', 'document', 'location', 'navigator', 'localStorage', 'sessionStorage', 'indexedDB',
  'caches', 'crypto', 'fetch', 'Blob', 'WebAssembly', 'BroadcastChannel', 'AbortController', 'AbortSignal', 'Event', 'StorageEvent', 'CSSStyleSheet',
  'getComputedStyle', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'requestAnimationFrame', 'addEventListener', 'removeEventListener',
  'dispatchEvent', 'Date', 'Math', 'Intl', 'performance',
];
const HIDDEN = Object.getOwnPropertyNames(globalThis).filter((name) => !LANGUAGE.test(name) && !PROVIDED.includes(name));

/** The page's script, as a function of its globals. */
export const script = (text) => compileFunction(`${text}\nreturn page;`, [...PROVIDED, ...HIDDEN], { filename: 'page.js' });

export const sourceOf = () => readFileSync(new URL('../../../target/sim/page.js', import.meta.url), 'utf8');

let count = 0;

export class Tab {
  constructor(device, number) {
    this.device = device;
    this.world = device.world;
    this.name = `${device.name}.${number}`;
    this.dead = false;
    this.frozen = false;
    this.hidden = true;
    this.parked = [];
    this.last = {};
    this.errors = [];
    this.allowed = new Set();
    this.left = Infinity;
    this.local = new View(this);
    // Extensions and vendors' scripts throw too; what the package throws into a page is a fault.
    this.report = (error) => this.world.fail('page/threw', `${this.name}: ${error?.stack || error}`);
    this.window = new Target(this.report);
    this.count = ++count;
  }

  /** One thing that others could notice. Nothing comes of it when the tab is gone, which may be just now. */
  effect(what) {
    if (this.dead) return false;
    if (this.left-- <= 0) {
      this.world.note(`${this.name} killed at ${what}`);
      this.device.end(this, 'killed');
      return false;
    }
    return true;
  }

  later(milliseconds, what, run) {
    return this.world.after(milliseconds, what, this, run);
  }

  /** After everything of its kind that is already on its way to this tab. */
  inOrder(kind, mean, run) {
    const { now } = this.world;
    const at = Math.max(now + this.world.random('order').delay(mean), this.last[kind] || 0);
    this.last[kind] = at;
    this.later(at - now, kind, run);
  }

  /** After each step: what the page allows now, if that can have changed. */
  settle() {
    if (!this.changed || this.dead) return;
    this.changed = false;
    this.device.ghost.judge(this);
  }

  globals() {
    const { device, world, window } = this;
    const random = world.random('page');
    const timer = (work, delay = 0, ...rest) => {
      if (this.dead) return 0;
      const entry = this.later(Math.max(delay, 1), 'timer', () => this.run(() => work(...rest)));
      return (this.timers.set(++this.timer, entry), this.timer);
    };
    const interval = (work, delay) => {
      const number = ++this.timer;
      const again = () => {
        this.timers.set(number, this.later(Math.max(delay, 1), 'interval', () => {
          again();
          this.run(work);
        }));
      };
      again();
      return number;
    };
    const clear = (number) => {
      const entry = this.timers.get(number);
      if (entry) entry.off = true;
      this.timers.delete(number);
    };
    this.timers = new Map();
    this.timer = 0;
    class Clock extends Date {
      constructor(...given) {
        super(...(given.length ? given : [device.time]));
      }

      static now() {
        return device.time;
      }
    }
    const math = Object.create(Math, { random: { value: () => random.share() } });
    const navigator = {
      language: 'en',
      onLine: true,
      userActivation: { isActive: false },
      storage: { persist: async () => device.persists, persisted: async () => device.persists, estimate: async () => ({ usage: 0, quota: 1e9 }) },
      permissions: { query: async () => ({ state: 'prompt' }) },
      ...(device.withoutLocks ? {} : { locks: device.locks.face(this) }),
    };
    Object.defineProperty(navigator, 'onLine', { get: () => !device.offline });
    const document = documentOf(this);
    this.document = document;
    const bound = (name) => Target.prototype[name].bind(window);
    const provided = {
      simulation: { boot: { byteLength: 1 }, policy: policy((name) => this.loaded(name)), loaded: (name) => this.loaded(name), ...device.ghost.watch(this) },
      document,
      location,
      navigator,
      localStorage: this.local.face(),
      sessionStorage: new Map(),
      indexedDB: indexed(this),
      caches: { keys: async () => [], delete: async () => false },
      crypto: crypto(this),
      fetch: (url, options) => device.network.fetch(this, url, options),
      WebAssembly: modules(this),
      BroadcastChannel: device.withoutChannels ? undefined : channels(this),
      ...aborts(this),
      Event,
      StorageEvent,
      CSSStyleSheet: class { replaceSync() {} },
      getComputedStyle: () => ({ getPropertyValue: () => '' }),
      setTimeout: timer,
      clearTimeout: clear,
      setInterval: interval,
      clearInterval: clear,
      requestAnimationFrame: (work) => timer(work, 16),
      addEventListener: bound('addEventListener'),
      removeEventListener: bound('removeEventListener'),
      dispatchEvent: bound('dispatchEvent'),
      Date: Clock,
      Math: math,
      Intl: { ListFormat: class { format(list) { return list.join(', '); } }, DisplayNames: class { of(code) { return code; } } },
      Blob: class {
        constructor(parts) {
          this.parts = parts;
        }

        async text() {
          return Buffer.concat(this.parts).toString();
        }
      },
      performance: { now: () => world.now },
    };
    Object.assign(window, provided, { dispatchEvent: provided.dispatchEvent, addEventListener: provided.addEventListener });
    window.mixusPrivacyGuard = device.guard();
    Object.assign(provided, { window, self: window, globalThis: window });
    return PROVIDED.map((name) => provided[name]);
  }

  /** Runs what the page has been called for; what it throws is the package's fault. */
  run(work) {
    try {
      return work();
    } catch (error) {
      return this.report(error);
    }
  }

  /** A file of the package. Most of the time the browser has it. */
  loaded(name) {
    const random = this.world.random('files');
    return new Promise((resolve, reject) => {
      const fails = (this.device.offline && random.chance(0.2)) || random.chance(this.device.network.rates.files);
      this.later(random.delay(2), name, () => (fails ? reject(new TypeError('Failed to fetch dynamically imported module')) : resolve()));
    });
  }

  /** Opens the page: what a site does that uses the package. */
  open(code) {
    this.run(() => {
      const { privacy, sync } = code(...this.globals());
      this.privacy = privacy;
      const heard = (name) => privacy.on(name, (detail) => this.device.told(this, name, detail));
      ['error', 'synced', 'conflict', 'dead-letter', 'fork', 'storage-lost', 'log-forked'].forEach(heard);
      privacy
        .start({ region: this.device.region, layout: this.device.layout })
        .then(() => {
          this.started = true;
          return sync(privacy, { to: 'https://records.site.example', logKey: this.device.logKey });
        })
        .then((records) => (this.records = records))
        .catch((error) => this.device.told(this, 'refused', error));
    });
  }

  /** A tab that nobody looks at may stand still. Some browsers tell it so before. */
  freeze() {
    if (this.frozen || this.freezing) return;
    this.freezing = true;
    if (this.device.tellsFreezing) this.later(0, 'freezes', () => this.document?.dispatchEvent(new Event('freeze')));
    this.world.after(0.5, 'stands still', undefined, () => {
      if (this.freezing) this.frozen = this.stood = true;
    });
  }

  thaw() {
    this.freezing = false;
    if (!this.frozen) return;
    this.frozen = false;
    if (this.device.tellsFreezing) this.later(0, 'resumes', () => this.document?.dispatchEvent(new Event('resume')));
    const { parked } = this;
    this.parked = [];
    for (const entry of parked) {
      entry.time = this.world.now;
      this.world.queue.push(entry);
    }
  }

  show(visible) {
    if (this.hidden !== visible) return;
    this.hidden = !visible;
    this.later(0, visible ? 'shown' : 'hidden', () => this.document?.dispatchEvent(new Event('visibilitychange')));
  }
}
