// Seals and opens files with the package, outside of a browser: `node vault.mjs seal FOLDER PUBLIC` writes files of all lengths
// around the ends of segments, open and sealed for a key of number 7; `node vault.mjs open FOLDER PRIVATE PUBLIC` opens every
// `*.sealed` there, and says which of them are what lies beside it.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import './browser.mjs';

const { open, seal } = await import(new URL('../../pkg/vault.js', import.meta.url));

const [what, folder, ...keys] = process.argv.slice(2);
const [key, half] = keys.map((it) => new Uint8Array(Buffer.from(it, 'hex')));

const filled = (size) => {
  const data = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(data.subarray(at, at + 65_536));
  return data;
};

const SEGMENTS = [1 << 20, 1 << 19];
const sizes = (segment) => {
  const first = segment - 56;
  return [0, 1, first - 1, first, first + 1, first + segment - 16, first + segment - 15, 100 << 20];
};

if (what === 'seal') {
  const one = async (name, size, options) => {
    const data = filled(size);
    const sealed = await seal(new File([data], `${name}.ü`, { type: 'a/b', lastModified: 5 }), { to: [{ id: 7, key }], ...options });
    writeFileSync(join(folder, `${name}.open`), data);
    writeFileSync(join(folder, `${name}.sealed`), new Uint8Array(await (await sealed.blob()).arrayBuffer()));
  };
  for (const segment of SEGMENTS)
    for (const size of sizes(segment)) {
      const name = `${size}-${segment}`;
      await one(name, size, { segment });
      if (size < 1 || size > 3_000_000) continue;
      await one(`${name}padded`, size, { segment, padded: true });
      await one(`${name}small`, size, { segment: 4096 });
    }
} else {
  for (const name of readdirSync(folder).filter((it) => it.endsWith('.sealed'))) {
    const opened = await open(new Blob([readFileSync(join(folder, name))]), { keys: [{ id: 7, key, public: half }] });
    const found = new Uint8Array(await (await opened.blob()).arrayBuffer());
    const same = Buffer.compare(found, readFileSync(join(folder, name.replace('sealed', 'open')))) === 0;
    console.log(`${name} ${opened.name} ${opened.size} ${same}`);
  }
}
