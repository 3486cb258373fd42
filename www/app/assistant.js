// The assistant. It stores and sends nothing without asking the package first.

import { allows, on } from '/pkg/index.js';

import { again } from './files.js';
import { begin, by, el, fill, list, services, t, track, turn } from './page.js';
import { watch } from './watch.js';

const talk = by('talk');
const ask = by('ask');

/** Every service that needs a permission. */
const optional = services.filter(({ purpose }) => purpose !== 'essential');
const names = (some) => list(some.map(({ name }) => name));

const say = (question, ...answer) => {
  const block = el('div', { class: 'it' }, ...answer.map((text) => el('p', {}, text)));
  // The newest stands first: next to the question, and not behind a banner.
  talk.prepend(el('p', { class: 'you' }, question), block);
};

let failures = 0;
const answers = {
  runs: () => {
    const [running, waiting] = [true, false].map((on) => optional.filter(({ key }) => allows(key) === on));
    return [
      running[0] ? fill(t.site.running, { list: names(running) }) : t.site.nothing,
      ...(waiting[0] ? [fill(t.site.waiting, { list: names(waiting) })] : []),
    ];
  },
  who: () => {
    const others = optional.filter(({ hosts }) => hosts).map(({ provider }) => provider.name);
    return [fill(t.site.receivers, { list: list(others) })];
  },
  fail: () => {
    // Uncaught on purpose: this is what an error tracker reports. It has a number, since the
    // same error twice in a row is reported once.
    const number = ++failures;
    queueMicrotask(() => {
      throw new Error(`The demo was asked to fail, time ${number}`);
    });
    return [allows('sentry') ? t.site.told : t.site.untold];
  },
};

// --- Recent questions --------------------------------------------------------------------

const RECENT = 'mixus-recent';

const recent = () => {
  try {
    const kept = JSON.parse(localStorage[RECENT]);
    return allows('recent-searches') && Array.isArray(kept) ? kept : [];
  } catch {
    return [];
  }
};

const showRecent = () => {
  const kept = recent();
  by('recent').hidden = !kept[0];
  by('recent').replaceChildren(
    t.site.recent + ' ',
    ...kept.map((text) => {
      const again = el('button', { type: 'button', class: 'link' }, text);
      again.addEventListener('click', () => question(text));
      return again;
    }),
  );
};

const question = (text, key) => {
  if (allows('recent-searches')) localStorage[RECENT] = JSON.stringify([text, ...recent().filter((it) => it !== text)].slice(0, 3));
  const known = key ?? ['runs', 'who', 'fail'].find((it) => t.site[it] === text);
  say(text, ...(answers[known]?.() ?? [t.site.other]));
  showRecent();
  track('feature_used', { feature: 'chat', times: talk.querySelectorAll('.you').length - 2 });
};

ask.addEventListener('submit', (event) => {
  event.preventDefault();
  const text = ask.question.value.trim();
  ask.question.value = '';
  if (text) question(text);
});
for (const chip of ask.querySelectorAll('[data-ask]')) {
  chip.addEventListener('click', () => question(chip.textContent, chip.dataset.ask));
}

by('theme').addEventListener('click', () => {
  by('hint').textContent = turn() ? t.site.themeKept : t.site.themeLost;
});

// --- Start ---------------------------------------------------------------------------------

watch();
on('change', showRecent);
await begin();
showRecent();
await again();
