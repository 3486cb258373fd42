// Asking the browser to keep what is stored here, where it does not ask the person in turn.

/**
 * Once, when there is something worth keeping. Firefox shows a question of its own, which nobody asked for who has just
 * answered one; Chromium and WebKit decide by themselves.
 */
export const persist = async (kept) => {
  const { storage, permissions, vendor } = navigator;
  if (!storage?.persist || !kept.lasting) return;
  const done = await kept.change((all) => (all.has('persist') ? undefined : [['persist', {}]]));
  if (!done || (await storage.persisted())) return;
  let state = '';
  try {
    ({ state } = await permissions.query({ name: 'persistent-storage' }));
  } catch {
    // WebKit does not know the name.
  }
  // Firefox has no vendor.
  if (state === 'granted' || (state !== 'denied' && vendor)) await storage.persist();
};
