// `BroadcastChannel` of a device.

import { Event, Target } from './events.js';

/** The constructor that a tab has. */
export const channels = (tab) =>
  class BroadcastChannel extends Target {
    constructor(name) {
      super(tab.report);
      this.name = name;
      this.tab = tab;
      tab.device.channels.add(this);
    }

    postMessage(data) {
      if (!tab.effect('message')) return;
      const { device } = tab;
      for (const other of device.channels) {
        if (other === this || other.name !== this.name || other.tab.dead) continue;
        const tell = () => device.channels.has(other) && other.dispatchEvent(new Event('message', { data }));
        other.tab.inOrder('message', device.delays.message, tell);
      }
    }

    close() {
      tab.device.channels.delete(this);
    }
  };
