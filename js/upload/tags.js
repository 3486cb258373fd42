// The tags of a file's segments that may have been sent. A segment that is sealed once more has to get the same tag: of two texts
// under one key and nonce, who sees both learns how they differ. AES-GCM's tag depends on every byte, so that nobody changes a
// file by accident without one being another.

/** How long a tag is. */
const TAG = 16;

export const tags = (count) => {
  const known = new Uint8Array(count * TAG);
  const has = new Uint8Array(count);
  return {
    /** Adds those of segments one behind the other; `unlike` if one of them was another, `known` if all were there. */
    add: (first, marks) => {
      let news = false;
      for (let at = 0; at < marks.length / TAG; at += 1) {
        const place = (first + at) * TAG;
        const mark = marks.subarray(at * TAG, (at + 1) * TAG);
        if (!has[first + at]) {
          known.set(mark, place);
          has[first + at] = 1;
          news = true;
        } else if (mark.some((it, nth) => it !== known[place + nth])) {
          return 'unlike';
        }
      }
      return news ? 'new' : 'known';
    },
  };
};
