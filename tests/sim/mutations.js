// Known faults, by the text of the package that they change. Each breaks a promise, and the simulation has to notice.

/** `[name, from, to]`: what a fault is, and the change that makes it. Each text has to be there, once. */
export const MUTATIONS = [
  ['two tabs go on from the same place', 'if (!same || !may(now2) || kept.lasting !== lasting) return void 0;', 'if (!may(now2)) return void 0;'],
  ['a line becomes an event for each tab', '!first(all2) && !(slip && known(all2).has(slip))', '!first(all2)'],
  ['what another tab refused meanwhile is not said again', 'module.disputed(what, lines(all))', '""'],
  ['more is said to be seen than was merged', 'seen: whole ? seen : Math.max(now2.seen, seen)', 'seen: seen + 5'],
  ['what stood on a refused event stays as it is', 'news2.set(id, { ...now2, state: "again" });', ';'],
  ['a refused event counts as kept', '{ ...it, state: "dead", code, token: void 0 }', '{ ...it, state: "kept" }'],
  ['transactions may be lost with the power', 'durability = "strict"', 'durability = "relaxed"'],
  ['without its database a device keeps its name', 'if (!memory.get("device")?.acct) memory.delete("device");', 'if (memory.has("device")) memory.set("device", { ...memory.get("device"), brief: true });'],
];

/** The page's script with a fault in it; without a name as it is. */
export const mutated = (source, name) => {
  if (!name) return source;
  const [, from, to] = MUTATIONS.find(([it]) => it === name) || [];
  if (from === undefined) throw new Error(`there is no fault ${name}`);
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`${name}: its text is there ${parts.length - 1} times`);
  return parts.join(to);
};
