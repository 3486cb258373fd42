// The part of a service worker that hands on what a page has opened: a script of its own, or imported by the site's. It keeps
// nothing: whom to ask stands in the address, so that a worker that was ended meanwhile goes on where it was.

import { freed } from '../vault/freed.js';

const AREA = `${registration.scope}mixus-sealed/`;
/** How often it is looked whether the page is still there, in milliseconds. */
const LOOK = 2_000;

/** Asks a page for one of its files, and answers what it says. `event` lasts as long as that does. */
const handed = async (event, id, token) => {
  const { method, headers } = event.request;
  const page = await clients.get(id);
  if (!page) return new Response(null, { status: 404 });
  const { port1: port, port2: other } = new MessageChannel();
  let next;
  let over;
  let watch;
  event.waitUntil(new Promise((resolve) => (over = resolve)));
  const end = () => {
    clearInterval(watch);
    port.close();
    over();
  };
  /** What the page says next. */
  const heard = () => new Promise((resolve) => (next = resolve));
  port.onmessage = ({ data }) => next(data);
  watch = setInterval(async () => (await clients.get(id)) || next({ failed: 'gone' }), LOOK);
  const first = heard();
  page.postMessage({ mixus: 'sealed', token, method, range: headers.get('range') }, [other]);
  const { status, headers: said, failed } = await first;
  if (failed || !status) {
    end();
    return new Response(null, { status: 404 });
  }
  let last;
  const pull = async (controller) => {
    // Whoever reads has copied what it got before it asks for more (Fetch Standard, "read-loop").
    if (last) freed([last.buffer]);
    const told = heard();
    port.postMessage('more');
    const bytes = await told;
    if (bytes?.byteLength >= 0) return controller.enqueue((last = bytes));
    end();
    // What is not whole must not look as if it were.
    return bytes ? controller.error(new TypeError(bytes.failed)) : controller.close();
  };
  const cancel = () => {
    port.postMessage('end');
    end();
  };
  const isEmpty = said['Content-Length'] === '0' || status >= 400 || method === 'HEAD';
  if (isEmpty) cancel();
  return new Response(isEmpty ? null : new ReadableStream({ pull, cancel }, { highWaterMark: 0 }), { status, headers: said });
};

addEventListener('fetch', (event) => {
  const { url } = event.request;
  if (!url.startsWith(AREA)) return;
  const [id, token] = url.slice(AREA.length).split(/[/?#]/);
  event.respondWith(handed(event, id, token));
});

addEventListener('message', (event) => {
  const { data, source, ports } = event;
  if (data?.mixus !== 'hello') return;
  const hello = async () => {
    // Pages that were there before it have no worker yet.
    if (data.claim) await clients.claim();
    ports[0].postMessage(`${AREA}${source.id}/`);
  };
  event.waitUntil(hello());
});
