// The list beside the assistant: what is held, what runs, what has arrived at the vendors, and
// why. It reads the package's own news and what the vendors' stand-ins saw.

import * as privacy from '/pkg/index.js';

import { read } from './arrivals.js';
import { device } from './device.js';
import { devices, forgetBoth, takeOut } from './devices.js';
import { outbox } from './outbox.js';
import { by, demo, el, fill, list, paint, services, t } from './page.js';

const { allows, decision, explain, on, records } = privacy;

/** The vendors on this page: the mark of their tag, the vendor, and the kit that npm brought. */
const TAGS = [
  { mark: 'plausible', vendor: 'analytics', kit: '@plausible-analytics/tracker' },
  { mark: 'sentry', vendor: 'errors', kit: '@sentry/browser' },
  { mark: 'n8n-chat', vendor: 'chat', kit: '@n8n/chat' },
  { mark: 'film-network', vendor: 'video', kit: '<iframe>' },
  { mark: 'advertising', vendor: 'ads', kit: '<script>' },
  { mark: 'pasted', vendor: 'pasted', kit: '<script>', undeclared: true },
];
const label = ({ mark, vendor }) => services.find(({ key }) => key === mark)?.name ?? t.watch.kinds[vendor];

/** What arrived, by vendor. */
const arrived = {};
/** What the package says of the tags, by mark. */
const news = {};
let decided = [];
/** Whether the package has answered: until then there is no reason to show. */
let answered = false;

// --- Why -----------------------------------------------------------------------------------

const day = (at) => new Intl.DateTimeFormat(t.language, { dateStyle: 'medium' }).format(at * 1000);

const why = ({ mark, undeclared }) => {
  if (undeclared) return t.watch.undeclared;
  const { key, rule, note, allowed } = explain(mark);
  let reason = rule;
  if (rule === 'decision') reason = note;
  if (rule === 'regime') reason = allowed ? 'default' : note;
  const purpose = services.find((it) => it.key === key)?.purpose ?? key;
  if (reason === 'granted' && decision().gpc && demo.sharing.includes(purpose)) reason = 'against-signal';
  const at = decided.findLast(({ grant, svc }) => purpose in grant || key in svc)?.at;
  return fill(t.reason[reason] ?? rule, { date: at ? day(at) : '' });
};

/** Every rule and what it said, as `explain` answers. */
const chain = (mark) =>
  el(
    'ol',
    { dir: 'ltr' },
    ...explain(mark).reasons.map(({ rule, outcome }) =>
      el('li', { 'data-outcome': outcome }, el('code', {}, rule), ' ', el('span', { dir: 'auto' }, t.watch.outcomes[outcome])),
    ),
  );

const row = (tag) => {
  const parts = {
    state: el('em', { class: 'state' }),
    count: el('span', { class: 'number', dir: 'ltr' }),
    why: el('span'),
    chain: el('div', { class: 'chain' }),
  };
  const node = el(
    'li',
    { 'data-mark': tag.mark },
    el('p', {}, el('b', {}, label(tag)), ' ', el('code', { dir: 'ltr' }, tag.kit)),
    parts.count,
    parts.state,
    tag.undeclared ? el('p', { class: 'why' }, parts.why) : el('details', {}, el('summary', {}, parts.why), el('p', {}, t.watch.order), parts.chain),
  );
  return { tag, node, parts };
};
const rows = TAGS.map(row);

/** Whether strict mode noted a request to a vendor. It lists once the rest of the package is there. */
const noted = (vendor) => (window.mixusPrivacyGuard.report ?? []).some(({ url }) => url.startsWith(demo.vendors[vendor]));

const stateOf = ({ mark, vendor, undeclared }) => {
  if (undeclared) return noted(vendor) ? 'never' : 'held';
  const state = news[mark]?.state ?? 'held';
  // A script that has run cannot be unrun; its kit was told to be silent.
  return state === 'ran' && news[mark].kind === 'script' && !allows(mark) ? 'silent' : state;
};

const show = () => {
  for (const { tag, node, parts } of rows) {
    const state = stateOf(tag);
    parts.state.dataset.state = state;
    parts.state.textContent = t.watch.states[state];
    const count = arrived[tag.vendor] ?? 0;
    node.dataset.arrived = count;
    parts.count.textContent = count ? `↑ ${count}` : '';
    parts.why.textContent = answered ? why(tag) : '…';
    if (!tag.undeclared) parts.chain.replaceChildren(chain(tag.mark));
  }
  headline();
};

// --- The headline ----------------------------------------------------------------------------

const headline = () => {
  const { purposes, model } = decision();
  const total = Object.values(arrived).reduce((sum, it) => sum + it, 0);
  const some = TAGS.some(({ mark, undeclared }) => !undeclared && allows(mark)) || Object.entries(purposes).some(([key, on]) => on && !explain(key).rule.startsWith('essential'));
  by('count').textContent = total.toLocaleString(t.language);
  by('count').toggleAttribute('data-some', total > 0);
  by('said').textContent = total === 0 ? t.watch.none : some ? t.watch.some : t.watch.over;
  const asked = decided.some(({ act }) => act !== 'dismiss');
  const back = decided.at(-1)?.act === 'withdraw_all';
  const done = [asked || by('talk').childElementCount > 4, asked, back];
  const now = done.findIndex((it, at) => !it && !done.slice(at).includes(true));
  [...by('steps').children].forEach((step, at) => {
    step.dataset.step = at === now ? 'now' : now < 0 || at < now ? 'done' : 'next';
  });
  const [first, , last] = by('steps').children;
  if (model !== 'opt-in' && !decided[0]) first.textContent = t.watch.notice;
  last.textContent = fill(asked && !some && !back ? t.watch.later : t.watch.steps[2], t.buttons);
};

// --- What happened ---------------------------------------------------------------------------

const clock = new Intl.DateTimeFormat(t.language, { timeStyle: 'medium', hourCycle: 'h23', numberingSystem: 'latn' });
const wrote = (kind, content, at = Date.now()) => {
  by('log').prepend(el('li', { 'data-kind': kind }, el('time', {}, clock.format(at)), content));
};

/** What a record allows, in words: purposes, and services where they go beyond these. */
const titles = ({ grant, svc }) => {
  const plain = (key) => key.split('@')[0];
  const on = (entries) => Object.entries(entries).filter(([, on]) => on).map(([key]) => plain(key));
  const purposes = on(grant).filter((key) => explain(key).rule !== 'essential');
  const more = services.filter(({ key, purpose }) => on(svc).includes(key) && !purposes.includes(purpose));
  return [...purposes.map((key) => t.purposes[key]?.title ?? key), ...more.map(({ name }) => name)];
};

const tellDecision = () => {
  const last = decided.at(-1);
  if (!last) return;
  const allowed = titles(last);
  const text = last.act === 'withdraw_all' ? t.watch.withdrawn : allowed[0] ? fill(t.watch.allowed, { list: list(allowed) }) : t.watch.refused;
  wrote('decision', el('b', {}, text));
};

const tellTag = (tag) => {
  const before = news[tag.names]?.state;
  news[tag.names] = { state: tag.state, kind: tag.kind };
  const known = TAGS.find(({ mark }) => mark === tag.names);
  if (!known || before === tag.state) return;
  if (tag.state === 'ran') wrote('started', fill(t.watch.started, { name: label(known) }));
  else if (before === 'ran') wrote('ended', fill(t.watch.ended, { name: label(known) }));
};

const tellArrival = (arrival) => {
  const { vendor, method, path, bytes, at } = arrival;
  arrived[vendor] = (arrived[vendor] ?? 0) + 1;
  const { said, content } = read(arrival);
  const who = label(TAGS.find((it) => it.vendor === vendor));
  wrote(
    'sent',
    el(
      'details',
      {},
      el('summary', {}, el('b', {}, who), `: ${said} `, el('span', { class: 'number' }, fill(t.watch.bytes, { count: bytes.toLocaleString(t.language) }))),
      el('pre', { dir: 'ltr' }, `${method} ${path}\n\n${content}`.trim()),
    ),
    at,
  );
};

/** Asks the collector, for as long as the page is open. */
const listen = async () => {
  let seen = 0;
  for (;;) {
    try {
      const answer = await fetch(`/collected?page=${demo.page}&after=${seen}`);
      for (const arrival of await answer.json()) {
        seen = arrival.number;
        tellArrival(arrival);
      }
      show();
    } catch {
      // The server has ended, or the page is going: look again in a moment.
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
};

// --- How it is looked at -----------------------------------------------------------------------

const as = by('as');

const choose = () => {
  const query = new URLSearchParams(new FormData(as)).toString();
  return `${location.pathname}?${query}`;
};

const controls = () => {
  as.addEventListener('change', ({ target }) => {
    // Colours need no new page.
    if (target.name === 'scheme') {
      paint(target.value);
      history.replaceState(null, '', choose());
    } else location.replace(choose());
  });
  by('devtools').addEventListener('click', async () => (await import('/pkg/devtools.js')).open(privacy));
  by('again').addEventListener('click', async () => {
    await forgetBoth();
    location.replace(choose());
  });
  // Where the controls lie over the page, they close as a menu does.
  const over = matchMedia('(min-width: 64rem) and (max-width: 83.99rem)');
  document.addEventListener('click', ({ target }) => {
    if (over.matches && !by('views').contains(target)) by('views').open = false;
  });
  by('views').addEventListener('keydown', ({ key }) => {
    if (key !== 'Escape' || !over.matches) return;
    by('views').open = false;
    by('views').querySelector('summary').focus();
  });
  // A narrow window has better use for the space.
  by('views').open = matchMedia('(min-width: 84rem)').matches;
};

// --- Its pages ---------------------------------------------------------------------------------

const pages = [...by('pages').children];

const turnTo = (page) => {
  for (const it of pages) {
    const chosen = it === page;
    it.setAttribute('aria-selected', chosen);
    it.tabIndex = chosen ? 0 : -1;
    by(it.getAttribute('aria-controls')).hidden = !chosen;
  }
  if (page.id === 'tab-second') takeOut();
};

const tabs = () => {
  for (const page of pages) page.addEventListener('click', () => turnTo(page));
  by('pages').addEventListener('keydown', ({ key }) => {
    const at = pages.indexOf(document.activeElement);
    const forth = { ArrowRight: 1, ArrowLeft: -1 }[key];
    if (!forth || at < 0) return;
    const step = document.documentElement.dir === 'rtl' ? -forth : forth;
    const next = pages[(at + step + pages.length) % pages.length];
    turnTo(next);
    next.focus();
  });
};

// --- Start -------------------------------------------------------------------------------------

const follow = async () => {
  decided = await records().catch(() => []);
  show();
  device(decided);
};

export const watch = () => {
  by('tags').append(...rows.map(({ node }) => node));
  show();
  controls();
  tabs();
  listen();
  on('tag', (tag) => {
    tellTag(tag);
    show();
  });
  on('error', () => {
    answered = true;
    show();
  });
  on('ready', () => {
    answered = true;
    const held = TAGS.filter((tag) => stateOf(tag) !== 'ran').map(label);
    if (held[0]) wrote('opened', fill(t.watch.opened, { list: list(held) }));
    follow();
    outbox((text) => wrote('record', text)).catch(console.error);
    devices().catch(console.error);
  });
  on('change', follow);
  on('decision', async () => {
    await follow();
    tellDecision();
  });
  addEventListener('storage', () => device(decided));
  document.addEventListener('click', () => setTimeout(() => device(decided), 100));
};
