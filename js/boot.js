// The boot module: texts in and out of its memory, and its calls by number.

/** The calls; what they take and answer stands in `src/web/boot.rs`. */
export const REFRESH = 1;
export const JUDGE = 2;
export const VERDICT = 3;
export const DECIDE = 4;
export const COMMIT = 5;
export const TYPES = 6;
export const SHOW = 7;
export const FACTS = 8;

let exports;

const now = () => Math.floor(Date.now() / 1000);

/** Writes a text at one of the module's places and answers its length. */
const write = (place, text) =>
  new TextEncoder().encodeInto(text, new Uint8Array(exports.memory.buffer, exports.a(place))).written;

/** Makes a call with fields of input. */
export const call = (which, ...fields) => exports.c(which, write(2, fields.join('\n')), now());

/** The output of the last call. */
export const output = (length) => new TextDecoder().decode(new Uint8Array(exports.memory.buffer, exports.a(3), length));

/** Starts with a plan and a setting; false when the plan cannot be used. */
export const open = (instance, plan, setting) => {
  exports = instance.exports;
  return exports.c(0, write(1, setting.join('\n')), write(0, plan));
};
