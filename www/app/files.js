// Files in the conversation: sealed here, sent, and opened here again. Beside what the person sees stands what the server has.

import * as privacy from '/pkg/index.js';

import { by, demo, el, fill, t } from './page.js';
import { records } from './records.js';

const KEPT = 'mixus-files';
/** Where a file's own bytes begin, behind what says who can open it; and as many of them are shown. */
const BODY = 4136;
const SHOWN = 96;
/** As much of a text is shown, in bytes. */
const TEXT = 600;

const words = t.site.files;
const sized = (bytes) => {
  const unit = ['byte', 'kilobyte', 'megabyte', 'gigabyte'][Math.min(3, Math.floor(Math.log10(bytes || 1) / 3))];
  const by = { byte: 1, kilobyte: 1e3, megabyte: 1e6, gigabyte: 1e9 }[unit];
  return new Intl.NumberFormat(t.language, { style: 'unit', unit, unitDisplay: bytes < 1e3 ? 'long' : 'short', maximumFractionDigits: bytes < 1e6 ? 0 : 1 }).format(bytes / by);
};

/** Addresses of files that were sent, which a reload leaves. */
const kept = () => {
  try {
    const all = JSON.parse(localStorage[KEPT]);
    return Array.isArray(all) ? all.filter((it) => typeof it === 'string') : [];
  } catch {
    return [];
  }
};

// --- What the server has -----------------------------------------------------------------------

/** Bytes as hexadecimal digits and letters, as many in a line as a screen has room for. */
const hex = (bytes) => {
  const line = matchMedia('(max-width: 26rem)').matches ? 4 : 8;
  return Array.from({ length: Math.ceil(bytes.length / line) }, (_, row) => {
    const part = [...bytes.subarray(row * line, (row + 1) * line)];
    const text = part.map((it) => (it > 32 && it < 127 ? String.fromCharCode(it) : '·')).join('');
    return `${part.map((it) => it.toString(16).padStart(2, '0')).join(' ').padEnd(3 * line - 1)}  ${text}`;
  }).join('\n');
};

const theirs = async (url) => {
  const answer = await fetch(url, { headers: { Range: `bytes=${BODY}-${BODY + SHOWN - 1}` } });
  if (answer.status !== 206) throw new Error(`${answer.status}`);
  const size = Number(/\/(\d+)$/.exec(answer.headers.get('content-range'))?.[1]);
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return el('section', { class: 'pane' }, el('h3', {}, words.theirs), el('pre', { dir: 'ltr' }, hex(bytes)), el('p', { class: 'soft' }, fill(words.without, { size: sized(size) })));
};

// --- What the person sees ----------------------------------------------------------------------

/** Types of pictures that a browser shows; one that could run something is not among them. */
const PICTURES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];

const preview = async (opened) => {
  const { type, size, name } = opened;
  if (PICTURES.includes(type)) {
    const picture = el('img', { alt: name });
    picture.src = URL.createObjectURL(await opened.blob());
    picture.addEventListener('load', () => URL.revokeObjectURL(picture.src));
    return picture;
  }
  const kind = /^(video|audio)\//.exec(type)?.[1];
  if (kind) {
    const { serve } = await import('/pkg/download.js');
    // It seeks in what is sealed: no more of it is fetched and opened than is played.
    const url = await serve(opened, { worker: '/sealed-worker.js' }).catch(async () => URL.createObjectURL(await opened.blob()));
    const player = el(kind, { controls: '', preload: 'metadata', 'aria-label': name });
    player.src = url;
    return player;
  }
  if (type.startsWith('text/') || type === 'application/json') {
    const reader = opened.slice(0, Math.min(size, TEXT)).getReader();
    const decoder = new TextDecoder();
    let text = '';
    for (let part = await reader.read(); !part.done; part = await reader.read()) text += decoder.decode(part.value, { stream: true });
    return el('pre', { dir: 'auto' }, text + (size > TEXT ? ' …' : ''));
  }
  return '';
};

const save = async (opened) => {
  const download = await import('/pkg/download.js');
  await download.save(opened, { worker: '/sealed-worker.js' }).catch((error) => error.name === 'AbortError' || Promise.reject(error));
};

const yours = async (opened) => {
  const { name, size } = opened;
  const button = el('button', { type: 'button', class: 'small' }, words.save);
  button.addEventListener('click', () => save(opened));
  const about = el('p', {}, el('bdi', {}, el('b', {}, name)), ' ', el('span', { class: 'soft' }, sized(size)));
  return el('section', { class: 'pane' }, el('h3', {}, words.yours), await preview(opened), about, el('p', { class: 'soft' }, words.opened), el('p', {}, button));
};

// --- The conversation ----------------------------------------------------------------------------

const show = async (url) => {
  const block = el('div', { class: 'it file', 'data-url': url });
  by('talk').prepend(block);
  try {
    const [{ own }, { open }] = await Promise.all([import('/pkg/keys.js'), import('/pkg/vault.js')]);
    const opened = await open(url, { keys: await own() });
    block.before(el('p', { class: 'you' }, el('bdi', {}, opened.name)));
    block.replaceChildren(...(await Promise.all([yours(opened), theirs(url)])));
  } catch (error) {
    block.replaceChildren(el('p', {}, fill(words.closed, { code: error.code ?? error.message })));
  }
  block.dataset.state = 'shown';
};

/** Everything that sending takes, once somebody wants to. */
const prepare = async () => {
  const [{ define }, { make, recipients }] = await Promise.all([import('/pkg/files.js'), import('/pkg/keys.js')]);
  define();
  const files = document.querySelector('mixus-files');
  const { kept: place } = await make();
  by('key-said').hidden = place !== 'here';
  Object.assign(files, { at: `${demo.records.to}/v1/files`, privacy, sync: await records() });
  // That the key is here alone, and what that means, stands above.
  files.to = await recipients(privacy, { me: true, loss: 'accepted' });
  files.addEventListener('uploaded', ({ detail: { url } }) => {
    localStorage[KEPT] = JSON.stringify([...kept(), url].slice(-20));
    show(url);
  });
};

let prepared;
const attach = by('attach');
attach.addEventListener('click', () => {
  const open = attach.getAttribute('aria-expanded') !== 'true';
  attach.setAttribute('aria-expanded', `${open}`);
  by('files').hidden = !open;
  if (!open) return;
  prepared ||= prepare().catch((error) => {
    by('files').append(el('p', {}, fill(words.closed, { code: error.code ?? error.message })));
  });
});

/** What was sent before is fetched and opened again. */
export const again = async () => {
  for (const url of kept()) await show(url);
};
