// Views of a person's events in forms that others read: loaded when somebody exports them.

import * as glue from 'glue-rights';
import { PrivacyError } from './error.js';
import { loading } from './module.js';

const load = loading(new URL('./rights.wasm', import.meta.url), glue);

const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};

/**
 * Events (`{event, index, taken}`) in the form `iso27560`, `kantara` or `consent-mode`, as a text of JSON. `documents` are
 * the texts of what they name, by hash; `subject` is whose decisions hold here.
 */
export const exportAs = async (as, events, documents, subject) => {
  const { exported } = await load();
  const lines = events.map(({ event, index = '-', taken = '-' }) => `${index} ${taken} ${event}`);
  const text = exported(as, subject, lines.join('\n'), Object.values(documents).map(parsed), Date.now() / 1000);
  if (text === undefined) throw new PrivacyError('export/unknown', as);
  return text;
};
