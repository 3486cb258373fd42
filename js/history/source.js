// Where decisions are read from: the records that are kept in step with a server or, without one, those that this
// browser keeps for itself.

const STATE = 'mixus-privacy.';

const pretty = (value) => JSON.stringify(value, undefined, 2);

/** The records of this browser alone: nobody has signed them, and there is nothing to wait for. */
const local = ({ records, host }) => ({
  history: async () => (await records()).map((event) => ({ id: `${event.seq} ${event.at} ${event.act}`, own: true, event })),
  export: async () => pretty(await records()),
  erase: async () => {
    host.slips = [];
    try {
      for (const name of Object.keys(localStorage)) if (name.startsWith(STATE)) localStorage.removeItem(name);
    } catch {
      // Blocked: nothing is there.
    }
    return true;
  },
});

/** One of both, with the forms of an export that it knows. */
export const source = ({ synced, ...rest }) => {
  if (!synced) return { ...local(rest), forms: ['records'] };
  // Parts of different age may meet in a browser's cache.
  const forms = synced.export ? ['events', 'iso27560', 'kantara', 'consent-mode'] : ['events'];
  return { export: async () => pretty(await synced.history()), ...synced, forms, signed: true };
};
