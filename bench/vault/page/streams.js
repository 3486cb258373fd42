// Streams of bytes.

const { port1: nowhere, port2 } = new MessageChannel();
port2.close();

/** Gives the memory of a chunk back, which otherwise is there until the browser's collector comes. */
const freed = ({ buffer, length }) => {
  if (buffer?.byteLength === length) nowhere.postMessage(0, [buffer]);
};

/** Reads a stream to its end as fast as it comes, and answers how much that was. With `left`, memory is left to the collector. */
export const drained = async (stream, left) => {
  const reader = stream.getReader();
  let count = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return count;
    count += value.length;
    if (!left) freed(value);
  }
};

/** A stream of what a generator makes. */
export const streamed = (parts) =>
  new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await parts.next();
        return done ? controller.close() : controller.enqueue(value);
      },
    },
    { highWaterMark: 0 },
  );

/** The parts of a blob of so many bytes each; one is read while another is worked on. */
export const pieces = async function* (blob, length, from = 0) {
  const read = (at) => (at < blob.size ? blob.slice(at, at + length).arrayBuffer() : undefined);
  let ahead = read(from);
  for (let at = from; at < blob.size; at += length) {
    const piece = await ahead;
    ahead = read(at + length);
    yield new Uint8Array(piece);
  }
};
