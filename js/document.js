// A policy document on disk: read with its texts, and checked. For Node.js.

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './compile.js';

/** Ends with a message that is meant for the person at the keyboard. */
export class Stop extends Error {}

/** What a file says. The schema that an editor goes by is no part of it, nor of its hash. */
const json = async (path) => {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new Stop(`${path} cannot be read`);
  }
  try {
    const value = JSON.parse(text);
    if (Object(value) === value) delete value.$schema;
    return value;
  } catch (error) {
    throw new Stop(`${path} is not JSON: ${error.message}`);
  }
};

/** Reads and checks a document; answers it with its texts, its plan, and every fault as a line. */
export const compileFile = async (path) => {
  const document = await json(path);
  const texts = {};
  for (const [lang, value] of Object.entries(document?.texts || {})) {
    texts[lang] = typeof value === 'string' && !value.startsWith('https:') ? await json(join(dirname(path), value)) : value;
  }
  const { compile } = await load(await readFile(fileURLToPath(new URL('./compile.wasm', import.meta.url))));
  const { plan, faults } = compile(document?.texts ? { ...document, texts } : document);
  const lines = faults.map(({ code, path: place, says, refuses }) => `${refuses ? 'error' : 'warning'}  ${place || '(document)'} ${says}  [${code}]`);
  return { document, texts, plan, faults: lines };
};

/** The plan of a document, which has to be in order. */
export const planOf = async (path) => {
  const { plan, faults } = await compileFile(path);
  if (!plan) throw new Stop([...faults, `${path} is refused`].join('\n'));
  return plan;
};
