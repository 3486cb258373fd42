/** `@mixus/privacy/sync`: records of decisions in step with a server and with a person's other devices. */

import type * as privacy from './index.js';

/** Where records are kept, and how. Everything is optional where the policy document names its end points. */
export interface Options {
  /**
   * The address under which the server has its end points, `/v1/…`: by https, or on this machine. Or several by the
   * person's region: `{ default, eu, US, 'US-CA' }`, by ISO 3166 or `eu` for the European Economic Area, or by the key of a
   * regime. A person whose region is not known gets the European one. Default: the policy document's `endpoints`.
   */
  to?: string | URL | Record<string, string | URL>;
  /** The region, where it is not that of `start`. */
  region?: string;
  /** The log's key, `name+id+base64` (C2SP signed-note): every checkpoint has to be signed by it. */
  logKey?: string;
  /** How long a server may take to answer, in milliseconds. Default: 30 seconds. */
  patience?: number;
  /**
   * How old may be what is known of an account, in milliseconds, before it is asked for even by a page that nobody looks at.
   * Default: a day.
   */
  maxStale?: number;
}

/** An event as it was signed: see `ConsentRecord`; bytes are base64url. Times are seconds since 1970. */
export interface ConsentEvent extends Omit<privacy.ConsentRecord, 'act' | 'ui'> {
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
  /** SHA-256 of the document that says what was shown; all zeros (`AAA…`) where nothing was. */
  ui: string;
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

/** In which form records are exported: as anyone can verify them, or a view of them. */
export type Form = 'events' | 'iso27560' | 'kantara' | 'consent-mode';

export interface Sync {
  /** Sends what waits, and resolves when it was sent or has to wait. */
  flush(): Promise<void>;
  /** How many events wait for the server, and until when, in milliseconds since 1970: 0 if nothing holds them up. */
  outbox(): Promise<{ waiting: number; until: number }>;
  /** The name under which this device signs, for the site's server to link to an account. */
  subject(): Promise<string>;
  /**
   * From here on this device decides for an account. The token comes from the site's server, and links once. Rejects with
   * `sync/token` if it is none, and with `sync/unavailable` while the browser refuses its database to a device of an account;
   * does nothing if the device is linked to that account already.
   */
  link(token: string): Promise<void>;
  /** From here on it decides for itself again. Rejects like `link` while there is no database. */
  unlink(): Promise<void>;
  /** Everything that this device knows, in the order of the log. */
  history(): Promise<Entry[]>;
  /** The proof of an event; nothing until the server has it. */
  receipt(id: string): Promise<Receipt | undefined>;
  /** Signs a dead letter anew, and sends it. */
  retry(id: string): Promise<void>;
  /** Takes a dead letter away, and what it was made of. */
  forget(id: string): Promise<void>;
  /** Everything that this device knows, with the documents that it names, as a text. */
  export(as?: Form): Promise<string>;
  /**
   * Has everything erased that this device has signed, here and at the server; with an account, everything of the account.
   * What is allowed now stays so. True if the server knows already; else it is told when it can be. Rejects with
   * `sync/unavailable` while the browser refuses the database in which some of it lies.
   */
  erase(): Promise<boolean>;
  /** Ends it; nothing is lost. */
  stop(): void;
}

/** Starts after `start`. */
export function sync(it: typeof privacy, options?: Options): Promise<Sync>;
