// Records on their way to the server, and the account: what a site does with `@mixus/privacy/sync`.

import * as privacy from '/pkg/index.js';

import { demo } from './page.js';

let begun;

/** The records, once they are kept in step; nothing where this browser lacks what that takes. */
export const records = () =>
  (begun ||= import('/pkg/sync.js')
    .then(({ sync }) => sync(privacy, { to: demo.records.to }))
    .catch((error) => {
      console.error(error);
      return undefined;
    }));

/** Newest first. */
export const newest = (all) => [...all].sort((a, b) => (a.event.hlc < b.event.hlc ? 1 : -1));

/** The account for which this device decides; empty for itself alone. */
export const account = async () => {
  const all = newest((await (await records())?.history()) ?? []);
  const word = all.find(({ own, event }) => own && /^(un)?link$/.test(event.t))?.event;
  return word?.t === 'link' ? word.acct : '';
};

/** Signs this device in: the site's own back end vouches for it. */
export const signIn = async (name) => {
  const kept = await records();
  const answer = await fetch(`/sign-in?account=${name}&subject=${await kept.subject()}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`sign-in: ${answer.status}`);
  await kept.link(await answer.text());
};

export const signOut = async () => (await records()).unlink();
