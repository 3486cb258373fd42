// The page of the policy: the banner's control stands here as on every page.

import { begin } from './page.js';

await begin();
