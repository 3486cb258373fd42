// The network between devices and the server: what is lost, comes twice, late, broken, or from somebody else.

const unreachable = () => new TypeError('Failed to fetch');

/** What a page gets for an answer, whose body may break off. */
const response = (tab, { status, headers = {}, body, cut }, signal) => {
  const read = (as) =>
    new Promise((resolve, reject) => {
      tab.later(tab.device.network.random.delay(1), 'body', () => {
        if (signal?.aborted) return reject(signal.reason);
        if (cut) return reject(new TypeError('network error'));
        try {
          return resolve(as(body));
        } catch (error) {
          return reject(error);
        }
      });
    });
  const whole = (text) => new TextEncoder().encode(text);
  // The body comes in two parts, the second of which may be missing.
  const getReader = () => {
    const bytes = whole(body);
    const half = bytes.length >> 1;
    const parts = [bytes.subarray(0, half), bytes.subarray(half)];
    return {
      read: () =>
        new Promise((resolve, reject) =>
          tab.later(tab.device.network.random.delay(1), 'body', () => {
            if (signal?.aborted) return reject(signal.reason);
            if (cut && parts.length < 2) return reject(new TypeError('network error'));
            return resolve(parts.length ? { done: false, value: parts.shift() } : { done: true, value: undefined });
          }),
        ),
      cancel: async () => {},
    };
  };
  return {
    ok: status >= 200 && status < 300,
    status,
    headers: { get: (name) => headers[name.toLowerCase()] ?? null },
    body: { getReader },
    json: () => read(JSON.parse),
    text: () => read(String),
    arrayBuffer: () => read((text) => whole(text).buffer),
  };
};

/** What proxies, captive portals and overloaded servers say instead of the server. */
const STRANGERS = {
  portal: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Sign in to the network</title>' }),
  junk: (random) => ({ status: 200, headers: { 'content-type': 'application/json' }, body: random.of(['{}', '[]', 'null', '"ok"', '{"answers":[]}', '{"answers":null}', '{"events":1,"seen":"2"}', '']) }),
  busy: (random) => ({ status: random.of([429, 503]), headers: { 'retry-after': random.of(['1', '5', '30', '120', 'soon', '-4']) }, body: '{"code":"busy"}' }),
  broken: (random) => ({ status: random.of([500, 502, 504, 404, 403, 413]), body: random.of(['', '<h1>Bad Gateway</h1>', '{"code":"x"}']) }),
};

/** The network as all devices have it. */
export class Network {
  constructor(world, server, rates) {
    this.world = world;
    this.server = server;
    this.rates = rates;
    this.random = world.random('network');
  }

  get calm() {
    return this.over;
  }

  /** From here on nothing goes wrong any more. */
  heal() {
    for (const name of Object.keys(this.rates)) if (name !== 'slow') this.rates[name] = 0;
    this.rates.slow = Math.min(this.rates.slow, 50);
  }

  /** `fetch` of a tab. */
  fetch(tab, url, { method = 'GET', headers = {}, body = '', signal, keepalive } = {}) {
    if (!tab.effect('fetch')) return new Promise(() => {});
    const { random, rates, world } = this;
    const { device } = tab;
    const to = new URL(url);
    if (to.hostname === 'site.example') return this.file(tab);
    return new Promise((resolve, reject) => {
      let over = false;
      const end = (then) => {
        if (over) return;
        over = true;
        then();
      };
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener('abort', () => end(() => reject(signal.reason)));
      const fails = (delay) => tab.later(delay, 'no connection', () => end(() => reject(unreachable())));
      const answered = (answer) => {
        if (random.chance(rates.unheard)) return random.chance(0.5) ? undefined : fails(this.way());
        const cut = random.chance(rates.cut) || answer.cut;
        return tab.later(this.way(), `answer ${answer.status}`, () => end(() => resolve(response(tab, { ...answer, cut }, signal))));
      };
      if (device.offline) return fails(random.delay(20));
      if (random.chance(rates.lost)) return random.chance(0.5) ? undefined : fails(this.way());
      const stranger = ['portal', 'junk', 'busy', 'broken'].find((name) => random.chance(rates[name]));
      if (stranger) return answered(STRANGERS[stranger](random));
      const request = { method, path: to.pathname + to.search, headers: lower(headers), body: '' + body, device };
      const arrive = (reply) => {
        // What a closed tab had asked for is cut off, most of the time, unless it was to be kept alive.
        if (tab.dead && !keepalive && random.chance(0.7)) return;
        this.server.handle(request, reply);
      };
      world.after(this.way(), 'arrives', undefined, () => arrive((answer) => (answer ? answered(answer) : fails(this.way()))));
      if (random.chance(rates.twice)) world.after(this.way() + random.delay(rates.slow * 20), 'arrives again', undefined, () => arrive(() => {}));
      return undefined;
    });
  }

  /** How long something is on its way, in milliseconds. */
  way() {
    const { random, rates } = this;
    return random.chance(rates.late) ? random.between(1_000, 60_000) : 2 + random.delay(rates.slow);
  }

  /** The modules of the package, which come from the site itself, or from the browser's own cache. */
  file(tab) {
    return new Promise((resolve, reject) => {
      const fails = (tab.device.offline && this.random.chance(0.2)) || this.random.chance(this.rates.files);
      const given = { status: 200, headers: { 'content-type': 'application/wasm' }, body: '' };
      tab.later(this.random.delay(2), 'file', () => (fails ? reject(unreachable()) : resolve(response(tab, given))));
    });
  }
}

const lower = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
