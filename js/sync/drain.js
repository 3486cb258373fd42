// Sending what waits: in order, in batches, by one tab, with pauses that all tabs keep together.

import { once } from './alone.js';
import { last, own, restored, settled, waiting, yielded } from './chain.js';
import { fresh } from './device.js';
import { MINUTE, overtaken, setMark, slips, take } from './local.js';
import { OTHER, answers, fetched, parsed } from './wire.js';

/** As many events travel together, and as many bytes: see `src/sync/wire.rs`. */
const MOST = 64;
const MOST_BYTES = 60 * 1024;
/** How long a tab waits for another that may be frozen, in milliseconds. */
const PATIENCE = 20_000;
/** Answers that say that what was sent will never do. */
const NEVER = [400, 413, 422];
/** How often that is asked when it may be somebody else's answer. */
const STRIKES = 5;

const chance = () => Math.random() * 2 ** 32;

/** What can be sent together now: for one server, and a link alone, since its token is for nothing else. */
const due = (all) => {
  const rows = waiting(all).filter(({ state }) => state === 'waiting');
  const home = rows.filter((it) => it.home === rows[0].home);
  const first = home.findIndex(({ token }) => token);
  return first < 0 ? home : home.slice(0, first || 1);
};

export const drainer = ({ alone, at, host, kept, module, home, mine, patience, stopped, here, tell, fail, write, after }) => {
  let timer;
  let hurried = 0;
  let most = MOST;
  /** The last event of the log that was known when this last looked. */
  let known = '';
  const path = () => `/v1/events${known && `?${known}`}`;

  /** The pause of all tabs. What came since may end it early, but not one that the server asked for. */
  const resting = (all) => {
    const { span = '0 0', since = 0, asked } = all.get('pause') || {};
    // One from before the clock was set back would hold for as long as that was.
    const isOver = since > Date.now() || (!asked && hurried > since);
    return isOver ? `${span.split(' ')[0]} 0` : span;
  };
  const lines = (rows) => rows.map(({ nth, id, text }) => `${nth} ${id} ${text.length}`).join('\n');

  const post = async (rows) => {
    const token = rows.find((it) => it.token)?.token;
    const answer = parsed(
      await fetched(at(path(), rows[0].home), {
        method: 'POST',
        headers: { 'Content-Type': 'text/plain', ...(token && { 'Mixus-Link': token }) },
        body: rows.map(({ text }) => text).join('\n'),
        signal: here(),
        patience,
      }),
    );
    const said = answers(answer, rows.map(({ id }) => id));
    const { checkpoint, wanted } = answer;
    return { said: said.map((it) => ({ ...it, checkpoint })), checkpoint, wanted };
  };

  /** Without a database: what this tab has taken remains its own while it lives, unless it stood still for too long. */
  const hold = async () => {
    if (kept.lasting) return;
    const rows = own(await kept.read()).filter(({ slip }) => slip);
    // It may have come back just now.
    if (kept.lasting) return;
    const of = (...states) => rows.filter(({ state }) => states.includes(state)).map(({ slip }) => slip);
    // An answer may be lost, and the event come back with what other devices sent.
    take(host, of('kept'), true);
    const names = of('waiting', 'again');
    const lost = overtaken(names);
    if (lost[0]) {
      const spare = await fresh(module, home(), kept.lasting);
      await kept.change((all) => yielded(all, lost, spare));
    }
    take(host, names.filter((it) => !lost.includes(it)));
  };
  const beat = setInterval(() => hold().catch(fail), MINUTE / 3);

  /** Keeps what the server said, and the pause that follows. */
  const settle = async (rows, said) => {
    const outcomes = said.map(({ id, word }) => `${id} ${word}`).join('\n');
    const spare = said.some(({ status }) => status !== 'stored' && status !== 'duplicate') && (await fresh(module, home(), kept.lasting));
    let told;
    await kept.change((all) => {
      const [span, ...changes] = module.answered(lines(rows), resting(all), outcomes, Date.now(), chance()).split('\n');
      let news;
      [news, told] = settled(all, changes.map((it) => it.split(' ')), new Map(said.map((it) => [it.id, it])), spare);
      return [...news, ['pause', span === '0 0' ? undefined : { span, since: Date.now() }]];
    });
    for (const { id } of said) mine.delete(id);
    const { done, dead, lost } = told;
    const now = await kept.read();
    if (!kept.lasting) take(host, done.map(({ slip }) => slip), true);
    else if (now.has('device')) setMark(now.get('device').dev, waiting(now).length);
    const renamed = lost && { subject: lost.after.sub, ...(lost.before.acct && { account: lost.before.acct }) };
    for (const { id, code, what } of dead) tell('dead-letter', { id, code, ...(what === 'link' && renamed) });
    if (lost && lost.before.dev !== lost.after.dev) tell('fork', renamed);
    if (done[0]) tell('synced', { events: done.length });
    return told;
  };

  /** The server did not answer, or said no to all of it. */
  const refused = async (rows, error) => {
    const [first] = rows;
    if (known && error.code === OTHER) return void (await kept.change((all) => restored(all, 0)));
    if (NEVER.includes(error.status)) {
      // One of them is at fault: the others must not wait for it.
      if (rows.length > 1) {
        most = Math.ceil(rows.length / 2);
        return;
      }
      const code = error.code || `http/${error.status}`;
      if (error.code || first.strikes >= STRIKES) return void (await settle(rows, [{ id: first.id, status: 'rejected', word: 'rejected', code }]));
    }
    await kept.change((all) => {
      const span = module.failed(resting(all), Date.now(), chance(), error.pause || 0);
      const there = all.get(first.id);
      const strike = NEVER.includes(error.status) && there ? [[first.id, { ...there, strikes: 1 + (there.strikes || 0) }]] : [];
      return [['pause', { span, since: Date.now(), asked: error.pause > 0 }], ...strike];
    });
  };

  const send = once(() =>
    alone(
      'send',
      async () => {
        for (;;) {
          await hold();
          let all = await kept.read();
          // What has to be signed anew, since what it stood on was refused.
          if (waiting(all).some(({ state }) => state === 'again')) {
            await write();
            all = await kept.read();
          }
          const rows = due(all);
          for (const id of mine.keys()) if (all.get(id)?.state !== 'waiting') mine.delete(id);
          const [word, ...rest] = module.next(lines(rows), resting(all), Date.now()).split(' ');
          clearTimeout(timer);
          if (stopped.aborted || here().aborted) return;
          if (word === 'wait') timer = setTimeout(() => send().catch(fail), Math.max(0, rest[0] - Date.now()));
          if (word !== 'send') return;
          const some = rest.slice(0, most).map((id) => rows.find((row) => row.id === id));
          known = last(all, { acct: all.get('device')?.acct, home: some[0].home });
          let answer;
          try {
            answer = await post(some);
          } catch (error) {
            // This page goes: that says nothing about the server.
            if (here().aborted) return;
            if (error.pause === undefined) fail(error);
            await refused(some, error);
            continue;
          }
          most = Math.min(MOST, most * 2);
          const told = await settle(some, answer.said);
          await after(told, answer, some[0].home);
        }
      },
      PATIENCE,
    ),
  );

  /** An accelerator, never delivery: the page goes, and nobody hears the answer. */
  const farewell = () => {
    // Where there is no database, another page signs what stands in storage under another name: then it would be there twice.
    if (!kept.lasting && slips(host).some(([name, slip]) => name !== slip)) return;
    const [first] = mine.values();
    let room = MOST_BYTES;
    const fits = ({ home, text, what }) => home === first.home && what !== 'link' && (room -= text.length + 1) > 0;
    const body = [...mine.values()].filter(fits).slice(0, MOST).map(({ text }) => text).join('\n');
    if (!body) return;
    const options = { method: 'POST', keepalive: true, credentials: 'omit', redirect: 'error', referrerPolicy: 'no-referrer', headers: { 'Content-Type': 'text/plain' }, body };
    fetch(at(path(), first.home), options).catch(() => {});
  };

  return {
    send,
    farewell,
    /** How many events wait for the server, and until when, in milliseconds since 1970: 0 if nothing holds them up. */
    outbox: async () => {
      const all = await kept.read();
      return { waiting: waiting(all).length, until: Number(resting(all).split(' ')[1]) };
    },
    /** Something has come that makes trying worth while. */
    hurry: () => (hurried = Date.now()),
    end: () => {
      clearTimeout(timer);
      clearInterval(beat);
    },
  };
};
