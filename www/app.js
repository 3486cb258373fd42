// The assistant, and the list beside it. The app itself stores and sends nothing without asking
// the package first; the list reads the package's own news and what the vendors' stand-ins saw.

import { allows, decision, explain, on, records, start, track } from '/pkg/index.js';

const by = (id) => document.getElementById(id);
const el = (tag, text = '', attributes = {}) => {
  const node = Object.assign(document.createElement(tag), { textContent: text });
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
};

// --- Who looks at it ---------------------------------------------------------------------

// Kept in the address, so that the demo itself needs no storage.
const query = new URLSearchParams(location.search);
const as = by('as');
const region = query.get('region') ?? 'DE';
const language = query.get('language') ?? 'en';
as.region.value = region;
as.language.value = language;
as.layout.value = query.get('layout') ?? 'box';
as.scheme.value = query.get('scheme') ?? '';
as.gpc.checked = query.has('gpc');
document.documentElement.dataset.scheme = as.scheme.value;

const forget = async () => {
  localStorage.clear();
  sessionStorage.clear();
  for (const pair of document.cookie.split('; ')) document.cookie = pair.split('=')[0] + '=;Max-Age=0;Path=/';
  await fetch('/collected', { method: 'DELETE' });
};
const reload = () => {
  location.search = new URLSearchParams(new FormData(as)).toString();
};
as.addEventListener('change', reload);
by('forget').addEventListener('click', async () => {
  await forget();
  reload();
});

// --- What leaves the page ----------------------------------------------------------------

const NAMES = {
  plausible: 'Plausible Analytics',
  'error-reports': 'Sentry',
  chatwoot: 'n8n chat',
  youtube: 'Video network',
  advertising: 'Advertising pixel',
};
const VENDORS = { analytics: 'Plausible Analytics', errors: 'Sentry', chat: 'n8n chat', video: 'Video network', ads: 'Advertising pixel' };
const RULES = {
  never: 'On the never-list: blocked whatever is chosen',
  organisation: 'Your organisation does not allow it',
  minor: 'A parent has to authorise it first',
  'opt-out-signal': "Your browser's opt-out request is honored",
  essential: 'The service cannot run without it',
  failure: 'Something failed, so it stays off',
};
const NOTES = {
  granted: 'You allowed it',
  refused: 'You refused it',
  undecided: 'You have not decided yet',
  lapsed: 'Your permission has run out',
  revised: 'It has changed since you allowed it',
  'new-service': 'New since your decision',
  damaged: 'The record was damaged, so it stays off',
};

const why = (name) => {
  const { rule, note, allowed } = explain(name);
  if (rule === 'regime' && allowed) return 'Allowed here unless you refuse';
  if (rule === 'regime' || rule === 'decision') return NOTES[note];
  return RULES[rule];
};

const tags = new Map();
const showTags = () => {
  by('tags').replaceChildren(
    ...[...tags.values()].map(({ names, state }) => {
      const item = el('li');
      // A script that has run cannot be unrun; its kit was told to be silent.
      const silent = state === 'ran' && !allows(names);
      const label = silent ? 'silenced' : { held: 'held', ran: 'running', never: 'never' }[state];
      item.append(el('b', NAMES[names] ?? names), el('em', label, { class: 'state', 'data-state': silent ? 'held' : state }), el('span', why(names)));
      return item;
    }),
  );
};
on('tag', (tag) => {
  tags.set(tag.names, tag);
  showTags();
});

/** What a vendor was sent, in a few words. */
const brief = ({ vendor, body, path }) => {
  try {
    const first = JSON.parse(body.split('\n').at(vendor === 'errors' ? 1 : 0));
    return { analytics: `“${first.n ?? first.name}”`, errors: `an ${first.type}`, chat: first.action === 'sendMessage' ? 'a message' : 'asks for earlier messages' }[vendor] ?? path;
  } catch {
    return path;
  }
};

let seen = 0;
const watch = async () => {
  for (;;) {
    try {
      const { from, arrived } = await (await fetch('/collected?after=' + seen)).json();
      if (from < seen) by('arrived').replaceChildren();
      seen = from + arrived.length;
      for (const it of arrived) {
        const item = el('li');
        item.append(el('b', VENDORS[it.vendor]), ` ${brief(it)} `, el('code', `${it.method} ${it.path} · ${it.bytes} bytes`));
        by('arrived').prepend(item);
      }
      by('none').hidden = seen > 0;
      by('count').textContent = seen === 0 ? 'Nothing has left this page.' : seen === 1 ? '1 request has left this page.' : `${seen} requests have left this page.`;
    } catch {
      // The server has ended, or the page is going: look again in a moment.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
};

const showRecords = async () => {
  const all = await records();
  by('unrecorded').hidden = all.length > 0;
  by('record').hidden = all.length === 0;
  const last = all.at(-1);
  by('record').querySelector('summary').textContent = `${all.length} ${all.length === 1 ? 'decision' : 'decisions'}, the last: ${last?.act.replace('_', ' ')}`;
  by('record').querySelector('pre').textContent = JSON.stringify(last, null, 2);
};

const follow = () => {
  const { decided, purposes } = decision();
  const some = Object.entries(purposes).some(([key, on]) => on && key !== 'essential');
  by('hint').textContent = !decided
    ? 'Choose in the banner, and watch.'
    : some
      ? 'What you allowed runs. One click on “Withdraw all” ends it.'
      : 'You refused everything optional. Try the page: it works, and the count stands still.';
  showTags();
  showRecords();
};

// --- The assistant -----------------------------------------------------------------------

const RECENT = 'mixus-recent';
const showRecent = () => {
  let recent = [];
  if (allows('recent-searches')) recent = JSON.parse(localStorage[RECENT] ?? '[]');
  by('recent').hidden = recent.length === 0;
  by('recent').textContent = 'You asked before: ' + recent.join(' · ');
};

by('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  const question = by('question').value.trim();
  if (!question) return;
  by('question').value = '';
  const answer = el('div', '', { class: 'it' });
  answer.append(el('p', 'This assistant only demonstrates consent; it gives no answers. Your question stayed on this page.'));
  document.querySelector('.talk').append(el('p', question, { class: 'you' }), answer);
  answer.scrollIntoView({ block: 'nearest' });
  if (allows('recent-searches')) {
    const recent = JSON.parse(localStorage[RECENT] ?? '[]');
    localStorage[RECENT] = JSON.stringify([question, ...recent].slice(0, 3));
  }
  showRecent();
  document.dispatchEvent(new Event('demo:asked'));
  track('feature_used', { feature: 'chat', times: document.querySelectorAll('.you').length });
});

by('fail').addEventListener('click', () => {
  // Uncaught on purpose: this is what an error tracker reports.
  queueMicrotask(() => {
    throw new Error('The demo was asked to fail');
  });
});

const APPEARANCE = 'mixus-appearance';
by('theme').addEventListener('click', () => {
  const dark = getComputedStyle(document.documentElement).colorScheme === 'dark' || (document.documentElement.dataset.scheme === '' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.scheme = dark ? 'light' : 'dark';
  if (allows('appearance')) localStorage[APPEARANCE] = document.documentElement.dataset.scheme;
});

// --- Start -------------------------------------------------------------------------------

watch();
on('change', () => {
  follow();
  showRecent();
});
on('decision', follow);
on('error', (error) => console.error(error));
await start({
  policy: () => import('/policy.js'),
  region,
  language,
  layout: as.layout.value,
  gpc: as.gpc.checked,
  development: false,
  track: (event) => fetch(`${ORIGINS.analytics}/api/own`, { method: 'POST', keepalive: true, body: JSON.stringify(event) }).then(() => {}),
});
if (!as.scheme.value && allows('appearance')) document.documentElement.dataset.scheme = localStorage[APPEARANCE] ?? '';
follow();
showRecent();
