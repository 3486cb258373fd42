// Where files come in: a large button onto which they can be dropped too, a second one for folders, and what is pasted.

import { el, icon } from '../dom.js';
import { dropped, hasFiles } from './take.js';

const VIEW = '0 0 18 18';
const UP = 'M9 12V3M5.25 6.5L9 2.75l3.75 3.75M2.75 11.5v2.25a1.5 1.5 0 0 0 1.5 1.5h9.5a1.5 1.5 0 0 0 1.5-1.5V11.5';
const LOCK = 'M5.75 8V5.75a3.25 3.25 0 0 1 6.5 0V8M4.25 8h9.5a.75.75 0 0 1 .75.75v5.5a.75.75 0 0 1-.75.75h-9.5a.75.75 0 0 1-.75-.75v-5.5A.75.75 0 0 1 4.25 8z';

/** `{nodes, focus, listen(parent)}`; `take({files, unread})` gets what came. */
export const zone = (texts, take) => {
  const input = (more) => {
    const it = el('input', {
      type: 'file',
      multiple: true,
      hidden: true,
      ...more,
      change: () => {
        const files = [...it.files];
        // The same file may be chosen again.
        it.value = '';
        take({ files, unread: 0 });
      },
    });
    return it;
  };
  const files = input({});
  const folder = input({ webkitdirectory: true });
  const hint = el('span', { class: 'hint' }, texts.drop);
  const choose = el('button', { type: 'button', class: 'choose', click: () => files.click() }, icon(VIEW, UP), el('span', { class: 'title' }, texts.choose), hint);
  // Not every system has folders to choose.
  const folders = 'webkitdirectory' in folder && el('button', { type: 'button', class: 'small folder', click: () => folder.click() }, texts.folder);
  const box = el('div', { class: folders ? 'zone both' : 'zone' }, choose, folders);

  const over = (on) => {
    box.classList.toggle('over', on);
    hint.textContent = on ? texts.dropNow : texts.drop;
  };
  const drag = (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    over(true);
  };
  return {
    nodes: [box, el('p', { class: 'sealed' }, icon(VIEW, LOCK), el('span', {}, texts.sealed)), files, folder],
    focus: () => choose.focus(),
    /** Hears what is dropped or pasted anywhere in an element: who aims at the list means the same. */
    listen: (parent) => {
      parent.addEventListener('dragenter', drag);
      parent.addEventListener('dragover', drag);
      parent.addEventListener('dragleave', ({ relatedTarget }) => parent.contains(relatedTarget) || over(false));
      parent.addEventListener('drop', async (event) => {
        if (!hasFiles(event.dataTransfer)) return;
        event.preventDefault();
        over(false);
        take(await dropped(event.dataTransfer));
      });
      parent.addEventListener('paste', (event) => {
        const files = [...(event.clipboardData?.files || [])];
        if (!files[0]) return;
        event.preventDefault();
        take({ files, unread: 0 });
      });
    },
  };
};
