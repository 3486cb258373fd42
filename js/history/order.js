// The order of events, and what it says of a device.

const clock = ({ event: { hlc, at } }) => hlc ?? Math.floor(at * 1000).toString(16).padStart(12, '0');

/** Newest first; what one device did in the same moment, in its own order. */
export const newest = (all) => {
  const compare = (a, b) => (clock(a) === clock(b) ? a.event.seq - b.event.seq : clock(a) < clock(b) ? -1 : 1);
  return [...all].sort((a, b) => compare(b, a));
};

/** The account for which the device decides, as its own words say; empty for itself alone. */
export const accountOf = (all) => {
  const word = newest(all.filter(({ own, event }) => own && /^(un)?link$/.test(event.t)))[0]?.event;
  return word?.t === 'link' ? word.acct : '';
};
