// The panel module: loaded when somebody opens it or an embed is held.

import * as glue from 'glue-panel';
import css from 'style-panel';
import embedCss from 'style-embed';
import { instantiate } from './module.js';

let ready;
const module = () => (ready ||= instantiate(new URL('./panel.wasm', import.meta.url), glue));

/** Opens the panel with the loader's view of the page. */
export const open = async (view) => (await module()).open({ ...view, css });

/** Shows the placeholder in a held frame. */
export const hold = async (view) => (await module()).hold({ ...view, embedCss });
