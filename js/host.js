// What the boot module asks of the browser, one call each. Texts and style sheets stay on
// this side: the module names them by key.

/** What the loader and the modules share. */
export const host = {
  /** The texts of the language that is shown. */
  texts: {},
  /** What stands in for `{names}` in texts. */
  vars: {},
};

const doc = globalThis.document;

// --- Elements ------------------------------------------------------------------------------

/** The text of a key such as `accept` or `purposes.chat.title`, with `{names}` filled in. */
export const say = (key, texts = host.texts) =>
  ('' + (key.split('.').reduce((at, part) => at?.[part], texts) ?? '')).replace(
    /\{(\w+)\}/g,
    (whole, name) => host.vars[name] ?? whole,
  );

/** Shows elements, described a line each as `depth|tag|class|text key|event`. */
export const display = (elements) => {
  if (!host.root) {
    host.root = doc.createElement('mixus-privacy');
    host.root.lang = host.lang;
    host.root.dir = host.dir;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(host.css);
    const shadow = host.root.attachShadow({ mode: 'open' });
    shadow.adoptedStyleSheets = [sheet];
    shadow.append((host.status = doc.createElement('div')));
    host.status.className = 'sr';
    host.status.role = 'status';
  }
  if (!host.root.isConnected) doc.body.prepend(host.root);
  // Whoever is here with the keyboard stays here.
  const focused = host.root.shadowRoot.activeElement;
  host.shown?.remove();
  const parents = [host.root.shadowRoot];
  for (const line of elements.split('\n')) {
    const [depth, tag, style, key, event] = line.split('|');
    const node = (parents[+depth + 1] = doc.createElement(tag));
    if (style) node.className = style;
    if (key) node.append(say(key), tag === 'p' ? ' ' : '');
    if (event) node.onclick = (click) => host.event(+event, click.isTrusted);
    if (tag === 'h2') {
      node.id = 't';
      parents[1].setAttribute('aria-labelledby', 't');
    }
    parents[depth].append(node);
  }
  const shown = (host.shown = parents[1]);
  if (shown.showModal) {
    shown.showModal();
    shown.oncancel = (event) => host.event(4, event.isTrusted);
  }
  if (focused) shown.querySelector('button').focus();
};

// --- Storage -------------------------------------------------------------------------------

const STATE = 'mixus-privacy';

/** Every copy of the state that this page can see, a line each: storage and cookies. */
export const states = () => {
  let found = [];
  try {
    found = [...doc.cookie.matchAll(/\bmixus_privacy=([^;]*)/g)].map((it) => it[1]);
    found.push(localStorage[STATE]);
  } catch {
    // Blocked: what there is, is in memory.
  }
  return found.filter(Boolean).join('\n');
};

/** Keeps a record and the state it leads to. Two tabs never write the same record. */
export const keep = (slip, state) => {
  try {
    localStorage[`${STATE}.${slip.split('~')[2].slice(0, 4)}.${Math.random().toString(36).slice(2, 8)}`] = slip;
    localStorage[STATE] = state;
  } catch {
    (host.slips ||= []).push(slip);
    host.error('store/blocked');
  }
};

/** Tells other tabs, subdomains and the server: the cookie mirrors the state. */
export const mirror = (slip, state) => {
  host.channel?.postMessage(slip);
  const cookie = (value, age, domain) => {
    doc.cookie = `mixus_privacy=${value};Path=/;Max-Age=${age};SameSite=Lax${/^https/.test(location) ? ';Secure' : ''}${domain}`;
  };
  try {
    // A cookie of the host alone would hide the one that all subdomains share.
    if (host.domain) cookie('', 0, '');
    cookie(state, Math.max(...state.split('~').map((group) => parseInt(group.slice(11, 18), 32) || 0)) - Date.now() / 1000 | 0, host.domain ? ';Domain=' + host.domain : '');
  } catch {
    // Blocked, which was told.
  }
};
