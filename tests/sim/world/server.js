// The server of a world: the product's judgement and log over a store in memory, behind what HTTP makes of it.

import { createRequire } from 'node:module';

import { base64url } from '../browser/keys.js';

const { Simulated } = createRequire(import.meta.url)('../../../target/sim/server.js');

const ORIGIN = 'records.site.example/log';
/** How long a reader may wait for news, in seconds. */
const LONGEST_WAIT = 25;

export class Server {
  constructor(world, keys, { filler, commit, apart }) {
    this.world = world;
    this.keys = keys;
    this.random = world.random('server');
    this.commitTime = commit;
    /** How far its clock is off, in milliseconds. */
    this.apart = apart;
    this.up = true;
    this.life = 0;
    this.log = keys.make();
    this.host = keys.make();
    const verify = (key, text, signature) => keys.verify(key, text, signature);
    const sign = (text) => keys.sign(this.log.number, text);
    this.kept = new Simulated(ORIGIN, base64url(this.log.open), base64url(this.host.open), verify, sign);
    if (filler) this.kept.fill(filler, this.seconds);
    this.waiting = [];
    this.readers = new Set();
    /** Who waits for an answer. */
    this.open = new Set();
    this.backups = [];
    this.restored = 0;
    this.notes = [];
    this.codes = new Map();
  }

  get seconds() {
    return Math.floor((this.world.time + this.apart) / 1000);
  }

  /** Answers a request by calling `reply` later: `{status, headers, body}`, or nothing when the connection breaks. */
  handle(request, reply) {
    if (!this.up) return reply();
    const { world } = this;
    this.open.add(reply);
    const done = (answer) => world.after(this.random.delay(1), 'server answers', undefined, () => this.open.delete(reply) && reply(answer));
    const json = (status, body, headers) => done({ status, headers: { 'content-type': 'application/json', ...headers }, body });
    const { method, path } = request;
    const [, where, last] = /^(.*?)(?:[?&]last=([^&]*))?$/.exec(path);
    const subject = /^\/v1\/subjects\/([\w-]+)\/events\?after=(\d+)&wait=(\d+)$/.exec(where);
    const sent = method === 'POST' && where === '/v1/events';
    if (last && (sent || subject) && !this.kept.fits(last)) return json(409, '{"code":"log/other"}');
    if (sent) return this.append(request, json);
    if (method === 'GET' && subject) return this.pull(request, subject, json);
    const notice = /^\/v1\/notices\/([\w-]+)$/.exec(path);
    if (method === 'PUT' && notice) return json(this.kept.notice(notice[1], request.body), '');
    if (path === '/v1/log/checkpoint') return done({ status: 200, body: this.kept.note() });
    const grown = /^\/v1\/log\/consistency\?from=(\d+)&to=(\d+)$/.exec(path);
    if (grown) {
      const proof = this.kept.consistency(+grown[1], +grown[2]);
      return proof ? json(200, proof) : json(404, '{"code":"log/beyond"}');
    }
    return json(404, '');
  }

  /** Events are committed together, and answered only then. */
  append(request, json) {
    this.waiting.push({ request, json });
    if (this.waiting.length > 1) return;
    const { life } = this;
    this.world.after(this.random.delay(this.commitTime), 'server commits', undefined, () => {
      if (life !== this.life) return;
      const together = this.waiting;
      this.waiting = [];
      for (const it of together) this.commit(it);
    });
  }

  commit({ request, json }) {
    const answer = this.kept.append(request.body, request.headers['mixus-link'] || '', this.seconds);
    if (answer === undefined) return json(400, '{"code":"batch/form"}');
    for (const line of this.kept.touched().split('\n')) {
      if (!line) continue;
      const [sub, acct] = line.split(' ');
      this.ring(sub, acct);
    }
    this.heard?.(request, answer);
    return json(200, answer);
  }

  pull(request, [, sub, after, wait], json) {
    const { world } = this;
    const tag = request.headers['if-none-match'] || '';
    if (!this.kept.asks(request.headers.authorization || '', sub, request.method, request.path, this.seconds)) return json(401, `{"code":"subject/not-signed","now":${this.seconds}}`);
    const until = world.now + Math.min(+wait, LONGEST_WAIT) * 1000;
    const look = () => {
      if (!this.kept.pull(sub, +after, tag) || world.now >= until) {
        const answer = this.kept.pulled();
        return json(answer === undefined ? 304 : 200, answer ?? '', { etag: this.kept.tag() });
      }
      const acct = this.kept.account(sub);
      const stop = () => {
        timer.off = true;
        this.readers.delete(reader);
      };
      const reader = { bell: acct ? '@' + acct : sub, stop, wake: () => (stop(), look()) };
      const timer = world.after(until - world.now, 'reader has waited', undefined, reader.wake);
      this.readers.add(reader);
      return undefined;
    };
    return look();
  }

  ring(sub, acct) {
    const bells = [sub, acct ? '@' + acct : sub];
    for (const reader of [...this.readers]) if (bells.includes(reader.bell)) reader.wake();
  }

  /** The process ends at once: what was committed stays, what was on its way is gone. */
  crash(milliseconds) {
    this.up = false;
    this.life += 1;
    this.kept.restarted();
    this.waiting = [];
    for (const { stop } of this.readers) stop();
    for (const reply of this.open) reply();
    this.open.clear();
    this.world.after(milliseconds, 'server starts', undefined, () => (this.up = true));
  }

  backup() {
    this.backups.push(this.kept.copy());
  }

  /** Goes on from a backup, as if what came after it had never been. */
  restore(which) {
    const backup = this.backups[which % this.backups.length];
    if (!backup || backup.size() === this.kept.size()) return;
    this.crash(500);
    this.kept = backup.copy();
    this.restored += 1;
    this.lost?.(backup.size());
    this.backups = this.backups.filter((it) => it.size() <= backup.size());
  }

  /** What the site's server says of a person who has signed in. */
  token(acct, sub, seconds) {
    const claim = Buffer.from(JSON.stringify({ acct, exp: this.seconds + seconds, sub })).toString('base64url');
    return `${claim}.${base64url(this.keys.sign(this.host.number, claim))}`;
  }
}
