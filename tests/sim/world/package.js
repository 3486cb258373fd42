// What a page loads of the package beside its script: modules, and the compiled policy.

import { readFileSync } from 'node:fs';

const file = (path) => new URL(`../../../${path}`, import.meta.url);

const boot = new WebAssembly.Module(readFileSync(file('target/sim/boot.wasm')));
const sync = new WebAssembly.Module(readFileSync(file('target/sim/sync.wasm')));

const compiled = (await import(file('target/sim/policy.mjs'))).default;
const document = JSON.parse(readFileSync(file('target/sim/policy.json'), 'utf8'));

/** The default policy, whose parts come when `loaded` says so. */
export const policy = (loaded) => ({
  plan: compiled.plan,
  name: compiled.name,
  language: compiled.language,
  texts: { en: compiled.texts.en },
  document: () => loaded('policy/document.js').then(() => document),
});

/** Every purpose that a person is asked about, by key. */
export const PURPOSES = document.purposes.filter(({ essential }) => !essential).map(({ key }) => key);

// The sync module remembers nothing from one call to the next, so that all tabs share one instance.
let shared;

// The boot module has its memory, which a new tab gets as it was in the beginning: making an instance takes longer.
const STACK = 1 << 20;
let blank;
const idle = [];

const fresh = () => {
  const instance = idle.pop() || new WebAssembly.Instance(boot, {});
  const { memory, a } = instance.exports;
  const bytes = new Uint8Array(memory.buffer);
  // The stack lies below everything else, and nobody reads of it what they have not written.
  if ([0, 1, 2].some((it) => a(it) < STACK)) throw new Error('the boot module is laid out otherwise');
  if (blank) bytes.set(blank, STACK);
  else blank = bytes.slice(STACK);
  return instance;
};

/** `WebAssembly` of a tab. */
export const modules = (tab) => ({
  compile: async () => ({ sync }),
  compileStreaming: async () => ({ sync }),
  instantiate: async (given, imports) => {
    if (given.sync) return (shared ||= new WebAssembly.Instance(sync, imports));
    const instance = fresh();
    tab.world.used.push(instance);
    return { instance: { exports: tab.device.ghost.calls(tab, instance.exports) } };
  },
});

/** The instance of a tab that is gone can be another's. */
export const reuse = (instance) => idle.push(instance);
