#!/usr/bin/env node
// The command line: checks a policy document, compiles it for production, and brings pages and
// servers into step with it.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Stop, compileFile, planOf } from './document.js';

const USAGE = `Usage:
  mixus-privacy check <policy.json>
  mixus-privacy compile <policy.json> --out <policy.js>
  mixus-privacy rewrite <page.html>… [--policy <policy.json>] [--site <https://…>] [--allow <host>]…
                        [--guard <folder>] [--dry-run]
  mixus-privacy header [--policy <policy.json>] [--allow <host>]… [--nginx]

check    Names every fault of a policy document, each with its place.
compile  Checks it, and writes what a page loads: <policy.js> with the plan and the first
         layer's texts, and a folder of the same name beside it with the rest.
rewrite  Turns vendors' snippets in pages into tags that wait for consent, in place, and lists
         them. With --guard, the guard comes first in pages that have none.
header   Prints the Content-Security-Policy for visitors who have not decided; with --nginx, a
         file to include that reads each visitor's decision from the cookie.`;

const quote = (value) => JSON.stringify(value);

const compile = async (path, out, check) => {
  const { document, texts, plan, faults } = await compileFile(path);
  for (const line of faults) console.error(line);
  if (!plan) throw new Stop(`${path} is refused`);
  if (check) return console.log(`${path} is in order`);

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
    await writeFile(join(folder, `${lang}.js`), `export default ${quote(value)};\n`);
  }
  const { texts: _, ...rest } = document;
  await writeFile(join(folder, 'document.js'), `export default ${quote(rest)};\n`);
  await writeFile(
    out,
    `export default {plan:${quote(plan)},name:${quote(controller.name)},language:${quote(language)},` +
      `texts:{${quote(language)}:${quote(brief)},${others.map((lang) => `${quote(lang)}:${file(lang)}`)}},` +
      `full:{${quote(language)}:${file(language)}},document:${file('document')}};\n`,
  );
};

const OPTIONS = {
  out: { type: 'string' },
  policy: { type: 'string' },
  site: { type: 'string' },
  allow: { type: 'string', multiple: true, default: [] },
  guard: { type: 'string' },
  'dry-run': { type: 'boolean' },
  nginx: { type: 'boolean' },
};

/** Which command takes how many paths, and what else. */
const COMMANDS = {
  check: [1, 1],
  compile: [1, 1, 'out'],
  rewrite: [1, Infinity, 'policy', 'site', 'allow', 'guard', 'dry-run'],
  header: [0, 0, 'policy', 'allow', 'nginx'],
};

const read = (given) => {
  try {
    const { values, positionals } = parseArgs({ args: given, options: OPTIONS, allowPositionals: true });
    const [command, ...paths] = positionals;
    const [least, most, ...known] = COMMANDS[command];
    const named = Object.keys(values).filter((name) => name !== 'allow' || values.allow[0]);
    if (paths.length < least || paths.length > most || !named.every((name) => known.includes(name))) throw 0;
    if (command === 'compile' && !values.out) throw 0;
    return { command, paths, values };
  } catch {
    throw new Stop(USAGE);
  }
};

/** The plan of a document, or of the default policy. */
const chosen = async (path) => (path ? planOf(path) : (await import('./policy.js')).default.plan);

const pages = async (paths, { policy, site = 'https://site.invalid/', allow, guard, 'dry-run': dry }) => {
  const { rewrite } = await import('./server.js');
  const plan = await chosen(policy);
  const at = guard?.replace(/\/?$/, '/');
  const head = at
    ? `<script src="${at}guard.js" data-version="${plan.split('|')[1]}"></script><script src="${at}guard-strict.js" data-allow="${allow.join(' ')}"></script>`
    : '';
  for (const path of paths) {
    const before = await readFile(path, 'utf8').catch(() => {
      throw new Stop(`${path} cannot be read`);
    });
    let result;
    try {
      result = rewrite(before, { policy: { plan }, page: new URL(site).href, allow, head });
    } catch (error) {
      throw new Stop(`${path}: ${error.message ?? error}`);
    }
    for (const { tag, url, service } of result.held) console.log(`${path}: <${tag}> ${url} waits for ${service || 'everything, for no service has it'}`);
    if (!dry && result.html !== before) await writeFile(path, result.html);
  }
};

const header = async ({ policy, allow, nginx }) => {
  const server = await import('./server.js');
  const visitor = { policy: { plan: await chosen(policy) }, allow };
  console.log(nginx ? server.nginx(visitor).trimEnd() : server.headers(visitor)[0][1]);
};

const run = ({ command, paths, values }) => {
  if (command === 'rewrite') return pages(paths, values);
  if (command === 'header') return header(values);
  return compile(paths[0], values.out, command === 'check');
};

Promise.resolve(process.argv.slice(2))
  .then(read)
  .then(run)
  .catch((error) => {
    console.error(error instanceof Stop ? error.message : error);
    process.exitCode = 1;
  });
