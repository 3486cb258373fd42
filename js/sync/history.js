// What a person can see and take with them: every decision, what became of it, and what proves it.

import { events, known } from './chain.js';
import { drop } from './local.js';

const order = (a, b) => (a.index ?? Infinity) - (b.index ?? Infinity) || (a.nth ?? 0) - (b.nth ?? 0);

const receiptOf = ({ text: event, index, taken, proof, checkpoint }) => ({ v: 1, event, index, taken, proof, checkpoint });

export const histories = ({ PrivacyError, host, kept, notices, flush }) => {
  const rows = async () => events(await kept.read()).sort(order);

  /** Everything that this device knows, in the order of the log. */
  const history = async () =>
    (await rows()).map(({ id, text, state, index, taken, code, own = false }) => ({
      id,
      own,
      state: state === 'again' ? 'waiting' : state,
      index,
      taken,
      code,
      event: JSON.parse(text),
    }));

  /** What proves an event to anyone, once the server has it. */
  const receipt = async (id) => {
    const row = (await kept.read()).get(id);
    return row?.state === 'kept' && row.proof ? receiptOf(row) : undefined;
  };

  /** What was decided is signed once more, and sent. */
  const retry = async (id) => {
    await kept.change((all) => {
      const { code: _, strikes: __, ...row } = all.get(id) || {};
      return row.state === 'dead' ? [[id, { ...row, state: 'again' }]] : undefined;
    });
    await flush();
  };

  /** A dead letter is seen no more, and what it was made of goes as well. */
  const forget = async (id) => {
    const all = await kept.change((all) => {
      const row = all.get(id);
      return row?.state === 'dead' ? [[id, row.slip && { slip: row.slip }]] : undefined;
    });
    const slip = all?.get(id).slip;
    if (slip) drop(host, [slip]);
    if (slip) await kept.change((all) => (known(all).has(slip) ? [[id, undefined]] : undefined));
  };

  /** Everything as a text: `events` is what anyone can verify; the other forms are views of it. */
  const exportAs = async (as = 'events') => {
    const all = await rows();
    const whose = (await kept.read()).get('device')?.sub;
    const wanted = new Set(all.flatMap(({ text }) => {
      const { notice, ui } = JSON.parse(text);
      return [notice.hash, ui];
    }));
    const documents = {};
    for (const hash of wanted) {
      const text = await notices.get(hash);
      if (text !== undefined) documents[hash] = text;
    }
    if (as === 'events') return JSON.stringify({ v: 1, events: all.map(receiptOf), notices: documents }, undefined, 2);
    let rights;
    try {
      rights = await import('./rights.js');
    } catch {
      throw new PrivacyError('module/unavailable', 'rights');
    }
    return rights.exportAs(as, all.map(receiptOf), documents, whose ?? JSON.parse(all.at(-1)?.text ?? '{}').sub ?? '');
  };

  return { history, receipt, retry, forget, export: exportAs };
};
