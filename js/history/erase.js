// Having everything erased: asked for once, said what it means, and only then done.

import { el } from '../dom.js';

/**
 * `{button, question}`. `about()` answers what has to be said: `{signed, linked, allowed}`; `does()` erases and answers
 * whether all of it is done.
 */
export const erasing = ({ ui, words }, { about, does, done, failed }) => {
  const { history } = ui;
  const button = el('button', { type: 'button', class: 'btn quiet', 'aria-expanded': 'false', click: () => (question.hidden ? ask() : keep()) }, history.erase);
  const title = el('h3', { id: 'erase', tabindex: -1 }, history.eraseTitle);
  const means = el('ul', {});
  const yes = el('button', { type: 'button', class: 'btn', click: () => go() }, history.eraseYes);
  const no = el('button', { type: 'button', class: 'btn', click: () => keep() }, history.eraseNo);
  const question = el('section', { class: 'question', 'aria-labelledby': 'erase', hidden: true }, title, means, el('div', { class: 'pair' }, yes, no));

  const open = (on) => {
    question.hidden = !on;
    button.setAttribute('aria-expanded', '' + on);
  };
  const ask = async () => {
    const { signed, linked, allowed } = await about();
    const keeps = allowed[0] ? words.say(history.eraseKeepsSome, { list: words.list(allowed) }) : history.eraseKeepsNone;
    const lines = [history.eraseHere, signed && words.say(history.eraseServer), linked && history.eraseAccount, keeps, history.eraseProof];
    means.replaceChildren(...lines.filter(Boolean).map((line) => el('li', {}, line)));
    open(true);
    title.focus();
  };
  const keep = () => {
    open(false);
    button.focus();
  };
  const go = async () => {
    yes.disabled = no.disabled = true;
    try {
      const all = await does();
      open(false);
      done(all);
    } catch {
      failed();
    } finally {
      yes.disabled = no.disabled = false;
    }
  };
  // Escape takes back the question, and not the whole panel.
  question.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.stopPropagation();
    keep();
  });
  return { button, question };
};
