// For servers in Node.js: what a browser may ask, told before any script can run, and cookies that
// no script sees, ended after a withdrawal.

import { readFileSync } from 'node:fs';
import * as glue from 'glue-server';
import standard from './policy.js';

const bytes = readFileSync(new URL('./server.wasm', import.meta.url));
glue.bind(new WebAssembly.Instance(new WebAssembly.Module(bytes), { a: glue.imports }).exports);

const words = (list = []) => [].concat(list).join(' ');
const now = () => Math.floor(Date.now() / 1000);

/** Calls a function of the module for one request, whose memory is given back. */
const asking = (call, plan, { region = '', cookies = '', gpc = false } = {}, ...rest) => {
  const request = new glue.Request(plan, region, cookies, gpc, now());
  try {
    const answer = call(request, ...rest);
    if (answer === undefined) throw Object.assign(new Error('policy/plan'), { code: 'policy/plan' });
    return answer;
  } finally {
    request.free();
  }
};

/** The headers for one visitor, as pairs. */
export const headers = ({ policy = standard, allow, ...visitor }) => {
  const list = asking(glue.headers, policy.plan, visitor, words(allow));
  return list.flatMap((name, at) => (at % 2 ? [] : [[name, list[at + 1]]]));
};

/** The same as a file for nginx. */
export const nginx = ({ policy = standard, allow } = {}) => asking(glue.nginx, policy.plan, {}, words(allow));

/** The value for a `<meta http-equiv="Content-Security-Policy">` that stands first in `<head>`. */
export const meta = (visitor) => {
  const [[, value]] = headers(visitor);
  return `<meta http-equiv="Content-Security-Policy" content="${value}">`;
};

/** The `Set-Cookie` lines that end the cookies of what a visitor does not allow. */
export const expire = async ({ policy = standard, host = '', ...visitor }) => {
  const { services } = (await policy.document()).default;
  const stores = services.map(({ key, cookies = [] }) => `${key}|${cookies.map(({ name }) => name).join(' ')}`);
  return asking(glue.expire, policy.plan, visitor, stores.join('\n'), host);
};

/** Markup in which nothing of a vendor loads by itself, and what is held in it. */
export const rewrite = (html, { policy = standard, page = 'https://site.invalid/', allow, head = '' } = {}) => {
  const [out, ...rest] = glue.rewrite(policy.plan, html, page, words(allow), head);
  const held = [];
  for (let at = 0; at < rest.length; at += 3) held.push({ tag: rest[at], url: rest[at + 1], service: rest[at + 2] || undefined });
  return { html: out, held };
};

/**
 * A handler for `node:http`, Connect and Express: it sets the headers, and answers the end point
 * that the page calls after a withdrawal.
 */
export const privacy = ({ policy = standard, region = '', allow, erase = '/privacy/erase', header = true } = {}) => {
  const visitor = (request) => ({
    policy,
    region: typeof region === 'function' ? region(request) : region,
    cookies: request.headers.cookie,
    gpc: request.headers['sec-gpc'] === '1',
  });
  // A policy that cannot be read is a fault of the site, which should not wait for its first visitor.
  headers({ policy, allow });
  return (request, response, next) => {
    const path = (request.originalUrl || request.url).split('?')[0];
    if (path === erase) {
      // Only the site's own pages: another site's could not read the answer, but it would act.
      const from = request.headers['sec-fetch-site'];
      if (request.method !== 'POST' || (from && from !== 'same-origin')) {
        response.statusCode = request.method === 'POST' ? 403 : 405;
        return response.end();
      }
      expire({ ...visitor(request), host: request.headers.host })
        .then((lines) => {
          response.statusCode = 204;
          if (lines.length) response.setHeader('Set-Cookie', lines);
          response.setHeader('Clear-Site-Data', '"cache"');
          response.setHeader('Cache-Control', 'no-store');
          response.end();
        })
        .catch(() => {
          response.statusCode = 500;
          response.end();
        });
      return;
    }
    if (header) {
      for (const [name, value] of headers({ ...visitor(request), allow })) {
        // A site's own stand beside ours: browsers keep to every policy that they are sent.
        const before = response.getHeader(name);
        response.setHeader(name, before === undefined ? value : name === 'Vary' ? `${before}, ${value}` : [].concat(before, value));
      }
    }
    next?.();
  };
};
