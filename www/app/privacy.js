// The page of the policy: the banner's control stands here as on every page, and what is decided here is kept as well.

import { begin } from './page.js';
import { records } from './records.js';

await begin();
await records();
