// Opened files at addresses of the site. A service worker gets the requests and asks this page, which opens what is wanted: keys stay
// where they are, and an address leads somewhere as long as its page is there.

import { PrivacyError } from '../error.js';
import { answer } from './answer.js';

/** A worker with nothing to do is ended; who is served something says so this often, in milliseconds. */
const STAY = 10_000;
/** How long a worker may take to say that it knows of this, in milliseconds. */
const HELLO = 5_000;
/** As many random bytes name a file. */
const NAME = 18;

const files = new Map();
const under_way = new Set();
let listening;
let worker;
let timer;

const unavailable = (why) => new PrivacyError('download/unavailable', why);

/** Says that something is under way. */
const stay = () => worker?.postMessage({ mixus: 'stay' });
const resting = () => {
  if (under_way.size) timer ||= setInterval(stay, STAY);
  else timer = clearInterval(timer);
};

/** Hands a stream to the worker, as much as it takes. */
const given = (port, stream, { onbytes, onend }) => {
  const reader = stream.getReader();
  const end = (error) => {
    port.onmessage = null;
    under_way.delete(fail);
    resting();
    onend?.(error);
  };
  const fail = (error) => {
    port.postMessage({ failed: error.code || error.name });
    reader.cancel().catch(() => {});
    end(error);
  };
  under_way.add(fail);
  resting();
  port.onmessage = async ({ data }) => {
    if (data === 'end') {
      reader.cancel().catch(() => {});
      return end(new DOMException('ended', 'AbortError'));
    }
    try {
      const { done, value } = await reader.read();
      if (done) {
        port.postMessage(null);
        return end();
      }
      onbytes?.(value.byteLength);
      return port.postMessage(value, [value.buffer]);
    } catch (error) {
      return under_way.has(fail) && fail(error);
    }
  };
};

const asked = ({ data, ports: [port] }) => {
  if (data?.mixus !== 'sealed') return;
  const file = files.get(data.token);
  if (!file) return port.postMessage({});
  const { status, headers, from, to } = answer(file, { ...data, attachment: file.attachment });
  if (file.once && status === 200) files.delete(data.token);
  port.postMessage({ status, headers });
  if (from === to) return file.onend?.();
  given(port, file.opened.slice(from, to, { signal: file.signal }), file);
};

const listen = () => {
  if (listening) return;
  listening = true;
  navigator.serviceWorker.addEventListener('message', asked);
  navigator.serviceWorker.startMessages();
  // What is under way ends as a failure, and not in silence.
  addEventListener('pagehide', () => under_way.forEach((fail) => fail(new DOMException('gone', 'AbortError'))));
};

/** The worker of a registration, once it works. */
const active = (registration) =>
  new Promise((resolve, reject) => {
    const it = registration.active || registration.waiting || registration.installing;
    const look = () => {
      if (it.state === 'activated') resolve(it);
      if (it.state === 'redundant') reject(unavailable('worker'));
    };
    it.addEventListener('statechange', look);
    look();
  });

/** Where this page's files are, as its worker says; `script` is registered for that, if it is named. */
const area = async (script) => {
  const container = navigator.serviceWorker;
  if (!container) throw unavailable('worker');
  const registration = await (script ? container.register(script) : container.getRegistration()).catch(() => undefined);
  if (!registration) throw unavailable('worker');
  if (!location.href.startsWith(registration.scope)) throw unavailable('scope');
  worker = await active(registration);
  listen();
  const { port1, port2 } = new MessageChannel();
  const place = await new Promise((resolve, reject) => {
    port1.onmessage = ({ data }) => resolve(data);
    setTimeout(() => reject(unavailable('worker')), HELLO);
    worker.postMessage({ mixus: 'hello', claim: !!script && !container.controller }, [port2]);
  });
  port1.close();
  return place;
};

/** Whether what this page loads goes through its worker. */
const controlled = async (claimed) => {
  const container = navigator.serviceWorker;
  if (container.controller) return;
  if (!claimed) throw unavailable('controller');
  await new Promise((resolve) => {
    container.addEventListener('controllerchange', resolve, { once: true });
    if (container.controller) resolve();
  });
};

/** Puts a file at an address that nobody can guess. */
export const placed = async (opened, { worker: script, ...file } = {}) => {
  const place = await area(script);
  const token = [...crypto.getRandomValues(new Uint8Array(NAME))].map((it) => it.toString(16).padStart(2, '0')).join('');
  const { name, type, size } = opened;
  files.set(token, { name, type, size, opened, ...file });
  return place + token;
};

/** An address at which this page finds an opened file. */
export const serve = async (opened, options = {}) => {
  const { name = opened.name, type = opened.type, attachment, worker: script } = options;
  const url = await placed(opened, { name, type, attachment, worker: script });
  await controlled(!!script);
  return url;
};

/** Does away with an address. What is under way ends as it would have. */
export const release = (url) => files.delete(`${url}`.split('/').pop());
