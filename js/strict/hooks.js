// Putting a function of our own in the place of the browser's, so that nobody can tell: same
// name, length and text, same place in the same descriptor, usable with `new` and `extends`.

/** What a hook stands for. */
const natives = new WeakMap();

/** The native function behind a hook, or the function itself. */
export const native = (hook) => natives.get(hook) || hook;

const pass = (hook, original) => {
  for (const name of ['name', 'length']) Object.defineProperty(hook, name, { value: original[name], configurable: true });
  natives.set(hook, original);
  return hook;
};

/** What a property was, wherever it stands among the prototypes of an object. */
export const find = (owner, name) => {
  for (let at = owner; at; at = Object.getPrototypeOf(at)) {
    const slot = Object.getOwnPropertyDescriptor(at, name);
    if (slot) return [at, slot];
  }
  return [];
};

/**
 * Hooks a method: `around(call, self, args)` is called in its place, where `call(args)` makes the
 * original call. What the browser does not have stays absent.
 */
export const method = (owner, names, around) => {
  for (const name of names.split(' ')) {
    const [at, slot] = find(owner, name);
    if (!slot?.value || natives.has(slot.value)) continue;
    const original = slot.value;
    const hook = {
      [name](...args) {
        return around((given, self = this) => Reflect.apply(original, self, given), this, args);
      },
    }[name];
    Object.defineProperty(at, name, { ...slot, value: pass(hook, original) });
  }
};

/** Hooks an accessor: `set(call, self, value)` and, where it is given, `get(call, self)`. */
export const accessor = (owner, names, set, get) => {
  for (const name of names.split(' ')) {
    const [at, slot] = find(owner, name);
    if (!slot?.get || natives.has(slot.get)) continue;
    const made = { ...slot };
    if (get) {
      made.get = pass({ get() {
        return get(() => Reflect.apply(slot.get, this, []), this);
      } }.get, slot.get);
    }
    if (set && slot.set) {
      made.set = pass({ set(value) {
        set((given) => Reflect.apply(slot.set, this, [given]), this, value);
      } }.set, slot.set);
    }
    Object.defineProperty(at, name, made);
  }
};

/** Hooks a constructor: `around(make, args)`, where `make(args)` makes the object. */
export const constructor = (realm, names, around) => {
  for (const name of names.split(' ')) {
    const slot = Object.getOwnPropertyDescriptor(realm, name);
    const original = slot?.value;
    if (!original || natives.has(original)) continue;
    const hook = new Proxy(original, {
      construct: (target, args, made) => around((given) => Reflect.construct(target, given, made), args),
    });
    natives.set(hook, original);
    Object.defineProperty(realm, name, { ...slot, value: hook });
    // `Image` and `Audio` share the prototype of another interface.
    if (original.prototype.constructor === original) original.prototype.constructor = hook;
  }
};

/** Makes every hook show the text of what it stands for. */
export const disguise = (realm) =>
  method(realm.Function.prototype, 'toString', (call, self) => Reflect.apply(native(realm.Function.prototype.toString), native(self), []));
