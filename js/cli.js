#!/usr/bin/env node
// The command line: checks a policy document and compiles it for production.
//
//   mixus-privacy check policy.json
//   mixus-privacy compile policy.json --out public/policy.js

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './compile.js';

const USAGE = `Usage:
  mixus-privacy check <policy.json>
  mixus-privacy compile <policy.json> --out <policy.js>

check    Names every fault of a policy document, each with its place.
compile  Checks it, and writes what a page loads: <policy.js> with the plan and the first
         layer's texts, and a folder of the same name beside it with the rest.`;

/** Ends with a message that is meant for the person at the keyboard. */
class Stop extends Error {}

const json = async (path) => {
  let text;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw new Stop(`${path} cannot be read`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Stop(`${path} is not JSON: ${error.message}`);
  }
};

const quote = (value) => JSON.stringify(value);

const run = async ([command, path, ...options]) => {
  const out = options[0] === '--out' ? options[1] : undefined;
  if (!['check', 'compile'].includes(command) || !path || (command === 'compile') !== !!out) throw new Stop(USAGE);
  const document = await json(path);
  const texts = {};
  for (const [lang, value] of Object.entries(document?.texts || {})) {
    texts[lang] = typeof value === 'string' && !value.startsWith('https:') ? await json(join(dirname(path), value)) : value;
  }
  const { compile } = await load(await readFile(fileURLToPath(new URL('./compile.wasm', import.meta.url))));
  const { plan, faults } = compile(document?.texts ? { ...document, texts } : document);
  for (const { code, path: place, says, refuses } of faults) {
    console.error(`${refuses ? 'error' : 'warning'}  ${place || '(document)'} ${says}  [${code}]`);
  }
  if (!plan) throw new Stop(`${path} is refused`);
  if (command === 'check') return console.log(`${path} is in order`);

  const name = basename(out, '.js');
  const folder = join(dirname(resolve(out)), name);
  await mkdir(folder, { recursive: true });
  const { language, controller } = document;
  const first = {};
  for (const [key, { title, short }] of Object.entries(texts[language].purposes)) first[key] = { title, short };
  const brief = { ...(texts[language].banner && { banner: texts[language].banner }), purposes: first };
  const others = Object.keys(texts).filter((lang) => lang !== language);
  const file = (lang) => `()=>import(${quote(`./${name}/${lang}.js`)})`;
  for (const [lang, value] of Object.entries(texts)) {
    const { $schema, ...rest } = value;
    await writeFile(join(folder, `${lang}.js`), `export default ${quote(rest)};\n`);
  }
  const { texts: _, $schema, ...rest } = document;
  await writeFile(join(folder, 'document.js'), `export default ${quote(rest)};\n`);
  await writeFile(
    out,
    `export default {plan:${quote(plan)},name:${quote(controller.name)},language:${quote(language)},` +
      `texts:{${quote(language)}:${quote(brief)},${others.map((lang) => `${quote(lang)}:${file(lang)}`)}},` +
      `full:{${quote(language)}:${file(language)}},document:${file('document')}};\n`,
  );
};

run(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof Stop ? error.message : error);
  process.exitCode = 1;
});
