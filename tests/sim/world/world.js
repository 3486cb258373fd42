// The world: one time, one queue of what happens, one step after the other. Between two steps everything that code in a
// tab has promised itself (microtasks) runs to its end, as it does in a browser.

import { Queue } from './queue.js';
import { Random } from './random.js';

/** The beginning of all worlds, in milliseconds since 1970. */
export const BEGIN = Date.UTC(2026, 10, 15, 9);
/** A world that takes more steps than this does not end. */
const MOST_STEPS = 60_000;
/** As many steps are taken in one turn of Node's own loop: between two `setImmediate`, microtasks run. */
const TOGETHER = 32;

/** A promise of the package was broken. */
export class Broken extends Error {
  constructor(code, says) {
    super(`${code}: ${says}`);
    this.name = 'Broken';
    this.code = code;
  }
}

export class World {
  constructor(seed, { trace } = {}) {
    this.seed = seed;
    this.now = 0;
    this.steps = 0;
    this.queue = new Queue();
    this.hash = [0x811c9dc5, 0x9e3779b9];
    this.print = trace;
    this.broken = undefined;
    this.streams = {};
    this.then = [];
  }

  /** Chance of this name. */
  random(name) {
    return (this.streams[name] ||= new Random(this.seed, name));
  }

  /** Real time, in milliseconds since 1970. */
  get time() {
    return BEGIN + this.now;
  }

  /** Notes what happens: it is part of what two runs of a seed have to have in common. */
  note(text) {
    let [a, b] = this.hash;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b + code, 0x85ebca6b) ^ (b >>> 13);
    }
    this.hash = [a >>> 0, b >>> 0];
    this.print?.(`${(this.now / 1000).toFixed(3).padStart(10)}  ${text}`);
  }

  get digest() {
    return this.hash.map((it) => it.toString(16).padStart(8, '0')).join('');
  }

  /** Something happens after `delay` milliseconds: to `owner`, a tab, unless that is gone by then; or to nobody. */
  after(delay, what, owner, run) {
    return this.queue.push({ time: this.now + Math.max(0, delay), order: 0, what, owner, run, off: false });
  }

  /** When everything that this step has led to by promises is done. */
  afterwards(run) {
    this.then.push(run);
  }

  fail(code, says) {
    if (!this.broken) {
      this.broken = new Broken(code, says);
      this.note(`BROKEN ${this.broken.message}`);
    }
  }

  /** Takes steps until one has run code of a tab; false when nothing is left to do. */
  step(done) {
    for (;;) {
      this.current?.settle();
      this.current = undefined;
      while (this.then.length) this.then.shift()();
      if (this.broken || done()) return false;
      const entry = this.queue.length ? this.queue.pop() : undefined;
      if (!entry) return false;
      const { owner } = entry;
      if (entry.off || owner?.dead) continue;
      if (owner?.frozen) {
        owner.parked.push(entry);
        continue;
      }
      if (this.steps++ > MOST_STEPS) this.fail('world/endless', `more than ${MOST_STEPS} steps`);
      this.now = entry.time;
      this.note(owner ? `${owner.name} ${entry.what}` : entry.what);
      this.current = owner;
      entry.run();
      if (owner) return true;
    }
  }

  /** Lets time pass until `done` says so or nothing is left to happen. */
  run(done) {
    return new Promise((resolve, reject) => {
      let left = TOGETHER;
      let going = true;
      const tick = () => {
        try {
          going &&= this.step(done);
        } catch (error) {
          going = false;
          reject(error);
        }
        if (going) setImmediate(tick);
        else if (--left === 0) resolve();
      };
      for (let at = 0; at < TOGETHER; at++) setImmediate(tick);
    });
  }

  /** Lets this much time pass. */
  async pass(milliseconds) {
    const until = this.now + milliseconds;
    let over = false;
    this.after(milliseconds, 'time has passed', undefined, () => (over = true));
    await this.run(() => over);
    if (!this.broken) this.now = until;
  }

  /** Waits for a condition, at most so long; false if it did not come true. */
  async until(condition, milliseconds) {
    const end = this.now + milliseconds;
    while (!condition()) {
      if (this.broken || this.now >= end) return false;
      await this.pass(5000);
    }
    return true;
  }
}
