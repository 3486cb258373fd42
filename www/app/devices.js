// The account, and the second device: the same site under another name, so that the browser keeps both apart.

import { by, demo, forget, t } from './page.js';
import { account, records, signIn, signOut } from './records.js';

/** The demo has one person. Each page that signs her in first gives her account a name of its own. */
const fresh = () => `ada-${demo.page}-${Date.now().toString(36)}`;

const frame = () => by('frame');
let name = '';

const show = () => {
  by('sign').textContent = name ? t.site.signOut : t.site.signIn;
  by('both').textContent = name ? t.second.out : t.second.in;
  by('both-said').textContent = name ? t.second.try : '';
};

/** Says to the second device who is signed in. It asks by itself once it has loaded. */
const tell = () => frame().contentWindow?.postMessage({ signIn: name }, demo.other);

const turn = async () => {
  const buttons = [by('sign'), by('both')];
  for (const it of buttons) it.disabled = true;
  try {
    const next = name ? '' : fresh();
    await (next ? signIn(next) : signOut());
    name = next;
    tell();
  } catch (error) {
    console.error(error);
  } finally {
    for (const it of buttons) it.disabled = false;
    show();
  }
};

/** Takes the second device out, the first time that somebody looks. */
export const takeOut = () => {
  if (!frame().src) frame().src = `${demo.other}/second?${new URLSearchParams(new FormData(by('as')))}`;
};

/** How long the second device may take to forget, in milliseconds. */
const PATIENCE = 2000;

/** Both devices start again: nobody has been here. */
export const forgetBoth = async () => {
  if (frame().src) {
    const gone = new Promise((resolve) => addEventListener('message', ({ origin, data }) => origin === demo.other && data.forgotten && resolve()));
    frame().contentWindow.postMessage({ again: true }, demo.other);
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  }
  await forget();
};

export const devices = async () => {
  if (!(await records())) return;
  name = await account();
  by('sign').disabled = false;
  show();
  for (const id of ['sign', 'both']) by(id).addEventListener('click', turn);
  addEventListener('message', ({ origin, data }) => {
    if (origin === demo.other && 'account' in Object(data) && data.account !== name) tell();
  });
};
