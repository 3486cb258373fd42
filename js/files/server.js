// What a queue asks a server beside the uploads themselves, in the way and at the address of these.

import { PrivacyError } from '../error.js';
import { addressOf } from '../upload/context.js';
import { server } from '../upload/tus.js';

/** The most that a server takes, in bytes, sealed. One that does not say takes anything. */
export const longestOf = async (options) => {
  const { to } = await addressOf(PrivacyError, options);
  return (await server(PrivacyError, to, options.headers).able()).longest;
};

/** Has a server do away with what there is at some addresses, whatever becomes of that. */
export const endAll = (urls, { headers }) => Promise.all(urls.map(server(PrivacyError, location.href, headers).end));
