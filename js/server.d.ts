/** `@mixus/privacy/server`: for servers in Node.js, and for builds. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CompiledPolicy } from './policy.js';

/** What a site's pages need, and under which policy. */
export interface Site {
  /** A policy compiled by `mixus-privacy compile`; the default policy otherwise. */
  policy?: CompiledPolicy;
  /** Host patterns of what the site needs: payment, content delivery, sign-in. */
  allow?: string | readonly string[];
}

/** One visitor. */
export interface Visitor extends Site {
  /** Where they are, ISO 3166: `DE`, `US-CA`. Unknown means: the strictest regime. */
  region?: string;
  /** The `Cookie` header of the request. */
  cookies?: string;
  /** Whether the request said `Sec-GPC: 1`. */
  gpc?: boolean;
}

/** The headers of a response to this visitor, as pairs of name and value. */
export function headers(visitor: Visitor): [name: string, value: string][];

/** A `<meta>` for this visitor, which has to stand first in `<head>`. */
export function meta(visitor: Visitor): string;

/** What nginx can include: it reads each visitor's decision from the cookie itself. */
export function nginx(site?: Site): string;

/** The `Set-Cookie` lines that end the cookies of what this visitor does not allow. */
export function expire(visitor: Visitor & { host?: string }): Promise<string[]>;

/** Something in a page that waits for consent. */
export interface HeldMarkup {
  readonly tag: string;
  readonly url: string;
  /** Absent where the policy has no service for it; strict mode lets it go when all is allowed. */
  readonly service?: string;
}

/** Rewrites a page so that nothing of a vendor loads by itself. Throws a text where its markup is ambiguous. */
export function rewrite(
  html: string,
  options?: Site & { /** The page's address. */ page?: string; /** What comes first in `<head>`. */ head?: string },
): { html: string; held: HeldMarkup[] };

/** How a server handles requests. */
export interface Options extends Site {
  /** Where a visitor is: the same for all, or from the request. */
  region?: string | ((request: IncomingMessage) => string);
  /** Where pages tell of a withdrawal; the same as `start({ erase })`. Default: `/privacy/erase`. */
  erase?: string;
  /** Whether responses carry the headers. Default: true. */
  header?: boolean;
}

/** A handler for `node:http`, Connect and Express. */
export function privacy(options?: Options): (request: IncomingMessage, response: ServerResponse, next?: () => void) => void;
