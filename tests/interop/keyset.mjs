// Seals a file for whom a policy names, as a page does: `node keyset.mjs ADDRESS FOLDER NAME PIN…` asks the server at ADDRESS for its
// public keys, believes those who are pinned, and writes NAME.open and NAME.sealed. Prints the number of the key, or the fault.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import './browser.mjs';

const [url, folder, name, ...pins] = process.argv.slice(2);
globalThis.document = { baseURI: url };

const { recipients } = await import(new URL('../../pkg/keys.js', import.meta.url));
const { seal } = await import(new URL('../../pkg/vault.js', import.meta.url));

try {
  const to = await recipients({ keysets: [{ owner: 'server', url, pins }] }, { server: true });
  const data = crypto.getRandomValues(new Uint8Array(5_000));
  const sealed = await seal(new File([data], name), { to });
  writeFileSync(join(folder, `${name}.open`), data);
  writeFileSync(join(folder, `${name}.sealed`), new Uint8Array(await (await sealed.blob()).arrayBuffer()));
  console.log(to.map(({ id }) => id).join(' '));
} catch ({ code, path, message }) {
  console.log(`${code ?? message} ${path}`);
}
