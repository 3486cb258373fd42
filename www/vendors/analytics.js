// Plausible's tracker, as a site would set it up.

import { init } from '@plausible-analytics/tracker';
import { allows } from '/pkg/index.js';

const { vendors } = JSON.parse(document.getElementById('demo').textContent);

init({
  domain: 'assistant.example',
  endpoint: `${vendors.analytics}/api/event`,
  captureOnLocalhost: true,
  autoCapturePageviews: true,
  // A kit that has run cannot be unrun; after a withdrawal it is told to be silent.
  transformRequest: (payload) => (allows('plausible') ? payload : null),
});
