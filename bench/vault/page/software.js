// What a page does that is not safe, and has no cipher of the browser's: the module's, over segments that are in memory.

import { load } from '/pkg/software.js';

/** Segments as files have them, so many that what a browser does at first hardly counts. */
const SEGMENT = 1 << 19;
const COUNT = 512;
const NONE = new Uint8Array(0);

const text = new Uint8Array(SEGMENT).map((_, at) => 7 * at + (at >> 8));
const key = new Uint8Array(32).fill(2);
const nonce = new Uint8Array(12);

/** Lets the page do something else: a thread of its own does not stand in its way, and this one has to let it. */
const breath = () =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (port1.close(), resolve());
    port2.postMessage(0);
  });

/** Seals or opens so many segments; answers how much that was. */
const over = async (how) => {
  const module = await load();
  const given = how === 'seal' ? text : module.seal(key, nonce, NONE, text);
  for (let at = 0; at < COUNT; at += 1) {
    module[how](key, nonce, NONE, given);
    await breath();
  }
  return COUNT * SEGMENT;
};
export const sealing = () => over('seal');
export const opening = () => over('open');
