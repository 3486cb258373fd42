// Elements made by hand: texts enter as text, never as markup.

const SPACE = 'http://www.w3.org/2000/svg';

const put = (node, attributes, content) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) node.setAttribute(name, '');
    else if (typeof value === 'function') node.addEventListener(name, value);
    else if (value !== false && value !== undefined) node.setAttribute(name, value);
  }
  // What there is not is left out.
  node.append(...content.filter((it) => it || it === 0));
  return node;
};

/** An element. A function among its attributes listens to the event of that name. */
export const el = (tag, attributes = {}, ...content) => put(document.createElement(tag), attributes, content);

/** A line drawing in the colour of the text. */
export const icon = (view, d) => {
  const line = put(document.createElementNS(SPACE, 'path'), { d }, []);
  const look = { viewBox: view, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.75, 'stroke-linecap': 'round', 'stroke-linejoin': 'round', 'aria-hidden': 'true' };
  return put(document.createElementNS(SPACE, 'svg'), look, [line]);
};

/** Adds a style sheet to a shadow root, once. */
export const dress = (shadow, css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
};

/**
 * Puts values in the places of `{names}`. In a right-to-left text they are isolated, so that a Latin name keeps its own
 * order (Unicode UAX 9, FSI and PDI).
 */
export const fill = (text, values, dir) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? (dir === 'rtl' ? `\u2068${values[name]}\u2069` : values[name]) : whole));
