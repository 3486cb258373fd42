// Strict mode: the second script in <head>, after the guard. It holds what nobody marked: every
// request, element and store of a vendor, until the boot module says that it may be.

import { look, passes } from './elements.js';
import { roots } from './insertion.js';
import { open } from './network.js';
import { install } from './realms.js';
import { calm, sheets } from './style.js';
import { SOURCE, everything, guard, held, known, may } from './verdict.js';

Object.assign(guard, { calm, enter: install, everything, held, known, look, may, open, passes, roots, sheets });

const marked = guard.sweep;
guard.sweep = () => {
  known.clear();
  marked();
  import(new URL('guard-release.js', SOURCE)).then((it) => it.sweep());
};

install(window);

