// n8n's chat widget, as a site would set it up.

import { createChat } from '@n8n/chat/dist/chat.bundle.es.js';
import { allows, on } from '/pkg/index.js';

const sheet = document.createElement('link');
sheet.rel = 'stylesheet';
sheet.href = '/vendors/chat.css';
document.head.append(sheet);

let app;
const follow = () => {
  if (allows('chatwoot') && !app) {
    app = createChat({
      webhookUrl: `${ORIGINS.chat}/webhook`,
      mode: 'window',
      loadPreviousSession: true,
      initialMessages: ['Hello! How can we help?'],
      i18n: { en: { title: 'Support', subtitle: 'We are here on weekdays.', footer: '', getStarted: 'New conversation', inputPlaceholder: 'Write to us' } },
    });
  } else if (!allows('chatwoot') && app) {
    app.unmount();
    document.querySelector('#n8n-chat')?.remove();
    app = undefined;
  }
};
follow();
on('change', follow);
