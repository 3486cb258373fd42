// The panel module: loaded when somebody opens the panel or an embed is held.

import * as glue from 'glue-panel';
import css from 'style-panel';
import embedCss from 'style-embed';
import { loading } from './module.js';

const ready = loading(new URL('./panel.wasm', import.meta.url), glue);

/** Loads the module; answers how to open the panel and to hold a frame, for a view of the page. */
export const load = async () => {
  const { open, hold } = await ready();
  return {
    open: (view) => open({ ...view, css }),
    hold: (view) => hold({ ...view, embedCss }),
  };
};
