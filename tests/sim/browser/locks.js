// Web Locks of a device (W3C): held until what they are for is settled, or until the tab is gone.

export class Locks {
  constructor(device) {
    this.device = device;
    this.names = new Map();
  }

  /** The `navigator.locks` of a tab. */
  face(tab) {
    return {
      request: (name, options, work) => {
        if (!work) [work, options] = [options, {}];
        if (!tab.effect('lock ' + name)) return new Promise(() => {});
        if (tab.device.blocked) return Promise.reject(new DOMException('Locks are not available.', 'SecurityError'));
        return new Promise((resolve, reject) => {
          const { mode = 'exclusive', ifAvailable = false, steal = false, signal } = options;
          if (signal?.aborted) return reject(signal.reason);
          const asked = { tab, name, mode, work, resolve, reject };
          const lock = this.lock(name);
          if (steal) {
            for (const it of lock.held) it.reject(new DOMException('The lock was stolen.', 'AbortError'));
            lock.held = [];
            lock.waiting.unshift(asked);
          } else if (ifAvailable && !this.fits(lock, asked)) {
            tab.later(0.1, 'no lock', () => this.hold(lock, asked, null));
            return undefined;
          } else lock.waiting.push(asked);
          signal?.addEventListener('abort', () => {
            if (!lock.waiting.includes(asked)) return;
            lock.waiting = lock.waiting.filter((it) => it !== asked);
            reject(signal.reason);
          });
          this.grant(lock);
          return undefined;
        });
      },
      query: async () => {
        const list = (of) => [...this.names].flatMap(([name, lock]) => lock[of].map(({ mode }) => ({ name, mode })));
        return { held: list('held'), pending: list('waiting') };
      },
    };
  }

  lock(name) {
    if (!this.names.has(name)) this.names.set(name, { held: [], waiting: [] });
    return this.names.get(name);
  }

  fits(lock, { mode }) {
    const alone = mode === 'exclusive' ? lock.held : lock.held.filter((it) => it.mode === 'exclusive');
    return !alone.length && !lock.waiting.length;
  }

  grant(lock) {
    while (lock.waiting.length) {
      const [first] = lock.waiting;
      const free = first.mode === 'exclusive' ? !lock.held.length : lock.held.every(({ mode }) => mode === 'shared');
      if (!free) return;
      lock.waiting.shift();
      lock.held.push(first);
      first.tab.later(this.device.world.random('locks').delay(0.2), 'has lock ' + first.name, () => this.hold(lock, first, first));
    }
  }

  hold(lock, asked, face) {
    const { tab, work, resolve, reject } = asked;
    const leave = () => {
      if (!lock.held.includes(asked)) return;
      lock.held = lock.held.filter((it) => it !== asked);
      if (!tab.dead) this.grant(lock);
    };
    let result;
    try {
      result = Promise.resolve(work(face && { name: asked.name, mode: asked.mode }));
    } catch (error) {
      result = Promise.reject(error);
    }
    result.then(
      (value) => (leave(), resolve(value)),
      (error) => (leave(), reject(error)),
    );
  }

  /** A tab is gone: what it held is free. */
  release(tab) {
    for (const lock of this.names.values()) {
      lock.held = lock.held.filter((it) => it.tab !== tab);
      lock.waiting = lock.waiting.filter((it) => it.tab !== tab);
      this.grant(lock);
    }
  }
}
