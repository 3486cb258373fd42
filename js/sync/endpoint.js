// Which server gets the records of a person, by where they are. A subject stays where it was made: its records lie
// there. Who comes to a region that has a server of its own gets another name there.

import { isSafe } from './wire.js';

/** The European Economic Area: the reach of the GDPR, ISO 3166. */
const EEA = 'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(' ');

/** Servers by names, as a site gives them: one for all, some by region, or those of the policy document. */
const named = (to, endpoints) => {
  if (to === undefined) return Object.fromEntries((endpoints || []).map(({ regimes, url }) => [regimes ? regimes.join(' ') : 'default', url]));
  return typeof to === 'string' || to instanceof URL ? { default: to } : to;
};

/** The name of the server for a region under a regime. An unknown region may be any. */
export const chosen = (names, region, regime) => {
  const country = region.slice(0, 2);
  const groups = [region, country, regime, !country || EEA.includes(country) ? 'eu' : ''];
  return names.find((name) => groups.some((it) => it && name.split(' ').includes(it))) || names.find((name) => name === 'default');
};

/** What a page was given for a policy document, or where that is. */
export const follow = async ({ document: value, base = document.baseURI }) => {
  if (typeof value === 'function') value = await value();
  if (typeof value === 'string' || value instanceof URL) value = await (await fetch(new URL(value, base))).json();
  return value?.default ?? value;
};

/** `{home, base}`: the server for this page's person, and the address of any by its name. `room` is who asks. */
export const endpoints = async ({ PrivacyError, room = 'sync', to, source, region, regime }) => {
  const servers = {};
  const policy = to === undefined ? await follow(source).catch(() => undefined) : undefined;
  for (const [name, url] of Object.entries(named(to, policy?.endpoints))) {
    servers[name] = new URL(url, document.baseURI);
    if (!isSafe(servers[name])) throw new PrivacyError(`${room}/insecure`, 'to');
  }
  const home = chosen(Object.keys(servers), region, regime);
  if (!home) throw new PrivacyError(`${room}/no-endpoint`, 'to');
  return { home, base: (name) => servers[name] || servers[home] };
};
