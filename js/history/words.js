// What a record says, in a person's words.

import { fill } from '../dom.js';
import { localeOf } from '../locale.js';

const KINDS = { accept_all: 'accept', reject_all: 'reject', withdraw_all: 'withdraw', import: 'import', dismiss: 'dismiss' };
/** What an event of the device says of itself, and not of any purpose. */
const OWN = ['link', 'unlink', 'erase'];

const plain = (name) => name.split('@')[0];

export const words = ({ ui, texts, document: { purposes, services, controller }, lang, dir }) => {
  const locale = localeOf(lang);
  const say = (text, values) => fill(text, { controller: controller.name, ...values }, dir);
  const lists = new Intl.ListFormat(lang);
  const number = new Intl.NumberFormat(locale);
  const sharing = purposes.filter((it) => it.sharing).map(({ key }) => key);

  const title = (key) => texts.purposes[key]?.title ?? services.find((it) => it.key === key)?.name ?? key;
  const format = (options) => {
    const made = new Intl.DateTimeFormat(locale, options);
    return (at) => made.format(at * 1000);
  };
  const time = format({ dateStyle: 'long', timeStyle: 'short' });
  const day = format({ dateStyle: 'long' });

  /** The keys that a record allows and those that it refuses; services where they go beyond their purpose. */
  const picks = ({ grant, svc }) => {
    const chosen = Object.entries(grant).map(([name, on]) => [plain(name), on]);
    const of = Object.fromEntries(chosen);
    for (const [name, on] of Object.entries(svc)) {
      const purpose = services.find(({ key }) => key === plain(name))?.purpose;
      if (of[purpose] !== on) chosen.push([plain(name), on]);
    }
    const those = (word) => chosen.filter(([, on]) => on === word).map(([key]) => key);
    return { allowed: those(1), refused: those(0) };
  };

  const kindOf = (record, { allowed, refused }) => {
    const { t = 'decision', act, at, exp } = record;
    if (!['decision', 'withdraw'].includes(t)) return t in ui.history.act ? t : 'other';
    if (act !== 'custom') return KINDS[act] ?? 'other';
    if (allowed[0] && exp <= at) return 'once';
    return allowed[0] && refused[0] ? 'chosen' : allowed[0] ? 'allowed' : 'refused';
  };

  /** Everything that is shown of an entry. */
  const read = ({ event }) => {
    const { at, exp, src, notice, model, grant } = event;
    const both = picks(event);
    const kind = kindOf(event, both);
    const own = OWN.includes(kind);
    const ends = !own && exp > at;
    return {
      kind,
      title: ui.history.act[kind],
      means: ui.history.actMeans[kind],
      at: new Date(at * 1000).toISOString(),
      time: time(at),
      where: own ? undefined : ui.history.where[src],
      allowed: own ? [] : both.allowed.map(title),
      refused: own || kind === 'dismiss' ? [] : both.refused.map(title),
      until: ends && say(exp * 1000 > Date.now() ? ui.history.until : ui.history.over, { date: day(exp) }),
      version: !own && say(ui.history.version, { version: notice.version }),
      // What was sold or shared no longer is: a person can see that this was carried out (L45).
      optedOut: !own && model !== 'opt-in' && !!sharing[0] && sharing.every((key) => Object.entries(grant).some(([name, on]) => plain(name) === key && !on)),
    };
  };

  /** Why a server did not take an event. */
  const reason = (code = '') => {
    const [, word] = code.split('/');
    const { why } = ui.history;
    const known = { erased: 'erased', 'not-signed': 'account', account: 'account', form: 'form', 'too-long': 'form', signature: 'signature', chain: 'signature', subject: 'signature', gap: 'signature' };
    return known[word] ? why[known[word]] : say(why.other, { code });
  };

  /** A language in its own name. */
  const language = (tag) => {
    try {
      return new Intl.DisplayNames(tag, { type: 'language' }).of(tag);
    } catch {
      return tag;
    }
  };

  return { read, reason, say, title, time, day, language, list: (all) => lists.format(all), count: (many) => number.format(many) };
};
