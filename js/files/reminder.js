// What a person is told of files that did not get to their end earlier.

import { el } from '../dom.js';
import { earlier } from './earlier.js';

/** `{node, look}`; `leave()` takes the focus when it goes. */
export const reminder = ({ texts, words, voice, options, leave }) => {
  const before = earlier();
  const text = el('p');
  const discard = async () => {
    await before.discard(options()).catch(() => {});
    voice.say(texts.discarded);
    leave();
    await look();
  };
  const node = el('div', { class: 'note earlier', hidden: true }, text, el('button', { type: 'button', class: 'small', click: discard }, texts.discard));
  const look = async () => {
    const { count, size } = await before.look();
    node.hidden = !count;
    if (count) text.textContent = words.say(texts.unfinished, { count: words.count(count), size: words.size(size) });
  };
  return { node, look };
};
