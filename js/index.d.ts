/**
 * `@mixus/privacy`: consent, and nothing optional without it.
 *
 * Every call is safe before `start`, on a server and after a failure: the answer is then
 * "denied".
 */

import type { CompiledPolicy, Policy } from './policy.js';

export type { CompiledPolicy, Policy };

/** How consent is asked for and recorded. Everything is optional. */
export interface Config {
  /**
   * What the site may do: a policy compiled by `mixus-privacy compile`, a policy document, the
   * address of one, or a function that answers either. The default policy otherwise.
   */
  policy?: CompiledPolicy | Policy | string | URL | (() => unknown);
  /** Where the person is, ISO 3166: `DE`, `US-CA`. Unknown means: the strictest regime. */
  region?: string;
  /** The key of a regime, instead of the one that the region leads to. */
  regime?: string;
  /** BCP 47; the page's or the browser's language otherwise. */
  language?: string;
  /** Where the question stands. Default: `box`. */
  layout?: 'box' | 'bar' | 'centre';
  /** Shares the decision among the subdomains of this domain: `example.com`. */
  cookieDomain?: string;
  /** The person's age in years, where the site knows it. */
  age?: number;
  /** A parent has authorised the person's choices. */
  parent?: boolean;
  /** Global Privacy Control as the server saw it (`Sec-GPC: 1`); the browser's own signal counts anyway. */
  gpc?: boolean;
  /** What the embedding organisation does not allow, whatever a person chooses. */
  organisation?: { deny: string[] };
  /** The boot module: an address, bytes, or a response that is on its way. */
  wasm?: string | URL | ArrayBuffer | Uint8Array | Response | Promise<Response | ArrayBuffer>;
  /** Where `track` sends events: an address that takes JSON by POST, or a function. */
  track?: string | URL | ((event: TrackedEvent) => void | Promise<void>);
  /**
   * Where the site's server ends cookies that no script sees, after a withdrawal: see
   * `@mixus/privacy/server`. Nothing is asked otherwise.
   */
  erase?: string | URL;
  /** Refuse faulty events instead of dropping them, and name warnings. Default: on localhost. */
  development?: boolean;
}

/** An event after the policy's allow-list: what `track` hands over. */
export interface TrackedEvent {
  name: string;
  props: Record<string, string | number | boolean>;
}

export type Model = 'opt-in' | 'opt-out' | 'notice';

/** What is allowed now. */
export interface Decision {
  /** Whether the person has decided anything. */
  decided: boolean;
  /** The key of the regime that applies; empty before `start`. */
  regime: string;
  model: Model;
  /** Whether an opt-out signal is on. */
  gpc: boolean;
  /** Every purpose of the policy by its key. */
  purposes: Record<string, boolean>;
  /** Every service of the policy by its key. */
  services: Record<string, boolean>;
}

export type Rule =
  | 'failure' | 'essential' | 'never' | 'organisation' | 'minor' | 'opt-out-signal' | 'decision' | 'regime';

export type Note = 'undecided' | 'granted' | 'refused' | 'lapsed' | 'revised' | 'new-service' | 'damaged';

/** Why something is allowed or denied. */
export interface Explanation {
  /** The key that the name stands for. */
  key: string;
  allowed: boolean;
  /** The rule that decided. */
  rule: Rule;
  /** What the record of decisions says. */
  note: Note;
  /** Every rule in the order in which it was applied; the last one decided. */
  reasons: { rule: Rule; outcome: 'passed' | 'allowed' | 'denied' }[];
}

/** One record of a decision, as its canonical JSON (RFC 8785) says. Times are seconds since 1970. */
export interface ConsentRecord {
  v: 1;
  act: 'accept_all' | 'reject_all' | 'custom' | 'withdraw_all' | 'import' | 'dismiss';
  at: number;
  exp: number;
  gpc: 0 | 1;
  /** 1 for allowed, by purpose; a changed purpose carries its revision: `key@2`. */
  grant: Record<string, 0 | 1>;
  lang: string;
  model: Model;
  notice: { hash: string; version: string };
  regime: string;
  region?: string;
  seq: number;
  src: 'banner' | 'panel' | 'contextual' | 'settings' | 'signal' | 'api';
  /** As `grant`, for services. */
  svc: Record<string, 0 | 1>;
  ui: string;
}

/** A marked tag, and what became of it. */
export interface Tag {
  /** The element; a script that runs is a new one. */
  readonly el: Element;
  /** The names of its mark, lower-case, joined by commas. */
  readonly names: string;
  /** The key of the service or purpose that decides; absent for a name that the policy does not have. */
  readonly key?: string;
  readonly kind: 'script' | 'template' | 'iframe' | 'media';
  readonly url?: URL;
  readonly state: 'held' | 'ran' | 'never';
  /** What is wrong with the mark: `gate/unknown-name`, `gate/undeclared-service`, `gate/no-purpose`. */
  readonly code?: string;
  /** What the script threw when it was started. */
  readonly error?: unknown;
}

/** Something stored in this browser. */
export interface Stored {
  readonly area: 'cookie' | 'local' | 'session' | 'indexed' | 'cache' | 'worker' | 'server';
  readonly name: string;
}

/** What a withdrawal erased, and what it could not. */
export interface Erased {
  readonly removed: readonly Stored[];
  readonly left: readonly Stored[];
}

/** What is told, by the name of the event. */
export interface Events {
  /** The gate works. */
  ready: Decision;
  /** A decision was taken on this page. */
  decision: Decision;
  /** What is allowed may have changed: here, in another tab, with time. */
  change: Decision;
  /** A marked tag was found or has changed. */
  tag: Tag;
  /** What was withdrawn has been erased from this browser, as far as it could be. */
  erased: Erased;
  /** With `@mixus/privacy/sync`: so many events have arrived at the server. */
  synced: { events: number };
  /** Devices disagree about these keys, and did not know of each other: they are denied, and asked again. */
  conflict: { keys: string[] };
  /**
   * The server will never take this event. With `subject` it was the link to `account`: the device decides for itself again,
   * until it is linked with another token.
   */
  'dead-letter': { id: string; code: string; subject?: string; account?: string };
  /**
   * This browser goes on under another name, `subject`: another one uses its own (a copied profile), or its own is used up.
   * If it was linked to `account`, it needs another token.
   */
  fork: { subject: string; account?: string };
  /**
   * The browser has thrown away what was signed; it starts again under a new name. So many events died that no server
   * had; absent where that is not known.
   */
  'storage-lost': { events?: number };
  /** The server has shown two logs that do not fit: two checkpoints, as signed notes, that prove it. */
  'log-forked': { before: string; after: string };
  /** Without a listener, errors go to the console. */
  error: PrivacyError;
}

export type ErrorCode =
  | 'api/not-started'
  | 'banner/asymmetric'
  | 'config/missing' | 'config/type'
  | 'consent/no-person' | 'consent/not-optional' | 'consent/type' | 'consent/unknown-key'
  | 'gate/no-purpose' | 'gate/undeclared-service' | 'gate/unknown-name'
  | 'minimise/never-collected' | 'minimise/unknown-event' | 'minimise/unlisted-prop' | 'minimise/wrong-kind'
  | 'module/dead' | 'module/unavailable'
  | 'policy/invalid' | 'policy/plan' | 'policy/unreachable'
  | 'store/blocked'
  | 'sync/insecure' | 'sync/log-key' | 'sync/no-endpoint' | 'sync/token' | 'sync/unavailable'
  | 'texts/missing-language'
  | 'track/unreachable'
  // Warnings about a policy document, with `development`.
  | `policy/${string}`;

/** What went wrong. It never carries anything that a person entered. */
export class PrivacyError extends Error {
  readonly name: 'PrivacyError';
  /** Stable. */
  readonly code: ErrorCode;
  /** The place in the document, call or markup; empty where there is none. */
  readonly path: string;
  /** With `policy/invalid`: every fault of the document. */
  readonly faults?: { code: string; path: string; says: string; refuses: boolean }[];
}

/**
 * Starts once: every further call answers the same promise. Resolves when the gate works; with a
 * rejection everything optional stays denied. Does nothing on a server.
 */
export function start(config?: Config): Promise<void>;

/** Whether a purpose or service, by its key or an alias, is allowed now. */
export function allows(name: string): boolean;

/** Why. */
export function explain(name: string): Explanation;

/** What is allowed now, all of it. */
export function decision(): Decision;

/**
 * Allows everything that the policy offers here. A grant needs a person: pass the click that asks
 * for it, or call while the browser still counts one (`navigator.userActivation`); otherwise
 * `consent/no-person`.
 */
export function acceptAll(event?: Event): Promise<void>;

/** Refuses everything optional. Needs nobody. */
export function rejectAll(): Promise<void>;

/** Allows and refuses by key: `{ analytics: true, youtube: false }`. A grant needs a person. */
export function set(picks: Record<string, boolean>, event?: Event): Promise<void>;

/** Takes back what was allowed: the named ones, or everything. */
export function withdraw(...names: string[]): Promise<void>;

/** Shows the first layer, although nothing has to be asked. */
export function show(): Promise<void>;

/**
 * Opens the second layer: every purpose and service, and why it is on or off; or, on `history`, what the person has decided,
 * to take with them and to have erased. An element with `data-privacy="history"` does so on a click.
 */
export function openPreferences(page?: 'purposes' | 'history' | 'about'): Promise<void>;

/** Listens; the answer ends it. */
export function on<Name extends keyof Events>(name: Name, listener: (detail: Events[Name]) => void): () => void;

/**
 * Sends an analytics event, cut down to what the policy's allow-list says. True if it was handed
 * over; false if its purpose is not allowed, now or when it is sent. Nothing is kept for later.
 */
export function track(name: string, props?: Record<string, unknown>): Promise<boolean>;

/** Every record that this browser keeps, oldest first. */
export function records(): Promise<ConsentRecord[]>;
