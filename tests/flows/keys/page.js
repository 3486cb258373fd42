// What a page does with keys, for the flows of `keys/mod.rs`.

import * as keys from '/pkg/keys.js';
import { open, seal } from '/pkg/vault.js';

export { keys };

/** What a promise rejects with. */
export const fault = (promise) => promise.then((it) => `nothing: ${it}`, ({ code, path, name, message }) => [code ?? `${name} ${message}`, path].join(' ').trim());

const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
export const bytes = (text) => Uint8Array.from(atob(text), (it) => it.charCodeAt(0));

/** What a site's server keeps, in this page: `kept` is every `[wrapped, replaces]`. */
export const shelf = () => {
  const kept = [];
  const keep = async (wrapped, { replaces }) => {
    kept.push([base64(wrapped), replaces ?? null]);
  };
  return { kept, keep, last: () => bytes(kept.at(-1)[0]) };
};

const digest = async (text) => base64(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes(text)))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

/** A file for some, as text. */
export const sealed = async (text, to) => base64(new Uint8Array(await (await (await seal(new File([text], 'a.txt'), { to })).blob()).arrayBuffer()));
/** What is in one, by the keys of this browser. */
export const opened = async (text, by) => (await (await open(new Blob([bytes(text)]), by ?? { keys: await keys.own() })).blob()).text();

const ids = ({ keys: all }) => all.map(({ id }) => id);

/** A pair that is wrapped; what is sealed for it. */
export const begin = async () => {
  const code = keys.recoveryCode();
  const it = shelf();
  const status = await keys.make({ by: [{ code }, { passphrase: 'eine lange Straße' }], keep: it.keep });
  const to = await keys.recipients({}, { me: true });
  return { code, status: { ...status, keys: ids(status) }, kept: it.kept, file: await sealed('a secret', to), to: to.map(({ id }) => id) };
};

/** Makes a pair when any tab says so, and counts how often one is kept, in all of them. */
export const stand = async () => {
  const channel = new BroadcastChannel('go');
  const keep = () => {
    localStorage.count = +(localStorage.count || 0) + 1;
  };
  const go = async () => {
    const { keys: [{ id }] } = await keys.make({ by: [{ code: keys.recoveryCode() }], keep });
    window.made = id;
  };
  channel.onmessage = go;
  window.go = () => {
    channel.postMessage(1);
    return go();
  };
};

/** Secrets whose first byte is zero, which WebKitGTK does not take: made, kept, and brought back. */
export const zeros = async () => {
  const { getRandomValues } = Crypto.prototype;
  let count = 0;
  crypto.getRandomValues = (array) => {
    getRandomValues.call(crypto, array);
    if (array.length === 32) [array[0], count] = [0, count + 1];
    return array;
  };
  const it = shelf();
  const code = keys.recoveryCode();
  await keys.make({ by: [{ code }], keep: it.keep });
  const file = await sealed('a secret', await keys.recipients({}, { me: true }));
  const said = [count > 2, await opened(file)];
  await keys.forget();
  await keys.restore(it.last(), { code });
  return [...said, await opened(file)];
};

/** Nothing takes the private half out of the browser. */
export const exported = async () => {
  const [{ key }] = await keys.own();
  const said = [`${key.extractable} ${key.usages}`];
  for (const format of ['pkcs8', 'jwk', 'raw']) said.push(await crypto.subtle.exportKey(format, key).then(() => 'exported', () => 'refused'));
  return said;
};

/** In another browser: what does not open, and what does. */
export const elsewhere = async ({ code, kept, file, by }) => {
  const wrapped = bytes(kept.at(-1)[0]);
  const last = code.at(-1);
  const mistyped = code.slice(0, -1) + (last === '0' ? '1' : '0');
  const said = [];
  for (const wrong of [{ code: keys.recoveryCode() }, { code: mistyped }, { passphrase: 'eine kurze Straße' }]) said.push(await fault(keys.restore(wrapped, wrong)));
  said.push((await keys.status()).kept);
  said.push(await fault(keys.restore(wrapped.slice(0, -1), { code })), await fault(keys.restore(new Uint8Array(5), { code })));
  const right = by === 'code' ? { code: ` ${code.toLowerCase().replaceAll('-', ' ')}` } : { passphrase: 'eine lange Straße'.normalize('NFD') };
  const { kept: where, wrappers, loss, closed } = await keys.restore(wrapped, right);
  said.push([where, wrappers.join(), loss.length, closed].join(' '), await opened(file));
  return said;
};

/** Two keys, one after the other. */
export const rotated = async () => {
  const code = keys.recoveryCode();
  const it = shelf();
  const one = await keys.make({ by: [{ code }], keep: it.keep });
  const before = await sealed('old', await keys.recipients({}, { me: true }));
  const two = await keys.rotate({ keep: it.keep });
  const to = await keys.recipients({}, { me: true });
  const after = await sealed('new', to);
  const texts = [await opened(before), await opened(after)];
  const follows = [it.kept[0][1] === null, it.kept[1][1] === (await digest(it.kept[0][0])), it.kept.length];
  // The older key by itself does not open what is sealed for the new one.
  const [, older] = await keys.own();
  const closed = await fault(opened(after, { keys: [older] }));
  const order = [two.keys[0].id === to[0].id, two.keys[1].id === one.keys[0].id, two.loss.length];
  await keys.forget();
  const gone = (await keys.status()).kept;
  const back = await keys.restore(it.last(), { code });
  const same = back.keys.map(({ id }) => id).join() === two.keys.map(({ id }) => id).join();
  return { texts, follows, closed, order, gone, same, again: [await opened(before), await opened(after)] };
};

/** The private half of the safe does not stay: what is in the browser opens no key. */
export const shut = async () => {
  const it = shelf();
  await keys.make({ by: [{ code: keys.recoveryCode() }], keep: it.keep });
  return fault(opened(it.kept[0][0]));
};

/** What would be lost is said before. */
export const losses = async () => {
  const said = [];
  const one = await keys.make();
  said.push(one.kept, one.wrappers.length, one.loss.length, (await keys.wrapped()).length);
  said.push((await fault(keys.recipients({}, { me: true }))).replace(`${one.loss}`, 'it'));
  said.push((await keys.recipients({}, { me: true, loss: 'accepted' })).length);
  said.push((await fault(keys.forget())).replace(`${one.loss}`, 'it'));
  const it = shelf();
  const two = await keys.rotate({ by: [{ code: keys.recoveryCode() }], keep: it.keep });
  said.push(two.kept, two.wrappers.join(), two.loss.join() === one.loss.join(), two.keys.length);
  said.push((await keys.recipients({}, { me: true })).length);
  await keys.forget({ lose: two.loss });
  said.push((await keys.status()).kept, await fault(keys.recipients({}, { me: true })));
  return said;
};

/** A key is not in use before it stands elsewhere, and not by a passkey alone. */
export const refused = async () => {
  const said = [];
  const code = keys.recoveryCode();
  const down = () => Promise.reject(new TypeError('down'));
  said.push(await fault(keys.make({ by: [{ code }], keep: down })), (await keys.status()).kept);
  for (const by of [[], [{}], [{ code: 'ABC' }], [{ passkey: {} }], 'by']) said.push(await fault(keys.make({ by, keep: () => {} })));
  said.push(await fault(keys.make({ by: [{ code }] })), await fault(keys.restore(new Uint8Array(0), {})), (await keys.status()).kept);
  const it = shelf();
  const one = await keys.make({ by: [{ code }], keep: it.keep });
  said.push(await fault(keys.rotate({ keep: down })), (await keys.status()).keys[0].id === one.keys[0].id);
  return said;
};

/** Another code, and a passphrase beside it. */
export const changed = async () => {
  const it = shelf();
  const [one, two] = [{ code: keys.recoveryCode() }, { code: keys.recoveryCode() }];
  const passphrase = { passphrase: 'eine lange Straße' };
  await keys.make({ by: [one], keep: it.keep });
  await keys.rotate({ keep: it.keep });
  const file = await sealed('a secret', await keys.recipients({}, { me: true }));
  const said = [await fault(keys.rewrap(two, { by: [one], keep: it.keep })), it.kept.length];
  const { wrappers } = await keys.rewrap(one, { by: [two, passphrase], keep: it.keep });
  said.push(wrappers.join(), it.kept.length, it.kept[2][1] === (await digest(it.kept[1][0])));
  await keys.forget();
  said.push(await fault(keys.restore(it.last(), one)), (await keys.restore(it.last(), passphrase)).wrappers.join(), await opened(file));
  // It is the safe still: what comes later is in it.
  await keys.rotate({ keep: it.keep });
  await keys.forget();
  said.push((await keys.restore(it.last(), two)).keys.length);
  return said;
};

/** A browser that has a pair of its own gets another back: nothing is lost of either. */
export const merged = async () => {
  const [here, there] = [shelf(), shelf()];
  const [ours, theirs] = [{ code: keys.recoveryCode() }, { code: keys.recoveryCode() }];
  await keys.make({ by: [theirs], keep: there.keep });
  const [to, file] = [await keys.recipients({}, { me: true }), await sealed('there', await keys.recipients({}, { me: true }))];
  await keys.forget();
  await keys.make({ by: [ours], keep: here.keep });
  const own = await sealed('here', await keys.recipients({}, { me: true }));
  const status = await keys.restore(there.last(), theirs);
  const said = [status.keys.length, status.loss.length, status.keys[0].id === to[0].id, await opened(file), await opened(own)];
  await keys.rotate({ keep: here.keep });
  await keys.forget();
  const back = await keys.restore(here.last(), theirs);
  return [...said, back.keys.length, back.closed, (await keys.restore(here.last(), ours)).keys.length];
};

/** Every mistake of one character, and every two that have changed places. */
export const codes = async () => {
  const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
  let missed = 0;
  let tried = 0;
  for (let round = 0; round < 8; round += 1) {
    const code = keys.recoveryCode();
    if (!/^([0-9A-HJKMNP-TV-Z]{6}-){8}[0-9A-HJKMNP-TV-Z]{6}$/.test(code) || !keys.isRecoveryCode(code)) return code;
    const plain = [...code.replaceAll('-', '')];
    const look = (other) => {
      tried += 1;
      missed += keys.isRecoveryCode(other.join(''));
    };
    for (let at = 0; at < plain.length; at += 1) {
      for (const it of alphabet) if (it !== plain[at]) look(plain.with(at, it));
      for (let to = at + 1; to < plain.length; to += 1) if (plain[at] !== plain[to]) look(plain.with(at, plain[to]).with(to, plain[at]));
      look(plain.toSpliced(at, 1));
      look(plain.toSpliced(at, 0, '7'));
    }
    const spelled = code.toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l').replaceAll('-', ' – ');
    if (!keys.isRecoveryCode(spelled)) return spelled;
  }
  const kit = await keys.recoveryKit('A-<B', { title: 'Yours & <mine>', lines: ['<script>'] }).text();
  return [missed, tried > 8 * 3000, kit.includes('<script>'), kit.includes('A-&#60;B'), kit.includes('Yours &#38; &#60;mine&#62;')];
};

/** A passkey beside a code: it opens the safe by itself. */
export const byPasskey = async () => {
  const it = shelf();
  const { id } = await keys.newPasskey({ rp: { name: 'A site' }, user: { id: Uint8Array.of(1, 2, 3), name: 'somebody' } });
  const { wrappers } = await keys.make({ by: [{ passkey: { id } }, { code: keys.recoveryCode() }], keep: it.keep });
  const file = await sealed('a secret', await keys.recipients({}, { me: true }));
  await keys.forget();
  const said = [wrappers.join(), await keys.hasPasskeys()];
  const { id: other } = await keys.newPasskey({ rp: { name: 'A site' }, user: { id: Uint8Array.of(4), name: 'somebody else' } });
  said.push(await fault(keys.restore(it.last(), { passkey: { id: other } })), await fault(keys.restore(it.last(), { passkey: { id: Uint8Array.of(9) } })));
  said.push((await keys.restore(it.last(), { passkey: { id } })).wrappers.join(), await opened(file));
  return said;
};
