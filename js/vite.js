// A plugin for Vite: the guard first in every page, and vendors' snippets in it held.

import { readFile } from 'node:fs/promises';
import { planOf } from './document.js';
import standard from './policy.js';
import { rewrite } from './server.js';

const FILES = ['guard.js', 'guard-strict.js', 'guard-release.js', 'guard-worker.js'];
const read = (name) => readFile(new URL(`./${name}`, import.meta.url));
const quote = (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

export default ({ policy, allow = [], site = 'https://site.invalid/', mode = 'strict', folder = 'privacy' } = {}) => {
  let config;
  let plan = standard.plan;
  return {
    name: 'mixus-privacy',
    configResolved(resolved) {
      config = resolved;
    },
    async buildStart() {
      if (typeof policy === 'string') plan = await planOf(policy);
      else if (policy) plan = policy.plan;
      if (config.command !== 'build') return;
      for (const name of FILES) this.emitFile({ type: 'asset', fileName: `${folder}/${name}`, source: await read(name) });
    },
    configureServer({ middlewares }) {
      middlewares.use((request, response, next) => {
        const name = FILES.find((it) => request.url.split('?')[0] === `${config.base}${folder}/${it}`);
        if (!name) return next();
        response.setHeader('Content-Type', 'text/javascript');
        read(name).then((source) => response.end(source), next);
      });
    },
    transformIndexHtml: {
      order: 'post',
      handler(html, { path }) {
        const at = `${config.base}${folder}/`;
        const version = plan.split('|')[1];
        const strict = mode === 'marked' ? '' : `<script src="${at}guard-strict.js" data-mode="${mode}" data-allow="${quote([].concat(allow).join(' '))}"></script>`;
        const head = `<script src="${at}guard.js" data-version="${quote(version)}"></script>${strict}`;
        const { html: out, held } = rewrite(html, { policy: { plan }, page: new URL(path, site).href, allow, head });
        for (const { tag, url, service } of held) config.logger.info(`mixus-privacy: <${tag}> ${url} waits for ${service || 'everything, for no service has it'}`);
        return out;
      },
    },
  };
};
