// Who goes on with a file: one page, and in that one upload. The others send it as if it had never been begun.

/** How long a page that is on its way out may take, in milliseconds. */
const LEAVING = 3_000;

const here = new Set();

/** Takes what is kept of a file, and answers what lets go of it; nothing where somebody else has it. */
export const take = async (print) => {
  const locks = globalThis.navigator?.locks;
  if (!locks || here.has(print)) return undefined;
  here.add(print);
  const free = await new Promise((resolve) => {
    const held = () => new Promise((end) => resolve(end));
    locks.request(`mixus-privacy-tus ${print}`, { signal: AbortSignal.timeout(LEAVING) }, held).catch(() => resolve(undefined));
  });
  if (!free) here.delete(print);
  return free && (() => (here.delete(print), free()));
};
