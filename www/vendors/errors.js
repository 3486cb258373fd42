// Sentry's browser kit, as a site would set it up.

import * as Sentry from '@sentry/browser';
import { allows, on } from '/pkg/index.js';

Sentry.init({
  dsn: ORIGINS.errors.replace('//', '//demo@') + '/1',
  sendDefaultPii: false,
  beforeSend: (event) => (allows('error-reports') ? event : null),
});
// Withdrawn means off; allowed again means on.
on('change', () => {
  const client = Sentry.getClient();
  if (client) client.getOptions().enabled = allows('error-reports');
});
