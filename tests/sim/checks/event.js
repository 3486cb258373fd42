// An event, read by others than those who wrote it.

import { createHash } from 'node:crypto';

export class Parsed {
  constructor(text) {
    const { sig, ...event } = JSON.parse(text);
    Object.assign(this, { acct: '' }, event);
    this.text = text;
    this.unsigned = text.replace(`"sig":"${sig}",`, '');
    if (!this.hlc) throw new Error('no event: ' + text);
    const hash = createHash('sha256').update(this.unsigned).digest();
    this.hash = hash.toString('base64url');
    this.id = Buffer.concat([Buffer.from(this.hlc.slice(0, 12), 'hex'), hash.subarray(0, 16)]).toString('base64url');
    /** What it says, by key, where it is more than proof of one use. */
    this.says = new Map(this.exp > this.at ? [...Object.entries(this.grant), ...Object.entries(this.svc)].map(([name, it]) => [name.split('@')[0], it === 1]) : []);
  }
}
