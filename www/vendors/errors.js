// Sentry's browser kit, as a site would set it up.

import * as Sentry from '@sentry/browser';
import { allows, on } from '/pkg/index.js';

const { vendors } = JSON.parse(document.getElementById('demo').textContent);

Sentry.init({
  dsn: vendors.errors.replace('//', '//demo@') + '/1',
  sendDefaultPii: false,
});

// A kit that has run cannot be unrun: withdrawn means off, allowed again means on.
const follow = () => {
  const client = Sentry.getClient();
  if (client) client.getOptions().enabled = allows('sentry');
};
on('change', follow);
