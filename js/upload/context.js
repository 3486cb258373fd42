// What the page's privacy says of an upload: where a person's files go, and which record is in force while they do. Files go
// whatever has been decided: somebody asked for that, and nothing of it is anybody else's.

import { endpoints } from '../sync/endpoint.js';
import { canonical } from '../sync/shown.js';
import { isSafe } from '../sync/wire.js';

/** Events that say what is allowed. */
const SAYS = ['decision', 'withdraw', 'signal', 'renew', 'expire'];

/** The record in force: as it stands in the log with `sync`, or as this browser has it. Nothing before the first. */
const inForce = async (privacy, sync) => {
  if (!sync) return (await privacy.records()).at(-1);
  const known = await sync.history();
  return known.filter(({ state, event }) => state !== 'dead' && SAYS.includes(event.t)).at(-1)?.event;
};

/**
 * SHA-256 of it as canonical JSON without its signature, 32 bytes. That is the hash by which the log knows an event: the last 16
 * bytes of its id are the first of these.
 */
export const recordOf = async (privacy, sync) => {
  const record = privacy && (await inForce(privacy, sync));
  if (!record || !globalThis.crypto?.subtle) return undefined;
  return new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(canonical({ ...record, sig: undefined }))));
};

/**
 * Where uploads are made: where the site says, or at the end point that the policy names for the person's regime. Strict mode is told that it
 * is the site's own, and by `known(url)` of what lies there.
 */
export const addressOf = async (PrivacyError, { at, privacy, region }) => {
  const inside = await privacy?.track((it) => it);
  if (privacy && !inside) throw new PrivacyError('api/not-started');
  let url;
  if (at !== undefined) {
    url = new URL(at, document.baseURI);
    if (!isSafe(url)) throw new PrivacyError('upload/insecure', 'at');
  } else {
    if (!inside) throw new PrivacyError('upload/no-endpoint', 'at');
    const { source, config, facts } = inside;
    const [regime] = facts();
    const { home, base } = await endpoints({ PrivacyError, room: 'upload', source: source(), region: region ?? config.region ?? '', regime });
    const server = base(home);
    url = new URL(`${server.pathname.replace(/\/$/, '')}/v1/files`, server);
  }
  const known = (address) => {
    const { host, pathname } = new URL(address);
    inside?.host.guard.known?.set(host + pathname, true);
  };
  known(url);
  return { to: url.href, known };
};
