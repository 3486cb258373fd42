// Known faults, by the text of the package that they change. Each breaks a promise, and the simulation has to notice.

/** `[name, from, to]`: what a fault is, and the change that makes it. Each text has to be there, once. */
export const MUTATIONS = [];

/** The page's script with a fault in it; without a name as it is. */
export const mutated = (source, name) => {
  if (!name) return source;
  const [, from, to] = MUTATIONS.find(([it]) => it === name) || [];
  if (from === undefined) throw new Error(`there is no fault ${name}`);
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${name}: its text is there ${parts.length - 1} times`);
  return parts.join(to);
};
