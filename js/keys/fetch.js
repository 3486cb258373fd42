// Where the policy says that public keys are, and what was seen there before: what came once is not followed by anything older.

import { PrivacyError } from '../error.js';
import { chosen, follow } from '../sync/endpoint.js';
import { fetched, isSafe } from '../sync/wire.js';
import { alone, place } from './place.js';
import { stated } from './public.js';

/** How long a server may take to answer, in milliseconds. */
const PATIENCE = 30_000;
/** What this page has seen, where nothing can be kept. */
const memory = new Map();

/** The policy that holds here: a document, or what the package was started with. */
export const ruled = async (of, { region = '', regime = '' } = {}) => {
  if (!of?.track) return { policy: of, region, regime };
  const inside = await of.track(async ({ source, config, facts, host }) => ({
    policy: await follow(source()),
    region: region || config.region || '',
    regime: regime || facts()[0],
    // Strict mode knows that it is the site's own.
    known: (url) => host.guard.known?.set(url.host + url.pathname, true),
  }));
  if (!inside) throw new PrivacyError('api/not-started');
  return inside;
};

/** The entry of the policy for an owner, for somebody there: the first that fits. */
const entryOf = ({ policy, region, regime }, owner) => {
  const entries = (policy?.keysets || []).filter((it) => it.owner === owner);
  const names = entries.map(({ regimes }) => (regimes ? regimes.join(' ') : 'default'));
  return entries[names.indexOf(chosen(names, region, regime))];
};

const seen = async (name) => (await place.get(name).catch(() => undefined)) ?? memory.get(name);

/** Whether a statement may come after another: a later one, or the same once more. */
const follows = (next, last) => !last || next.serial > last.serial || (next.serial === last.serial && next.digest === last.digest);

/** The key of an owner; nothing if the policy names none. */
export const keyOf = async (rules, owner) => {
  const entry = entryOf(rules, owner);
  if (!entry) return undefined;
  const url = new URL(entry.url, document.baseURI);
  if (!isSafe(url)) throw new PrivacyError('keys/insecure', owner);
  rules.known?.(url);
  const name = `${owner} ${url.href}`;
  // While nobody answers, what was proved holds until it ends.
  const answer = await fetched(url, { patience: PATIENCE }).catch(() => seen(name));
  if (!answer) throw new PrivacyError('keys/unreachable', owner);
  const { text } = answer;
  const it = await stated(text, entry, Date.now() / 1000);
  return alone(async () => {
    const last = await seen(name);
    if (!follows(it, last)) throw new PrivacyError('keys/rolled-back', owner);
    const row = { text, serial: it.serial, digest: it.digest };
    memory.set(name, row);
    if (it.digest !== last?.digest) await place.put(name, row).catch(() => {});
    return it.key;
  });
};
