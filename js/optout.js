// Vendors whose kits can be told to stop: what a withdrawal tells them, and what a new grant does.
// Each line follows the vendor's own documentation; the host tells to which service a kit belongs.

/** Calls a function by its path, if the page has it. */
const call = (path, ...args) => {
  const names = path.split('.');
  const last = names.pop();
  const of = names.reduce((at, name) => at?.[name], window);
  if (typeof of?.[last] === 'function') of[last](...args);
};

/** Its vendor's host, its name on a page, what ends it, and what lets it go on. */
const KITS = [
  ['posthog.com', 'posthog', () => call('posthog.opt_out_capturing'), () => call('posthog.opt_in_capturing')],
  ['mixpanel.com', 'mixpanel', () => call('mixpanel.opt_out_tracking'), () => call('mixpanel.opt_in_tracking')],
  ['amplitude.com', 'amplitude', () => call('amplitude.setOptOut', true), () => call('amplitude.setOptOut', false)],
  ['matomo.cloud', '_paq', () => call('_paq.push', ['optUserOut']), () => call('_paq.push', ['forgetUserOptOut'])],
  ['clarity.ms', 'clarity', () => call('clarity', 'consent', false), () => call('clarity', 'consent')],
  ['facebook.net', 'fbq', () => call('fbq', 'consent', 'revoke'), () => call('fbq', 'consent', 'grant')],
  ['tiktok.com', 'ttq', () => call('ttq.revokeConsent'), () => call('ttq.grantConsent')],
  ['pinimg.com', 'pintrk', () => call('pintrk', 'setconsent', false), () => call('pintrk', 'setconsent', true)],
  ['hs-scripts.com', '_hsq', () => call('_hsq.push', ['doNotTrack']), () => call('_hsq.push', ['doNotTrack', { track: true }])],
  ['fullstory.com', 'FS', () => call('FS', 'shutdown'), () => call('FS', 'restart')],
  ['intercom.io', 'Intercom', () => call('Intercom', 'shutdown'), () => {}],
  ['crisp.chat', '$crisp', () => call('$crisp.push', ['do', 'session:reset']), () => {}],
  ['snowplow.io', 'snowplow', () => call('snowplow', 'clearUserData'), () => {}],
];

const silenced = new Set();

/** Tells every kit of which the page has one. `may(url)` says whether its vendor is allowed. */
export const tellKits = (may, withdrawn) => {
  for (const kit of KITS) {
    const [host, name, out, on] = kit;
    if (!window[name]) continue;
    const allowed = may(new URL(`https://${host}/`));
    if (allowed ? !silenced.delete(kit) : !withdrawn || silenced.has(kit)) continue;
    if (!allowed) silenced.add(kit);
    try {
      (allowed ? on : out)();
    } catch {
      // A kit that fails stops no other, and has no way to send anything.
    }
  }
};
