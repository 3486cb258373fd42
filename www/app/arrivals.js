// What a vendor was sent, in a few words and in full.

import { fill, t } from './page.js';

const json = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const short = (text) => (text.length > 60 ? text.slice(0, 59) + '…' : text);
const said = (key, name = '') => fill(t.watch.sent[key], { name: short(name) });
const pretty = (value) => JSON.stringify(value, null, 2);

/** Plausible's events: `n` is the name. */
const analytics = (body) => {
  const event = json(body) ?? {};
  const known = event.n === 'pageview' || event.n === 'engagement';
  return { said: known ? said(event.n) : said('event', event.n), content: pretty(event) };
};

/** Sentry's envelopes: lines of JSON; after the head, pairs of an item's head and the item. */
const errors = (body) => {
  const lines = body.split('\n').filter(Boolean).map(json);
  const [, head, item] = lines;
  const content = lines.slice(1).map(pretty).join('\n');
  if (head?.type === 'session') return { said: said('session'), content };
  if (head?.type === 'event') return { said: said('error', item?.exception?.values?.[0]?.value ?? item?.message), content };
  return { said: said('other'), content };
};

const chat = (body) => {
  const asked = json(body) ?? {};
  const key = asked.action === 'sendMessage' ? 'message' : 'earlier';
  return { said: said(key, asked.chatInput), content: pretty(asked) };
};

const video = (body, method) => {
  const event = json(body);
  if (method === 'GET') return { said: said('film'), content: '' };
  return { said: said('playing', t.film[event?.event] ?? ''), content: pretty(event) };
};

const READERS = { analytics, errors, chat, video };

export const read = ({ vendor, body, method }) => {
  const other = { said: said('other'), content: body };
  try {
    return READERS[vendor]?.(body, method) ?? other;
  } catch {
    // A body that was cut short, or a kit that has learnt something new.
    return other;
  }
};
