// Putting a function of our own in the place of the browser's, so that nobody can tell: same
// name, length and text, same place in the same descriptor, usable with `new` and `extends`.

/** What a hook stands for. */
const natives = new WeakMap();

const pass = (hook, original) => {
  Object.defineProperties(hook, Object.getOwnPropertyDescriptors(original));
  natives.set(hook, original);
  return hook;
};

/** Replaces parts of a property where it stands among the prototypes of an object, if it does. */
const change = (owner, names, change) => {
  for (const name of names.split(' ')) {
    let at = owner;
    while (at && !Object.hasOwn(at, name)) at = Object.getPrototypeOf(at);
    const slot = at && Object.getOwnPropertyDescriptor(at, name);
    if (slot && !natives.has(slot.value || slot.get)) Object.defineProperty(at, name, { ...slot, ...change(slot, name) });
  }
};

/**
 * Hooks methods: `around(call, self, args, name)` is called in their place, where `call(args)`
 * makes the original call. What the browser does not have stays absent.
 */
export const method = (owner, names, around) =>
  change(owner, names, ({ value: original }, name) => ({
    value: pass(
      {
        [name](...args) {
          return around((given, self = this) => Reflect.apply(original, self, given), this, args, name);
        },
      }[name],
      original,
    ),
  }));

/** Hooks accessors: `set(call, self, value)` and `get(call, self)`, or 0 for what stays. */
export const accessor = (owner, names, set, get) =>
  change(owner, names, (slot) => ({
    get: get
      ? pass({ get() { return get(() => Reflect.apply(slot.get, this, []), this); } }.get, slot.get)
      : slot.get,
    set: set && slot.set
      ? pass({ set(value) { set((given) => Reflect.apply(slot.set, this, [given]), this, value); } }.set, slot.set)
      : slot.set,
  }));

/** Hooks constructors: `around(make, args, name)`, where `make(args)` makes the object. */
export const constructor = (realm, names, around) =>
  change(realm, names, ({ value: original }, name) => {
    // What is defined on the proxy reaches the original, which has it already.
    const hook = pass(
      new Proxy(original, {
        construct: (target, args, made) => around((given) => Reflect.construct(target, given, made), args, name),
      }),
      original,
    );
    // `Audio` shares the prototype of another interface.
    if (original.prototype.constructor === original) original.prototype.constructor = hook;
    return { value: hook };
  });

/** Makes every hook show the text of what it stands for. */
export const disguise = (realm) =>
  method(realm.Function.prototype, 'toString', (call, self) => call([], natives.get(self) || self));
