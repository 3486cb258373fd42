// A page in which one contestant seals or opens one file, while it is looked how long the page stands still.

import { drained } from './streams.js';

/** Where a browser keeps a site's files. */
const folder = async () => {
  if (!navigator.storage?.getDirectory) throw new DOMException('has no folder for it', 'NotSupportedError');
  return navigator.storage.getDirectory();
};
const kept = async (name) => (await (await folder()).getFileHandle(name)).getFile();
const keep = async (name, stream) => {
  const handle = await (await folder()).getFileHandle(name, { create: true });
  await stream.pipeTo(await handle.createWritable());
  return (await handle.getFile()).size;
};

/** The longest time in which the page could do nothing else, in milliseconds: from a timer that always runs to the next. */
const stillness = () => {
  let [last, longest, on] = [performance.now(), 0, true];
  const look = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (on) setTimeout(look);
  };
  look();
  return () => {
    look();
    on = false;
    return longest;
  };
};

const WAYS = {
  /** Seals the file that was given, and keeps nothing. */
  seal: async ({ seal, left }, file) => drained(await seal(file), left),
  /** Opens what was kept. */
  open: async ({ open, left }, file, name) => drained(await open(await kept(name)), left),
  /** Seals into a file. */
  keep: async ({ seal }, file, name) => keep(name, await seal(file)),
  /** What the cipher without the browser does, over what is in memory. */
  sealing: ({ sealing }) => sealing(),
  opening: ({ opening }) => opening(),
  /** Throws away what was kept. */
  drop: async (contestant, file, name) => (await folder()).removeEntry(name),
};

const measured = async (name, way, of) => {
  const [file] = document.querySelector('input').files;
  const contestant = await import(new URL(`./${name}.js`, import.meta.url).href);
  const end = stillness();
  const begin = performance.now();
  const made = await WAYS[way](contestant, file, of || name);
  const spent = performance.now() - begin;
  return { made, spent, longest: end() };
};

/** Begins something; what comes of it is then in `outcome`. */
window.begin = (...what) => {
  window.outcome = undefined;
  measured(...what).then(
    (value) => (window.outcome = { value }),
    (error) => (window.outcome = { failed: `${error?.name} ${error?.message} ${error?.code ?? ''}` }),
  );
};
window.ready = true;
