// The page of the second device: small, and told by the first one when somebody signs in.

import { decision, explain, on } from '/pkg/index.js';

import { begin, by, demo, el, forget, t } from './page.js';
import { account, records, signIn, signOut } from './records.js';

const show = () => {
  const { purposes } = decision();
  const optional = Object.keys(purposes).filter((key) => explain(key).rule !== 'essential');
  by('states').replaceChildren(
    ...optional.map((key) => el('li', { 'data-key': key }, t.purposes[key].title, el('em', { class: 'state', 'data-state': purposes[key] ? 'ran' : 'held' }, purposes[key] ? t.second.on : t.second.off))),
  );
};

const who = async () => {
  const name = await account();
  by('who').textContent = name ? t.second.somebody : t.second.nobody;
  by('who').dataset.account = name;
  parent.postMessage({ account: name }, demo.other);
};

for (const name of ['ready', 'change']) on(name, show);
await begin();
await records();
await who();
addEventListener('message', async ({ origin, data }) => {
  if (origin !== demo.other) return;
  // A browser says so when its network is back.
  if (data.online) dispatchEvent(new Event('online'));
  if (data.again) {
    await forget();
    parent.postMessage({ forgotten: true }, demo.other);
  }
  if (typeof data.signIn !== 'string') return;
  await (data.signIn ? signIn(data.signIn) : signOut());
  await who();
});
