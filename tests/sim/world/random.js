// Chance from a seed: sfc32 (PractRand), a stream for each name, so that what is left out of one changes no other.

const mix = (text, seed) => {
  let hash = seed >>> 0;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
};

/** A stream of chance. */
export class Random {
  constructor(seed, name) {
    this.a = mix(name, 0x811c9dc5 ^ seed);
    this.b = mix(name, 0x9e3779b9 ^ Math.imul(seed, 0x85ebca6b));
    this.c = seed >>> 0;
    this.d = 1;
    for (let at = 0; at < 12; at++) this.word();
  }

  /** 32 bits. */
  word() {
    const sum = (this.a + this.b + this.d) | 0;
    this.d = (this.d + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + sum | 0;
    return sum >>> 0;
  }

  /** From 0 to below 1. */
  share() {
    return this.word() / 2 ** 32;
  }

  /** A whole number from 0 to below `count`. */
  below(count) {
    return Math.floor(this.share() * count);
  }

  /** From `least` to below `most`. */
  between(least, most) {
    return least + this.share() * (most - least);
  }

  chance(share) {
    return this.share() < share;
  }

  of(list) {
    return list[this.below(list.length)];
  }

  /** One of `[weight, value]…`. */
  weighted(list) {
    let at = this.share() * list.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of list) if ((at -= weight) < 0) return value;
    return list.at(-1)[1];
  }

  /** A time that is mostly short and sometimes long, with this mean. */
  delay(mean) {
    return -Math.log(1 - this.share()) * mean;
  }

  fill(bytes) {
    for (let at = 0; at < bytes.length; at++) bytes[at] = this.word() & 255;
    return bytes;
  }
}
