// Withdrawal: what services stored in this browser is taken away, and looked for again, so that
// what could not be removed is told.

/** Where strict mode notes who wrote what: `{host: ["area:name", …]}`. */
const WROTE = 'mixus-privacy-wrote';

export const cookies = () => {
  try {
    return document.cookie.split('; ').map((pair) => [pair.split('=')[0], pair.slice(pair.indexOf('=') + 1)]);
  } catch {
    // A frame without an origin of its own has none.
    return [];
  }
};

/** Over every domain and path that a page here could have set it for, and partitioned as well. */
const expire = async (name) => {
  const labels = location.hostname.split('.');
  const domains = ['', ...labels.map((_, at) => labels.slice(at).join('.'))];
  const steps = location.pathname.split('/');
  const folders = steps.flatMap((_, at) => {
    const path = steps.slice(0, at + 1).join('/') || '/';
    return path === '/' ? path : [path, path + '/'];
  });
  for (const domain of domains) {
    for (const path of folders) {
      const where = `;Max-Age=0;Path=${path}${domain && ';Domain=' + domain}`;
      document.cookie = name + '=' + where;
      if (location.protocol === 'https:') document.cookie = `${name}=${where};Secure;SameSite=None;Partitioned`;
    }
  }
};

/** By area: the names that are there, and how one of them goes. */
const AREAS = {
  cookie: [() => cookies().map(([name]) => name), expire],
  local: [() => Object.keys(localStorage), (name) => localStorage.removeItem(name)],
  session: [() => Object.keys(sessionStorage), (name) => sessionStorage.removeItem(name)],
  cache: [() => caches.keys(), (name) => caches.delete(name)],
  indexed: [
    async () => (await indexedDB.databases()).map(({ name }) => name),
    (name) =>
      new Promise((done) => {
        const request = indexedDB.deleteDatabase(name);
        // One that is still open goes when its page does.
        request.onsuccess = request.onerror = request.onblocked = done;
      }),
  ],
};

/** Service workers outlive their page. Strict mode lets nobody register one that it does not know. */
const workers = async (everything, report) => {
  if (!everything || everything()) return;
  const listed = [...document.querySelectorAll('script[data-allow]')].flatMap((el) => el.dataset.allow.split(/[\s,]+/));
  for (const registration of (await navigator.serviceWorker?.getRegistrations()) || []) {
    const { scriptURL: name } = registration.active || registration.waiting || registration.installing || {};
    if (!name || listed.includes(new URL(name).pathname)) continue;
    ((await registration.unregister()) ? report.removed : report.left).push({ area: 'worker', name });
  }
};

const matches = (pattern, name) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern);

/** What a policy says that services store: `[area, pattern]` each. */
const stored = (services) =>
  services.flatMap(({ cookies = [], storage = [] }) => [
    ...cookies.map(({ name }) => ['cookie', name]),
    ...storage.map(({ area, name }) => [area, name]),
  ]);

/** What vendors wrote that may not be here any more, of whom the policy knows nothing. */
const written = (may) => {
  const lost = [];
  try {
    const all = JSON.parse(localStorage[WROTE] || '{}');
    for (const [host, names] of Object.entries(all)) {
      if (may(`https://${host}/`, 'storage')) continue;
      lost.push(...names.map((it) => [it.slice(0, it.indexOf(':')), it.slice(it.indexOf(':') + 1)]));
      delete all[host];
    }
    if (Object.keys(all)[0]) localStorage[WROTE] = JSON.stringify(all);
    else localStorage.removeItem(WROTE);
  } catch {
    // Blocked: nothing was stored there either.
  }
  return lost;
};

/** What the page says optional code keeps under these names, whoever wrote it: see strict mode. */
const named = (allows, everything) =>
  [...document.querySelectorAll('script[data-names]')]
    .flatMap((el) => el.dataset.names.match(/[^\s,]+/g) || [])
    .map((it) => it.split('='))
    .filter(([, service]) => (service ? !allows(service) : !everything?.()))
    .flatMap(([pattern]) => Object.keys(AREAS).map((area) => [area, pattern]));

/**
 * Erases what these services store, unless another that is allowed stores it too. Answers what
 * went and what is still there, as `{area, name}` each.
 */
export const erase = async ({ services, lost, allows, may, everything }) => {
  const gone = stored(services.filter(({ key }) => lost.includes(key))).concat(may ? written(may) : [], named(allows, everything));
  const stays = stored(services.filter(({ key }) => allows(key)));
  const covered = (list, area, name) => list.some(([its, pattern]) => its === area && matches(pattern, name));
  const report = { removed: [], left: [] };
  for (const [area, [list, remove]] of Object.entries(AREAS)) {
    try {
      const names = (await list()).filter((name) => covered(gone, area, name) && !covered(stays, area, name));
      for (const name of names) await remove(name);
      const after = names[0] ? await list() : [];
      for (const name of names) (after.includes(name) ? report.left : report.removed).push({ area, name });
    } catch {
      // Blocked: nothing was stored there either.
    }
  }
  await workers(everything, report).catch(() => {});
  return report;
};
