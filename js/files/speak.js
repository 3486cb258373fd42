// What is said aloud: that files were added, sent or not, and nothing of the way there. What happens within a moment is one sentence,
// since a screen reader that is told ten things says the last.

import { isolated } from './words.js';

/** How long it is gathered, in milliseconds; and how long nothing stands there, so that the same words twice are news as well. */
const MOMENT = 400;
const EMPTY = 100;

/** `tell(what, item)` gathers, `say(text)` adds a sentence as it stands. */
export const speaker = (region, texts, words) => {
  let heard = [];
  let timer;

  const one = (key, item) => words.say(texts[key], { name: isolated(item.name), reason: item.error ? words.reason(item.error) : '' });
  const sentences = () => {
    const said = [];
    for (const [key, many] of [['added', 'addedMany'], ['twice', 'twiceMany'], ['sent', 'sentMany'], ['notSent', 'notSentMany'], ['removed', '']]) {
      const items = heard.filter(([it]) => it === key).map(([, item]) => item);
      if (!items[0]) continue;
      said.push(items[1] && many ? words.say(texts[many], { count: words.count(items.length) }) : one(key, items.at(-1)));
    }
    return [...said, ...heard.filter(([key]) => key === 'as it stands').map(([, text]) => text)];
  };
  const speak = () => {
    timer = 0;
    const text = sentences().join(' ');
    heard = [];
    region.textContent = '';
    setTimeout(() => (region.textContent = text), EMPTY);
  };
  const tell = (key, item) => {
    heard.push([key, item]);
    timer ||= setTimeout(speak, MOMENT);
  };
  return { tell, say: (text) => tell('as it stands', text) };
};
