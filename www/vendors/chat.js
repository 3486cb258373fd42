// n8n's chat widget, as a site would set it up.

import { createChat } from '@n8n/chat/dist/chat.bundle.es.js';
import { allows, on } from '/pkg/index.js';

const { vendors, t } = JSON.parse(document.getElementById('demo').textContent);

document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/vendors/chat.css' }));

let app;
const follow = () => {
  if (allows('n8n-chat') && !app) {
    app = createChat({
      webhookUrl: `${vendors.chat}/webhook?hl=${t.language}`,
      mode: 'window',
      loadPreviousSession: true,
      initialMessages: [t.chat.hello],
      i18n: { en: { title: t.chat.title, subtitle: t.chat.subtitle, footer: '', getStarted: t.chat.title, inputPlaceholder: t.chat.write } },
    });
  } else if (!allows('n8n-chat') && app) {
    app.unmount();
    document.querySelector('#n8n-chat')?.remove();
    app = undefined;
  }
};
follow();
on('change', follow);
