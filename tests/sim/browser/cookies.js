// Cookies of a device.

export class Cookies {
  constructor(device) {
    this.device = device;
    this.items = new Map();
  }

  read() {
    const now = this.device.time;
    const alive = [...this.items].filter(([, { until }]) => until > now);
    return alive.map(([name, { value }]) => `${name}=${value}`).join('; ');
  }

  write(text) {
    const [pair, ...attributes] = text.split(';');
    const at = pair.indexOf('=');
    const age = attributes.map((it) => it.trim()).find((it) => /^max-age=/i.test(it))?.slice(8);
    const name = pair.slice(0, at).trim();
    const until = age === undefined ? Infinity : this.device.time + age * 1000;
    if (until <= this.device.time) this.items.delete(name);
    else this.items.set(name, { value: pair.slice(at + 1), until });
  }
}
