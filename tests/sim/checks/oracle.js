// What a set of events adds up to, straight from the rule and slowly: a grant stands if it knew every refusal there is,
// and nothing about the key came after it; otherwise the key is refused and, where a last word is a grant, asked again.

/** The chains of a set: for each event those of its device before it, and what the device had seen of the log. */
const chains = (events) => {
  const byHash = new Map(events.map((it) => [it.hash, it]));
  const known = new Map();
  const of = (event) => {
    if (known.has(event)) return known.get(event);
    const parent = byHash.get(event.prev);
    const before = parent && parent.dev === event.dev && parent.sub === event.sub ? parent : undefined;
    const up = before && of(before);
    const ancestors = new Set(up ? [...up.ancestors, before] : []);
    const seen = Math.max(event.seen, before?.acct === event.acct ? up.seen : 0);
    const found = { ancestors, seen };
    known.set(event, found);
    return found;
  };
  events.forEach(of);
  return known;
};

/**
 * By key: `+` granted, `!` refused, `*` refused and asked again. `places` are places in the log, by event; `own` is the
 * order of what the browser that asks has decided for itself, under whatever names.
 */
export const standings = (events, places, own, acct) => {
  const chain = chains(events);
  const knows = (b, a) => {
    const { ancestors, seen } = chain.get(b);
    if (ancestors.has(a) || [b, ...ancestors].some((it) => own.has(a) && own.get(a) < own.get(it))) return true;
    return a.acct !== '' && a.acct === b.acct && places.get(a) < seen;
  };
  const counted = events.filter((it) => (it.acct === '' ? own.has(it) : it.acct === acct));
  const result = new Map();
  for (const key of new Set(counted.flatMap((it) => [...it.says.keys()]))) {
    const words = counted.filter((it) => it.says.has(key));
    const refusals = words.filter((it) => !it.says.get(key));
    const last = words.filter((it) => !words.some((other) => other !== it && knows(other, it)));
    const grants = last.filter((it) => it.says.get(key));
    const stands = grants.some((grant) => refusals.every((it) => knows(grant, it)));
    result.set(key, stands ? '+' : grants.length ? '*' : '!');
  }
  return result;
};
