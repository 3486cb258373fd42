// Checked by `tsc --noEmit`: how the package is meant to be used, and what it refuses.

import * as privacy from './index.js';
import * as keys from './keys.js';
import { type FilesElement, define, queue } from './files.js';
import { release, save, serve } from './download.js';
import { sync } from './sync.js';
import { sealing } from './tus.js';
import { open, seal } from './vault.js';
import { verify } from './verify.js';
import { PrivacyError, acceptAll, allows, decision, explain, on, records, set, start, track, withdraw } from './index.js';

const flag: boolean = allows('analytics');
const done: Promise<void> = start({ region: 'DE', layout: 'bar', organisation: { deny: ['social'] } });
const off: () => void = on('tag', (tag) => tag.state === 'held' && tag.el.remove());
on('error', (error) => error instanceof PrivacyError && error.code === 'module/dead');
on('change', ({ purposes }) => purposes['analytics']);
document.addEventListener('click', (event) => acceptAll(event));
set({ analytics: true }).then(() => withdraw('analytics'));
const outcome: 'passed' | 'allowed' | 'denied' | undefined = explain('analytics').reasons[0]?.outcome;
track('page_view', { route: '/' }).then((sent: boolean) => sent);
records().then(([first]) => first?.notice.hash);
decision().model === 'opt-in';
start({ wasm: fetch('/boot.wasm'), policy: () => import('./policy.js'), track: ({ name }) => void name });

sync(privacy, { to: 'https://privacy.example.com' }).then(async ({ history, receipt }) => (await receipt((await history())[0]?.id ?? ''))?.proof);
sync(privacy, { to: { default: 'https://privacy.example.com', eu: new URL('https://eu.example.com') }, logKey: 'a+b+c', maxStale: 3_600_000 });
sync(privacy).then(async (records) => {
  const dead = (await records.history()).filter(({ state }) => state === 'dead');
  await Promise.all(dead.map(({ id, code }) => (code === 'http/413' ? records.forget(id) : records.retry(id))));
  const text: string = await records.export('iso27560');
  const told: boolean = await records.erase();
  await records.link(await (await fetch(`/token?sub=${await records.subject()}`)).text());
  // @ts-expect-error there is no such form
  await records.export('pdf');
  return [text, told];
});
on('conflict', ({ keys }) => keys.join());
on('fork', ({ subject, account }) => account?.concat(subject));
on('storage-lost', ({ events }) => events === undefined);
on('log-forked', ({ before, after }) => before === after);
on('dead-letter', ({ code, account }) => account ?? code);

verify('{}', 'privacy.example.com/log+…').then(({ event, checkpoint }) => event.grant['analytics'] === 1 && checkpoint.size > 0);

seal(new File([], 'a'), { to: [{ id: 7, key: new Uint8Array(32) }, { passphrase: 'a' }], padded: true }).then(async (sealed) => {
  const { name, slice, rewrap } = await open(await sealed.blob(), { keys: [{ id: 7, key: {} as CryptoKey, public: new Uint8Array(32) }] });
  const part: ReadableStream<Uint8Array> = slice(0, sealed.size, { signal: new AbortController().signal });
  return [name, part, await rewrap([{ id: new Uint8Array(16), wrapper: new Uint8Array(32) }])];
});
open(new URL('https://example.com/1'), { passphrase: 'a', headers: { Accept: '*/*' }, patience: 5_000 }).then(async (opened) => {
  const url: string = await serve(opened, { worker: '/sealed.js' });
  const way: 'picker' | 'worker' | 'blob' = await save(opened, { name: 'a', onProgress: ({ saved, size }) => saved / size });
  return [way, release(url)];
});

sealing(new File([], 'a'), { to: [{ passphrase: 'a' }], endpoint: '/v1/files' }).then(async ({ options, url, close }) => {
  const { size, slice } = await options.fileReader.openFile(new Blob(), Infinity);
  const { done } = await slice(0, size);
  return done ? url()?.length : close();
});
// @ts-expect-error it has to be sent somewhere
sealing(new Blob(), { to: [] });
keys.make({ by: [{ code: keys.recoveryCode() }, { passkey: {} }], keep: (wrapped, { replaces }) => fetch(`/keys?${replaces}`, { method: 'PUT', body: wrapped.slice() }) }).then(async ({ kept, loss }) => {
  const to = await keys.recipients(privacy, { me: true, server: true, ...(kept === 'here' && { loss: 'accepted' }) });
  await keys.forget({ lose: loss });
  return open(await (await seal(new Blob(), { to })).blob(), { keys: await keys.own() });
});
// @ts-expect-error a safe opens by something
keys.restore(new Uint8Array(0), {});
define();
const place = document.querySelector<FilesElement>('mixus-files');
if (place) Object.assign(place, { at: '/v1/files', to: [{ passphrase: 'a' }], together: 3 });
place?.addEventListener('uploaded', ({ detail: { name, url, size } }) => [name, new URL(url), size > 0]);
place?.add([new File([], 'a')]).forEach((it) => it.state === 'failed' && it.retry());
const all = queue({ at: '/v1/files', to: [{ passphrase: 'a' }], most: 1e9, onChange: ({ path, error }) => error?.code ?? path });
all.add([{ file: new File([], 'a'), path: 'folder/a' }]).twice.length === all.total().done;

// @ts-expect-error somebody has to be able to open it
queue({ at: '/v1/files' });
// @ts-expect-error somebody has to be able to open it
seal(new Blob(), {});
// @ts-expect-error there is no such way
save({} as Awaited<ReturnType<typeof open>>, { by: 'post' });
// @ts-expect-error a receipt is a text
verify({}, '');
// @ts-expect-error there is no such layout
start({ layout: 'popup' });
// @ts-expect-error a choice is yes or no
set({ analytics: 1 });
// @ts-expect-error there is no such event
on('accepted', () => {});

export { done, flag, off, outcome };
