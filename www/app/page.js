// What every page of the demo needs: what the server says about this page, and the start.

import { allows, on, start, track, withdraw } from '/pkg/index.js';

/** The page's number, the vendors' addresses, the settings, the services and the texts. */
export const demo = JSON.parse(document.getElementById('demo').textContent);
export const { t, settings, services, vendors } = demo;

export const by = (id) => document.getElementById(id);

/** An element with attributes and content. */
export const el = (tag, attributes = {}, ...content) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...content);
  return node;
};

/** A text with its `{places}` filled in. */
export const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

/** Names as a list of this language. */
export const list = (names) => new Intl.ListFormat(t.language, { type: 'conjunction' }).format(names);

// --- Light or dark -------------------------------------------------------------------------

const APPEARANCE = 'mixus-appearance';
const root = document.documentElement;

/** Sets the colours: `light`, `dark` or, for the system's, nothing. */
export const paint = (scheme) => {
  root.dataset.scheme = scheme;
};

/** Turns light into dark and back; true if that is kept for the next visit. */
export const turn = () => {
  const dark = root.dataset.scheme ? root.dataset.scheme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  paint(dark ? 'light' : 'dark');
  if (!allows('appearance')) return false;
  localStorage[APPEARANCE] = root.dataset.scheme;
  return true;
};

// --- Start ---------------------------------------------------------------------------------

/** An event of the site's own, already cut down to what the policy lists, for the analytics vendor. */
const send = async ({ name, props }) => {
  await fetch(`${vendors.analytics}/api/event`, {
    method: 'POST',
    keepalive: true,
    credentials: 'omit',
    body: JSON.stringify({ n: name, d: 'assistant.example', u: location.origin + location.pathname, p: props }),
  });
};

export const begin = async () => {
  on('error', (error) => console.error(error));
  await start({
    policy: () => import(new URL(demo.policy, location.origin)),
    region: settings.region,
    language: settings.language,
    layout: settings.layout,
    gpc: settings.gpc,
    track: send,
    development: false,
  });
  if (!settings.scheme && allows('appearance') && localStorage[APPEARANCE]) paint(localStorage[APPEARANCE]);
};

/** Everything that this site has stored in the browser goes: nobody has been here. */
export const forget = async () => {
  // Withdrawn first, so that no kit sends a farewell.
  await withdraw().catch(() => {});
  localStorage.clear();
  sessionStorage.clear();
  for (const pair of document.cookie.split('; ')) document.cookie = `${pair.split('=')[0]}=;Max-Age=0;Path=/`;
  for (const name of ['mixus-privacy', 'mixus-privacy-uploads', 'mixus-privacy-keys']) {
    await new Promise((resolve) => {
      const gone = indexedDB.deleteDatabase(name);
      gone.onsuccess = gone.onerror = gone.onblocked = resolve;
    });
  }
};

export { track };
