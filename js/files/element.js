// The element: a queue that a person sees. Its tree is closed to the page, so that what looks over people's shoulders (recordings of
// sessions, kits that tell what was clicked on) sees an element, and not the names of files.

import css from 'style-files';
import languages from 'files-texts';

import { dress, el } from '../dom.js';
import { match } from '../locale.js';
import { list } from './list.js';
import { queued } from './queue.js';
import { reminder } from './reminder.js';
import { speaker } from './speak.js';
import { isolated, words as wordsOf } from './words.js';
import { zone } from './zone.js';

/** What a site sets. They are plain properties: what was set before the page knew the element is there all the same. */
const OPTIONS = ['to', 'at', 'privacy', 'sync', 'region', 'headers', 'record', 'padded', 'segment', 'parts', 'together', 'most'];
/** By this another copy of the package knows the element. */
const OURS = Symbol.for('mixus-privacy files');

/** Everything that is shown; answers how to tell it of an item, and of files that came. */
const build = async (host, shadow, queue, options, take) => {
  const wanted = host.language || host.closest('[lang]')?.lang || navigator.language;
  const lang = match(wanted, Object.keys(languages)) || 'en';
  const texts = (await languages[lang]()).default.files;
  const words = wordsOf(texts, lang);
  dress(shadow, css);

  const status = el('p', { class: 'sr', role: 'status' });
  const note = el('p', { class: 'note', hidden: true });
  const voice = speaker(status, texts, words);
  const entry = zone(texts, take);
  const shown = list({ texts, words, voice, queue, empty: entry.focus });
  const left = reminder({ texts, words, voice, options, leave: entry.focus });
  const parent = el('div', { class: 'files', lang, dir: words.dir }, ...entry.nodes, left.node, note, shown.node, status);
  entry.listen(parent);
  shadow.append(parent);
  left.look();

  /** What is to be seen as well as heard, until something else comes. */
  const noted = (lines) => {
    note.textContent = lines.join(' ');
    note.hidden = !lines[0];
    lines.forEach(voice.say);
  };
  /** Those whose upload is known to have begun. */
  const begun = new WeakSet();
  return {
    change: (item) => {
      shown.change(item);
      if (begun.has(item) || !item.sealed) return;
      begun.add(item);
      // It may be one of those that were left.
      left.look();
    },
    came: ({ added, twice }, unread) => {
      added.forEach((it) => voice.tell('added', it));
      const lines = [
        twice[0] && (twice[1] ? words.say(texts.twiceMany, { count: words.count(twice.length) }) : words.say(texts.twice, { name: isolated(twice[0].name) })),
        unread && words.say(texts.unread, { count: words.count(unread) }),
        !added[0] && !twice[0] && !unread && texts.empty,
      ];
      noted(lines.filter(Boolean));
    },
  };
};

/** What a site is told. Who listens to the element itself reads of which file; what looks at every event of the page does not. */
class News extends Event {
  #detail;

  constructor(type, detail) {
    super(type);
    this.#detail = detail;
  }

  get detail() {
    return this.eventPhase === Event.AT_TARGET ? this.#detail : undefined;
  }
}

export const elements = (load) => (name = 'mixus-files') => {
  if (!globalThis.customElements || customElements.get(name)?.[OURS]) return;
  customElements.define(
    name,
    class extends HTMLElement {
      static [OURS] = true;
      #shadow = this.attachShadow({ mode: 'closed' });
      #queue = queued(load, () => this.#options());
      #told = new WeakMap();
      #shown;
      #ready;

      connectedCallback() {
        this.#ready ||= build(this, this.#shadow, this.#queue, () => this.#options(), ({ files, unread }) => this.#take(files, unread)).then(
          (shown) => {
            this.#shown = shown;
            this.#queue.items.forEach(shown.change);
          },
          () => {
            // The next time that it is shown it is tried again.
            this.#ready = undefined;
            this.#tell('failed', { code: 'module/unavailable', path: 'files' });
          },
        );
      }

      /** The files that are in the list. */
      get items() {
        return [...this.#queue.items];
      }

      add(files) {
        return this.#take([...files], 0).added;
      }

      pause() {
        this.#queue.pause();
      }

      resume() {
        this.#queue.resume();
      }

      #options() {
        const given = OPTIONS.filter((it) => this[it] !== undefined).map((it) => [it, this[it]]);
        return { ...Object.fromEntries(given), onChange: (item) => this.#change(item) };
      }

      #take(files, unread) {
        const came = this.#queue.add(files);
        this.#shown?.came(came, unread);
        if (came.added[0]) this.#tell('added', { items: came.added });
        return came;
      }

      #change(item) {
        const { name, state, url, error } = item;
        const isNew = this.#told.get(item) !== state;
        this.#told.set(item, state);
        this.#shown?.change(item);
        if (isNew && state === 'done') this.#tell('uploaded', { name, url, size: item.size });
        if (isNew && state === 'failed') this.#tell('failed', { name, code: error.code, path: error.path });
      }

      #tell(type, detail) {
        this.dispatchEvent(new News(type, detail));
      }
    },
  );
};
