// Events and their listeners, as far as the package has to do with them.

export class Event {
  constructor(type, init) {
    this.type = type;
    Object.assign(this, init);
  }
}

export class StorageEvent extends Event {}

/** Something with listeners. `report` is told what a listener threw. */
export class Target {
  constructor(report) {
    this.report = report;
    this.listeners = new Map();
  }

  addEventListener(type, listener, options) {
    const list = this.listeners.get(type) || [];
    if (!list.some((it) => it.listener === listener)) list.push({ listener, once: options?.once });
    this.listeners.set(type, list);
  }

  removeEventListener(type, listener) {
    const list = this.listeners.get(type);
    if (list) this.listeners.set(type, list.filter((it) => it.listener !== listener));
  }

  dispatchEvent(event) {
    event.target ??= this;
    const all = [...(this.listeners.get(event.type) || [])];
    if (typeof this['on' + event.type] === 'function') all.unshift({ listener: this['on' + event.type] });
    for (const { listener, once } of all) {
      if (once) this.removeEventListener(event.type, listener);
      try {
        (listener.handleEvent || listener).call(this, event);
      } catch (error) {
        this.report(error);
      }
    }
    return true;
  }
}
