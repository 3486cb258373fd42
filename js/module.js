// Loading a WebAssembly module that was made with wasm-bindgen: once, with streaming where
// the server allows it.

const instantiate = async (from, glue) => {
  if (!from.byteLength) {
    from = await fetch(from);
    if (!from.ok) throw new Error('' + from.status);
  }
  // Streaming needs the right media type; a server that does not know it is no reason to
  // fail.
  const module =
    from.byteLength || !/^application\/wasm/.test(from.headers.get('content-type'))
      ? await WebAssembly.compile(from.byteLength ? from : await from.arrayBuffer())
      : await WebAssembly.compileStreaming(from);
  glue.bind((await WebAssembly.instantiate(module, { a: glue.imports })).exports);
  return glue;
};

/**
 * Answers a function that loads the module on its first call, and again after a failure;
 * from `bytes` where they are at hand.
 */
export const loading = (address, glue) => {
  let ready;
  return (bytes) =>
    (ready ||= instantiate(bytes || address, glue).catch((error) => {
      ready = 0;
      throw error;
    }));
};
