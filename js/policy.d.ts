/** What `mixus-privacy compile` writes. */
export interface CompiledPolicy {
  /** The sealed plan that pages decide by. */
  plan: string;
  /** The name of the controller. */
  name: string;
  /** The language that stands in when another is missing. */
  language: string;
  /** The texts of the first layer, or how to get them, by language. */
  texts: Record<string, unknown>;
  full?: Record<string, unknown>;
  document: unknown;
}

/** A policy document; its form is `policy.schema.json`. */
export interface Policy {
  format: 1;
  version: string;
  language: string;
  controller: {
    name: string;
    address?: string;
    phone?: string;
    contact: string;
    policy?: string;
    officer?: string;
    /** Where they keep data, ISO 3166. */
    locations?: string[];
  };
  purposes: {
    key: string;
    aliases?: string[];
    revision?: number;
    essential?: boolean;
    sharing?: boolean;
    explicit?: boolean;
    closed?: boolean;
    embeds?: boolean;
    consentMode?: string[];
  }[];
  services?: {
    key: string;
    aliases?: string[];
    revision?: number;
    purpose: string;
    name: string;
    provider: { name: string; country?: string; policy?: string; locations?: string[] };
    hosts?: string[];
    cookies?: { name: string; days?: number }[];
    storage?: { area: 'local' | 'session' | 'indexed' | 'cache'; name: string }[];
    retention: Retention;
  }[];
  never?: { key: string; aliases?: string[]; hosts?: string[] }[];
  regimes: {
    key: string;
    regions?: string[];
    model: 'opt-in' | 'opt-out' | 'notice';
    exceptions?: { purpose: string; model: 'opt-in' | 'opt-out' | 'notice' }[];
    gpc?: boolean;
    choicesLink?: boolean;
    minors?: { parent?: number; optIn?: number };
    validityDays?: number;
    quietDays?: number;
  }[];
  fallback: string;
  /** Texts by language, in place or at an address. */
  texts: Record<string, string | object>;
  [member: string]: unknown;
}

export interface Retention {
  days?: number;
  while?: 'session' | 'account' | 'choice';
  thenDays?: number;
}

declare const policy: CompiledPolicy;
export default policy;
