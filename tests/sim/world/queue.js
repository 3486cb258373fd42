// What happens next: a heap by time, and by order where times are equal.

const earlier = (a, b) => a.time < b.time || (a.time === b.time && a.order < b.order);

export class Queue {
  constructor() {
    this.heap = [];
    this.order = 0;
  }

  get length() {
    return this.heap.length;
  }

  push(entry) {
    entry.order = this.order++;
    const { heap } = this;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (!earlier(entry, heap[up])) break;
      heap[at] = heap[up];
      at = up;
    }
    heap[at] = entry;
    return entry;
  }

  first() {
    return this.heap[0];
  }

  pop() {
    const { heap } = this;
    const first = heap[0];
    const last = heap.pop();
    if (heap.length) {
      let at = 0;
      for (;;) {
        let down = 2 * at + 1;
        if (down >= heap.length) break;
        if (down + 1 < heap.length && earlier(heap[down + 1], heap[down])) down++;
        if (!earlier(heap[down], last)) break;
        heap[at] = heap[down];
        at = down;
      }
      heap[at] = last;
    }
    return first;
  }
}
