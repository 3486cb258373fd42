// What people do, and what befalls devices, tabs and the server. Each act has three numbers from 0 to below 1 of its
// own, by which it chooses among what there is when its time has come.

import { PURPOSES } from './package.js';
import { apart } from './plan.js';
import { Random } from './random.js';

const pick = (list, share) => list[Math.floor(share * list.length)];

/** A person is at work. */
const click = { isTrusted: true };

/** A call of a person or a page; that it is refused is told, and is no fault. */
const ask = (tab, what, work) =>
  tab.later(0, what, () =>
    tab.run(() => {
      Promise.resolve(work()).catch((error) => tab.device.told(tab, 'not done', error));
    }),
  );

/** Goes to a tab, and does something there a moment later, as a person does. */
const inTab = (device, act, what, work) => {
  if (device.asleep) device.wake();
  const tab = pick(device.alive.filter((it) => it.started && !it.put), act.a);
  if (!tab) return;
  tab.thaw();
  device.show(tab);
  tab.later(200 + act.b * 1000, 'a person comes', () => ask(tab, what, () => work(tab.privacy, tab)));
};

const some = (act) => {
  const random = new Random(Math.floor(act.c * 2 ** 32), 'picks');
  const picks = {};
  for (const key of PURPOSES) if (random.chance(0.5)) picks[key] = random.chance(0.5);
  return picks;
};

/** Presses a button of the banner or of the control. */
const press = (tab, act) => {
  const buttons = [...tab.document.body.all()].filter((it) => it.localName === 'button');
  const actions = buttons.filter((it) => it.parent.className === 'actions');
  const dialog = [...tab.document.body.all()].find((it) => it.oncancel);
  if (dialog && act.c < 0.2) return dialog.oncancel(click);
  // The last of the banner's opens the panel, as the first of the control does.
  const [reject, accept] = actions;
  const button = actions.length ? (act.c < 0.6 ? reject : accept) : buttons[1];
  return button?.onclick(click);
};

export const ACTS = {
  accept: (world, device, act) => inTab(device, act, 'accepts all', (privacy) => privacy.acceptAll(click)),
  reject: (world, device, act) => inTab(device, act, 'rejects all', (privacy) => privacy.rejectAll()),
  custom: (world, device, act) => inTab(device, act, 'chooses', (privacy) => privacy.set(some(act), click)),
  withdraw: (world, device, act) => inTab(device, act, 'withdraws', (privacy) => privacy.withdraw(pick(PURPOSES, act.c))),
  banner: (world, device, act) => inTab(device, act, 'presses', (_, tab) => press(tab, act)),

  /** Several tabs at once: a script, or a person with more hands than usual. */
  together: (world, device, act) => {
    const tabs = device.alive.filter((it) => it.started && !it.frozen).slice(0, 2 + Math.floor(act.a * 3));
    tabs.forEach((tab, at) => {
      const accepts = act.b < 0.5 && at === 0;
      ask(tab, accepts ? 'accepts all' : 'rejects all', () => (accepts ? tab.privacy.acceptAll(click) : tab.privacy.rejectAll()));
    });
  },

  open: (world, device) => {
    if (device.asleep) device.wake();
    if (device.alive.length < 4) device.open();
  },
  close: (world, device, act) => {
    const tab = pick(device.alive, act.a);
    if (!tab) return;
    tab.show(false);
    tab.later(0.5, 'closes', () => {
      tab.window.dispatchEvent({ type: 'pagehide', persisted: false });
      world.after(act.b * 3, 'a tab goes', undefined, () => device.end(tab, 'closed'));
    });
  },
  reload: (world, device, act) => {
    const tab = pick(device.alive, act.a);
    if (!tab) return;
    device.end(tab, 'left');
    device.open();
  },
  look: (world, device, act) => {
    const tab = pick(device.alive, act.a);
    if (tab) device.show(tab);
  },

  /** Ends at the next effect, or some later. */
  kill: (world, device, act) => {
    const tab = pick(device.alive, act.a);
    if (tab) tab.left = Math.floor(act.b * act.b * 60);
  },
  freeze: (world, device, act) => {
    const tab = pick(device.alive.filter((it) => it.hidden), act.a);
    if (tab) tab.freeze();
  },
  thaw: (world, device) => device.asleep || device.alive.forEach((it) => it.put || it.thaw()),
  /** To another page, and back to this one as it was (the back-forward cache), if the browser still has it. */
  away: (world, device, act) => {
    const tab = pick(device.alive.filter((it) => it.started && !it.frozen), act.a);
    if (!tab) return;
    tab.put = true;
    tab.show(false);
    tab.later(0.5, 'is left', () => tab.window.dispatchEvent({ type: 'pagehide', persisted: true }));
    world.after(2, 'is put aside', undefined, () => (tab.frozen = true));
    world.after(act.b * 120_000, 'comes back', undefined, () => {
      tab.put = false;
      if (tab.dead || act.c < 0.3) return device.end(tab, 'is not kept');
      tab.thaw();
      device.show(tab);
      return tab.later(1, 'is back', () => tab.window.dispatchEvent({ type: 'pageshow', persisted: true }));
    });
  },

  clock: (world, device, act) => {
    device.apart = apart(new Random(Math.floor(act.a * 2 ** 32), 'clock'));
    world.note(`${device.name} clock ${Math.round(device.apart / 1000)} s apart`);
  },
  offline: (world, device) => (device.offline = true),
  online: (world, device) => {
    if (!device.offline) return;
    device.offline = false;
    for (const tab of device.alive) tab.later(5, 'online', () => tab.window.dispatchEvent({ type: 'online' }));
  },

  /** Everybody goes to bed; some devices sleep on. */
  night: (world, device, act) => {
    for (const it of world.devices) it.sleep();
    world.after(act.a * act.a * 60 * 3_600_000, 'morning', undefined, () => {
      for (const it of world.devices) if (it !== device) it.wake();
      world.after(act.b * 600_000, 'later', undefined, () => device.wake());
    });
  },

  full: (world, device) => (device.full = device.wasFull = true),
  free: (world, device) => (device.full = false),
  evict: (world, device, act) => device.evict(act.a < 0.7),
  crash: (world, device, act) => {
    device.crash(act.a * 8);
    device.asleep = false;
    device.open();
  },

  signIn: (world, device, act) => {
    device.signedIn = act.c < 0.7 ? 'alice' : 'bob';
    inTab(device, act, 'signs in', (_, tab) => link(world, tab));
  },
  signOut: (world, device, act) => {
    device.signedIn = undefined;
    inTab(device, act, 'signs out', (_, tab) => tab.records?.unlink());
  },

  serverCrash: (world, device, act) => world.server.crash(act.a * act.a * 30_000),
  backup: (world) => world.server.backup(),
  restore: (world, device, act) => world.server.restore(Math.floor(act.a * 100)),

  /** The whole profile, as a backup or a new computer would have it. */
  copy: () => {},
  forge: (world, device, act) => forge(world, act),
};

/** What the site does for a person who has signed in there. */
export const link = async (world, tab) => {
  const { records, device } = tab;
  if (!records || device.offline || !device.signedIn) return;
  const { signedIn } = device;
  const sub = await records.subject();
  await records.link(world.server.token(signedIn, sub, 600));
};

/** Somebody sends what was not signed: nothing of it may be taken. */
const forge = (world, act) => {
  // What never left a browser nobody can send.
  const texts = [...world.ghost.places.keys()];
  const text = pick(texts, act.a);
  if (!text) return;
  const forged = act.b < 0.5 ? text.replace(/:0([,}])/, ':1$1') : text.replace(/"seen":\d+/, '"seen":999');
  const body = act.c < 0.5 ? forged : `${forged}\n${text}`;
  if (forged !== text) world.forged.add(forged);
  world.server.handle({ method: 'POST', path: '/v1/events', headers: {}, body }, () => {});
};

/** Lets the acts of a plan happen. */
export const schedule = (world, acts) => {
  for (const act of acts) {
    world.after(act.at, `${act.kind} ${world.devices[act.device].name}`, undefined, () => ACTS[act.kind](world, world.devices[act.device], act));
  }
};
