/** `@mixus/privacy/sync`: records of decisions in step with a server and with a person's other devices. */

import type * as privacy from './index.js';

/** Where records are kept. */
export interface Options {
  /** The address under which the server has its end points, `/v1/…`: by https, or on this machine. */
  to: string | URL;
}

/** An event as it was signed: see `ConsentRecord`; bytes are base64url. Times are seconds since 1970. */
export interface ConsentEvent extends Omit<privacy.ConsentRecord, 'act'> {
  act: privacy.ConsentRecord['act'];
  /** The account's pseudonym, while the device decides for one. */
  acct?: string;
  dev: string;
  hlc: string;
  n: string;
  pk: string;
  prev: string;
  seen: number;
  sig: string;
  sub: string;
  t: 'decision' | 'withdraw' | 'signal' | 'renew' | 'expire' | 'link' | 'unlink' | 'erase';
}

/** An event, and what became of it. */
export interface Entry {
  id: string;
  /** Whether this device made it. */
  own: boolean;
  /** `waiting` for the server, `kept` there, or `dead`: it will never be taken, for the reason in `code`. */
  state: 'waiting' | 'kept' | 'dead';
  /** Its place in the server's log. */
  index?: number;
  /** When the server took it in. */
  taken?: number;
  code?: string;
  event: ConsentEvent;
}

/** What proves an event to anyone who has the log's key. */
export interface Receipt {
  v: 1;
  event: string;
  index: number;
  taken: number;
  proof: string[];
  checkpoint: string;
}

export interface Sync {
  /** Sends what waits, and resolves when it was sent or has to wait. */
  flush(): Promise<void>;
  /** How many events wait for the server, and until when, in milliseconds since 1970: 0 if nothing holds them up. */
  outbox(): Promise<{ waiting: number; until: number }>;
  /** The name under which this device signs, for the site's server to link to an account. */
  subject(): Promise<string>;
  /** From here on this device decides for an account. The token comes from the site's server. */
  link(token: string): Promise<void>;
  /** From here on it decides for itself again. */
  unlink(): Promise<void>;
  /** Everything that this device knows, in the order of the log. */
  history(): Promise<Entry[]>;
  /** The proof of an event; nothing until the server has it. */
  receipt(id: string): Promise<Receipt | undefined>;
  /** Ends it; nothing is lost. */
  stop(): void;
}

/** Starts after `start`. */
export function sync(it: typeof privacy, options: Options): Promise<Sync>;
