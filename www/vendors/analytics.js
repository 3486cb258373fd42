// Plausible's tracker, as a site would set it up.

import { init, track } from '@plausible-analytics/tracker';
import { allows } from '/pkg/index.js';

init({
  domain: 'assistant.example',
  endpoint: `${ORIGINS.analytics}/api/event`,
  captureOnLocalhost: true,
  autoCapturePageviews: true,
  // A kit that has run cannot be unrun; after a withdrawal it is told to be silent.
  transformRequest: (payload) => (allows('plausible') ? payload : null),
});

document.addEventListener('demo:asked', () => track('Asked', {}));
