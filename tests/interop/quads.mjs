// What an export says to others who read JSON-LD: its statements, one a line. Nothing is fetched, and nothing of it may
// go unread.

import { createRequire } from 'node:module';
import { text } from 'node:stream/consumers';

const jsonld = createRequire(new URL('../package.json', import.meta.url))('jsonld');

const documentLoader = (url) => {
  throw new Error(`asks for ${url}`);
};
const { missing, ...document } = JSON.parse(await text(process.stdin));
process.stdout.write(await jsonld.toRDF(document, { format: 'application/n-quads', documentLoader, safe: true }));
