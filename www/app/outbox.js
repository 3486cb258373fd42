// What becomes of a decision: it waits here, the server stores it, and there is a receipt for it.

import * as privacy from '/pkg/index.js';

import { by, demo, el, fill, list, t } from './page.js';
import { newest, records } from './records.js';

const SHOWN = 6;
/** How often what waits is looked at, in milliseconds. */
const OFTEN = 500;

const sizeOf = (checkpoint = '') => Number(checkpoint.split('\n')[1]) || 0;
const count = (number) => number.toLocaleString(t.language);

/** What was done, in the words of the package. */
const titleOf = ({ t: kind, act, grant, svc }) => {
  const own = { link: 'link', unlink: 'unlink', erase: 'erase', signal: 'signal', renew: 'renew', expire: 'expire' }[kind];
  const words = Object.values({ ...grant, ...svc });
  const chosen = words.includes(1) && words.includes(0) ? 'chosen' : words.includes(1) ? 'allowed' : 'refused';
  const done = { accept_all: 'accept', reject_all: 'reject', withdraw_all: 'withdraw', import: 'import', dismiss: 'dismiss' }[act];
  return t.acts[own ?? done ?? chosen];
};

// --- The list --------------------------------------------------------------------------------

const said = ({ state, index, code, size }, next) => {
  if (state === 'dead') return [t.records.refused, code];
  if (state === 'waiting') return [t.records.waiting, next > 0 ? fill(t.records.next, { count: count(Math.ceil(next / 1000)) }) : t.records.soon];
  return [fill(t.records.stored, { index: count(index + 1) }), size ? fill(t.records.size, { size: count(size) }) : ''];
};

const row = (entry, next) => {
  const [state, more] = said(entry, next);
  return el(
    'li',
    { 'data-state': entry.state, 'data-id': entry.id },
    el('b', {}, titleOf(entry.event)),
    el('em', { class: 'state', 'data-state': { kept: 'ran', dead: 'never' }[entry.state] ?? 'held' }, state),
    el('span', { class: 'soft' }, entry.own ? t.records.here : t.records.elsewhere),
    el('span', { class: 'soft number' }, more),
  );
};

// --- The receipt -------------------------------------------------------------------------------

let shownReceipt;
let verifier;

const checked = async (receipt, into) => {
  into.replaceChildren();
  try {
    await verifier(receipt);
    into.replaceChildren(el('li', { 'data-good': '' }, t.records.genuine));
  } catch (error) {
    into.replaceChildren(el('li', {}, fill(t.records.broken, { code: error.code ?? error.message })));
  }
};

const showReceipt = async (kept, entry) => {
  if (entry?.id === shownReceipt) return;
  const receipt = entry && (await kept.receipt(entry.id));
  shownReceipt = receipt && entry.id;
  const box = by('receipt');
  if (!receipt) return box.replaceChildren(el('p', { class: 'soft' }, t.records.receiptNone));
  const marks = el('ul', { class: 'marks', role: 'status' });
  const verify = el('button', { type: 'button', id: 'verify' }, t.records.verify);
  verify.addEventListener('click', () => checked(receipt, marks));
  box.replaceChildren(
    el('p', {}, el('b', {}, titleOf(entry.event)), ` · ${fill(t.records.stored, { index: count(entry.index + 1) })}`),
    el('p', { class: 'soft' }, t.records.receiptMeans),
    ...(verifier ? [el('p', {}, verify), marks] : []),
    el('details', {}, el('summary', {}, t.records.show), el('pre', { dir: 'ltr' }, JSON.stringify(receipt, null, 2))),
  );
};

// --- Following ---------------------------------------------------------------------------------

const sizes = new Map();
let shown = '';

const look = async () => {
  const kept = await records();
  const all = newest(await kept.history()).slice(0, SHOWN);
  for (const { id, own, state } of all) {
    if (own && state === 'kept' && !sizes.has(id)) sizes.set(id, sizeOf((await kept.receipt(id))?.checkpoint));
  }
  const waiting = all.filter(({ state }) => state === 'waiting').length;
  // When it is tried again, if the package says so.
  const next = waiting ? (await kept.outbox()).until - Date.now() : 0;
  const as = JSON.stringify([all.map(({ id, state }) => [id, state]), Math.ceil(next / 1000)]);
  if (as === shown) return;
  shown = as;
  by('outbox').replaceChildren(...(all[0] ? all.map((entry) => row({ ...entry, size: sizes.get(entry.id) }, next)) : [el('li', { class: 'none' }, t.records.none)]));
  by('waiting').textContent = count(waiting);
  by('waiting').hidden = !waiting;
  await showReceipt(kept, all.find(({ own, state }) => own && state === 'kept'));
};

/** Cuts or mends a device's line to the server of records. */
const lines = (wrote) => {
  for (const toggle of document.querySelectorAll('[data-line]')) {
    const { line } = toggle.dataset;
    toggle.checked = demo.records.open[line];
    toggle.addEventListener('change', async () => {
      await fetch(`/line?device=${line}&open=${+toggle.checked}`, { method: 'POST' });
      wrote(toggle.checked ? t.records.mended : t.records.cut);
      // A browser says so when its network is back.
      if (toggle.checked && line === '0') dispatchEvent(new Event('online'));
      if (toggle.checked && line === '1') by('frame').contentWindow?.postMessage({ online: true }, demo.other);
    });
  }
};

/** Shows it, and tells `wrote(text)` what happens. */
export const outbox = async (wrote) => {
  lines(wrote);
  by('all').addEventListener('click', () => privacy.openPreferences('history'));
  const kept = await records();
  if (!kept) return by('outbox').replaceChildren(el('li', { class: 'none' }, t.records.unavailable));
  verifier = await import('/pkg/verify.js').then(
    ({ verify }) => (receipt) => verify(JSON.stringify(receipt), demo.records.key),
    () => undefined,
  );
  privacy.on('synced', async ({ events }) => {
    await look();
    wrote(fill(t.records.arrived, { count: count(events) }));
  });
  privacy.on('conflict', ({ keys }) => wrote(fill(t.records.disputed, { list: list(keys.map((key) => t.purposes[key]?.title ?? key)) })));
  const again = async () => {
    await look().catch(console.error);
    setTimeout(again, OFTEN);
  };
  await again();
};
