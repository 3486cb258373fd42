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
  host.shown?.remove();
  const parents = [host.root.shadowRoot];
  const buttons = [];
  for (const line of elements.split('\n')) {
    const [depth, tag, style, key, event] = line.split('|');
    const node = (parents[+depth + 1] = doc.createElement(tag));
    if (style) node.className = style;
    if (key) node.append(say(key), tag === 'p' ? ' ' : '');
    if (event) {
      node.onclick = (click) => host.event(+event, click.isTrusted);
      buttons.push(node);
    }
    if (tag === 'h2') {
      node.id = 't';
      parents[1].setAttribute('aria-labelledby', 't');
    }
    parents[depth].append(node);
  }
  const shown = (host.shown = parents[1]);
  if (buttons.length < 3) return;
  if (shown.showModal) {
    shown.showModal();
    shown.oncancel = (event) => host.event(4, event.isTrusted);
  } else {
    shown.role = 'region';
  }
  symmetry(...shown.querySelectorAll('.actions button'));
};

// --- Symmetry ------------------------------------------------------------------------------

/** Relative luminance of an opaque colour (WCAG 2.2); anything else cannot be vouched for. */
const luminance = (color) => {
  const [r, g, b, alpha] = color.match(/[\d.]+/g).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return /^rgb\(/.test(color) && !alpha ? 0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05 : NaN;
};

/**
 * Measures both buttons. A theme that breaks their symmetry (L03) or their contrast (L04) is
 * put aside for the plain one, and the developer is told.
 */
const symmetry = (...buttons) => {
  const [reject, accept] = buttons.map((button) => {
    const { font, color, backgroundColor, border, opacity, visibility, transform, filter } = getComputedStyle(button);
    const { width, height } = button.getBoundingClientRect();
    const contrast = luminance(color) / luminance(backgroundColor);
    return [width | 0, height | 0, font, color, backgroundColor, border, opacity, visibility, transform, filter, contrast >= 4.5 || contrast <= 1 / 4.5] + '';
  });
  if (reject !== accept || !/true$/.test(reject)) {
    host.root.setAttribute('plain', '');
    host.error('banner/asymmetric', 'theme');
  }
};

// --- Storage -------------------------------------------------------------------------------

const STATE = 'mixus-privacy';

/** Every copy of the state that this page can see, a line each: storage and cookies. */
export const states = () => {
  let found = [];
  try {
    found = [...doc.cookie.matchAll(/(?:^|; )mixus_privacy=([^;]*)/g)].map((it) => it[1]);
    found.push(localStorage[STATE]);
  } catch {
    // Blocked: what there is, is in memory.
  }
  return found.filter(Boolean).join('\n');
};

/** Keeps a record and the state it leads to. Two tabs never write the same record. */
export const keep = (slip, state) => {
  host.channel?.postMessage(slip);
  const cookie = (value, age, domain) => {
    doc.cookie = `mixus_privacy=${value};Path=/;Max-Age=${age};SameSite=Lax${location.protocol === 'https:' ? ';Secure' : ''}${domain}`;
  };
  try {
    // A cookie of the host alone would hide the one that all subdomains share.
    if (host.domain) cookie('', 0, '');
    cookie(state, Math.max(...state.split('~').map((group) => parseInt(group.slice(11, 18), 32) || 0)) - Date.now() / 1000 | 0, host.domain ? ';Domain=' + host.domain : '');
    const seq = slip.split('~')[2].slice(0, 4);
    localStorage[`${STATE}.${seq}.${Math.random().toString(36).slice(2, 8)}`] = slip;
    localStorage[STATE] = state;
  } catch {
    host.error('store/blocked');
  }
};
