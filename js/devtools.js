// The developer's panel: what the guards hold on this page and why, and the line that would let it
// pass. It is not for visitors: a site imports it in development, or a bookmark does.

import css from 'style-devtools';

const doc = globalThis.document;

const el = (tag, attributes = {}, ...content) => {
  const node = doc.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...content);
  return node;
};

/** What strict mode noted, by host: `{host, kinds, urls, line}`. */
export const summary = (report) => {
  const hosts = new Map();
  for (const { kind, url, line } of report) {
    const web = /^https?:/.test(url);
    const host = web ? new URL(url).host : url;
    if (!hosts.has(host)) hosts.set(host, { host, kinds: new Set(), urls: [], line, web });
    const entry = hosts.get(host);
    entry.kinds.add(kind);
    entry.urls.push(url);
  }
  return [...hosts.values()].sort((a, b) => b.urls.length - a.urls.length || a.host.localeCompare(b.host));
};

const copy = (text, button) =>
  navigator.clipboard.writeText(text).then(
    () => (button.textContent = 'Copied'),
    () => (button.textContent = text),
  );

const group = (title, note, ...rows) =>
  el('section', {}, el('h2', {}, title, ' ', el('span', { class: 'count' }, rows.length)), rows.length ? el('ul', {}, ...rows) : el('p', { class: 'soft' }, note));

/**
 * Opens the panel. `privacy` is the package: `import * as privacy from '@mixus/privacy'`. Answers
 * what closes it.
 */
export const open = (privacy) => {
  const guard = window.mixusPrivacyGuard;
  doc.querySelector('mixus-privacy-devtools')?.remove();
  const host = el('mixus-privacy-devtools');
  const shadow = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  const body = el('div', { class: 'body' });
  const shut = el('button', { class: 'quiet', 'aria-label': 'Close' }, '×');
  shadow.append(el('aside', { 'aria-label': 'Privacy: developer panel' }, el('header', {}, el('h1', {}, 'Privacy'), el('span', { class: 'mode' }), shut), body));

  let shown = '';
  const paint = () => {
    const report = guard?.report || [];
    const { purposes, services, regime } = privacy.decision();
    const tags = guard?.entries || [];
    // Only what has changed is painted: whoever reads or selects here is left alone.
    const state = JSON.stringify([report, purposes, services, tags.map(({ names, state }) => [names, state])]);
    if (state === shown) return;
    shown = state;
    const strict = !!guard?.everything;
    const holding = !doc.querySelector('script[data-mode="report"]');
    shadow.querySelector('.mode').textContent = !guard ? 'no guard on this page' : !strict ? 'marked tags only' : holding ? 'strict' : 'report: nothing is held';
    const decided = Object.entries({ ...purposes, ...services }).map(([key, on]) => {
      const { rule, note } = privacy.explain(key);
      return el('li', { 'data-on': on }, el('b', {}, key), el('span', { class: 'soft' }, rule === 'decision' ? note : rule));
    });
    const marked = tags.map((tag) =>
      el('li', { 'data-on': tag.state === 'ran' }, el('b', {}, tag.names || 'unmarked'), el('code', {}, tag.url?.host || tag.kind), el('span', { class: 'soft' }, tag.code || tag.state)),
    );
    const all = summary(report);
    const found = all.map(({ host, kinds, urls, line }) => {
      const row = el('li', {}, el('b', {}, host), el('span', { class: 'soft' }, `${[...kinds].join(', ')} · ${urls.length}`), el('details', {}, el('summary', {}, 'What'), ...urls.slice(0, 50).map((url) => el('code', {}, url))));
      if (line) {
        const button = el('button', {}, `Copy ${line}`);
        button.onclick = () => copy(line, button);
        row.append(button);
      }
      return row;
    });
    body.replaceChildren(
      group(holding ? 'Held, for nobody declared it' : 'Would be held', strict ? 'Nothing on this page asks a vendor that the policy does not know.' : 'Add guard-strict.js to see what is not marked.', ...found),
      group('Marked', 'No tag on this page is marked.', ...marked),
      group(`Allowed under ${regime || 'no policy yet'}`, '', ...decided),
    );
    const lines = all.filter(({ web }) => web).map(({ host }) => host);
    if (lines[0]) {
      const button = el('button', {}, 'Copy all as data-allow');
      button.onclick = () => copy(`data-allow="${lines.join(' ')}"`, button);
      body.prepend(el('p', { class: 'soft' }, 'Declare a vendor in the policy, so that people can decide about it; list here only what the site cannot do without. '), button);
    }
  };
  const ends = ['change', 'tag', 'ready', 'erased'].map((name) => privacy.on(name, paint));
  const timer = setInterval(paint, 1000);
  const close = () => {
    clearInterval(timer);
    ends.forEach((end) => end());
    host.remove();
  };
  shut.onclick = close;
  doc.documentElement.append(host);
  paint();
  return close;
};
