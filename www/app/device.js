// What lies in this browser, and to which service it belongs.

import { by, el, services, t } from './page.js';

const named = (pattern, name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);

const owner = (kind, name) => {
  const own = ({ name: pattern }) => named(pattern, name);
  const found = services.find((it) => it[kind]?.some(own));
  return found ?? (name.startsWith('mixus-privacy') ? services.find(({ key }) => key === 'privacy-choices') : undefined);
};

/** What the package itself stores goes by the words of its control. */
const nameOf = (service) => (service?.key === 'privacy-choices' ? t.buttons.control : service?.name);

const found = () => {
  const cookies = document.cookie.split('; ').filter(Boolean).map((pair) => ['cookies', t.watch.cookie, pair.split('=')[0]]);
  const local = Object.keys(localStorage).sort().map((name) => ['storage', t.watch.storage, name]);
  const session = Object.keys(sessionStorage).sort().map((name) => ['storage', t.watch.storage, name]);
  return [...cookies, ...local, ...session];
};

export const device = (decided) => {
  let all = [];
  try {
    all = found();
  } catch {
    // Blocked: there is nothing.
  }
  by('device').replaceChildren(
    ...all.map(([kind, title, name]) => el('li', {}, el('code', { dir: 'ltr' }, name), el('span', {}, [nameOf(owner(kind, name)), title].filter(Boolean).join(' · ')))),
    ...(all[0] ? [] : [el('li', { class: 'none' }, t.watch.empty)]),
  );
  by('records').hidden = !decided[0];
  by('records').querySelector('pre').textContent = JSON.stringify([...decided].reverse(), null, 2);
};
