// For whom a file is. What they know to open it is not written down, nor anything by which it could be guessed.

/** As far as that may be written down. */
export const readers = (to) => (to || []).map(({ id, key, passphrase }) => (passphrase ? 'passphrase' : [`${id}`, `${key || ''}`]));

/** Whether what was kept of a file is for the same people: what they know has to open it. `open` is the vault's. */
export const isFor = async (open, { envelope, start }, to) => {
  for (const it of to) {
    const by = it.passphrase ? { passphrase: it.passphrase } : it.wrapper && { wrapper: { id: it.id, key: it.wrapper } };
    // There is nothing behind the envelope: only what opens it finds that out.
    const said = by && (await open(new Blob([envelope, start]), by).catch((error) => error.code));
    if (by && said !== 'vault/length') return false;
  }
  return true;
};
