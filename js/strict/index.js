// Strict mode: the second script in <head>, after the guard. It holds what nobody marked: every
// request, element and store of a vendor, until the boot module says that it may be.

import { check, sweep } from './elements.js';
import { close } from './network.js';
import { NAME, enter, install } from './realms.js';
import { restyle } from './style.js';
import { ALLOW, caller, forget, guard, may } from './verdict.js';
import { tellWorkers } from './worker.js';

guard.enter = install;
guard.may = may;

// In front of the guard's own sweep, which lets marked tags run: those may need what is let go here.
const marked = guard.sweep;
guard.sweep = () => {
  forget();
  close();
  marked();
  sweep();
  restyle();
  tellWorkers();
};

install(window);

// What the parser makes, and styles that are set where nothing can be hooked.
new MutationObserver((records) => {
  for (const { type, target, addedNodes } of records) {
    if (type === 'attributes') check(target);
    else
      for (const node of addedNodes) {
        check(node);
        if (node.localName === 'iframe') enter(node);
      }
  }
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['style'] });
check(document.documentElement);
