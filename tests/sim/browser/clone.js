// Structured clones of what the package stores; keys (`CryptoKey`) are frozen, and stay what they are.

export const clone = (value) => {
  if (typeof value === 'function') throw new DOMException('could not be cloned', 'DataCloneError');
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return value.map(clone);
  if (ArrayBuffer.isView(value)) return value.slice();
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof Map) return new Map([...value].map(([key, it]) => [key, clone(it)]));
  if (value instanceof Promise) throw new DOMException('could not be cloned', 'DataCloneError');
  const copy = {};
  for (const key of Object.keys(value)) copy[key] = clone(value[key]);
  return copy;
};
