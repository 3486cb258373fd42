// What a site writes; that each entry is found, and has the types it says.

import { PrivacyError, allows, decision, on, start } from '@mixus/privacy';
import type { Config, Decision } from '@mixus/privacy';
import * as inline from '@mixus/privacy/inline';
import policy from '@mixus/privacy/policy.js';
import { verify } from '@mixus/privacy/verify';

const config: Config = { region: 'DE', policy };
const started: Promise<void> = start(config);
const also: Promise<void> = inline.start(config);
const allowed: boolean = allows('analytics') && inline.allows('analytics');
const now: Decision = decision();
on('error', (error: PrivacyError) => error.faults?.[0]?.path);

const size: Promise<number> = verify('{}', '').then(({ checkpoint }) => checkpoint.size);

// @ts-expect-error a region is a text
start({ region: 49 });
// @ts-expect-error the same with the other entry
inline.start({ region: 49 });
// @ts-expect-error a policy has no such part
policy.popup;
// @ts-expect-error there is no such entry
import('@mixus/privacy/late.js');

export { allowed, also, now, size, started };
