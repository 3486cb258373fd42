// Vendors' kits from npm, bundled with the site's own code as sites do: nothing in the page says
// whose they are. Each has a host of its own.

import * as amplitude from '@amplitude/analytics-browser';
import { init, track } from '@plausible-analytics/tracker';
import * as Sentry from '@sentry/browser';
import mixpanel from 'mixpanel-browser';
import posthog from 'posthog-js';
import { onCLS, onFCP, onTTFB } from 'web-vitals';

const at = (name) => `http://${name}.vendor.example`;

posthog.init('phc_demo', { api_host: at('posthog'), request_batching: false, capture_pageview: true });
Sentry.init({ dsn: 'http://key@sentry.vendor.example/1' });
mixpanel.init('token', { api_host: at('mixpanel'), batch_requests: false, persistence: 'localStorage' });
amplitude.init('key', 'person', { serverUrl: at('amplitude') + '/2/httpapi', flushIntervalMillis: 50, flushQueueSize: 1, autocapture: false, remoteConfig: { fetchRemoteConfig: false } });
init({ domain: 'site.example', endpoint: at('plausible') + '/api/event', captureOnLocalhost: true });
const report = ({ name, value }) => navigator.sendBeacon(at('vitals') + '/v', JSON.stringify({ name, value }));
onTTFB(report);
onFCP(report);
onCLS(report);

window.act = () => {
  posthog.capture('act');
  Sentry.captureMessage('act');
  mixpanel.track('act');
  amplitude.track('act');
  amplitude.flush();
  track('act', {});
  report({ name: 'act', value: 1 });
};
act();

// A chat's loader: a script from elsewhere, which makes a frame.
const script = document.createElement('script');
script.async = true;
script.src = at('chat') + '/loader.js';
document.head.append(script);
