// What the package finds in browsers, and not in Node.js: `fetch` with the address of a module that lies on the disk. It is imported
// before the package is.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const elsewhere = globalThis.fetch;
globalThis.fetch = async (address, options) =>
  String(address).startsWith('file:') ? new Response(readFileSync(fileURLToPath(address)), { headers: { 'Content-Type': 'application/wasm' } }) : elsewhere(address, options);
