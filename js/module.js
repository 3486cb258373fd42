// Loading a WebAssembly module: once, with streaming where the server allows it.

/**
 * Instantiates `source` (an address, a Response, bytes or a compiled module) with the glue
 * that the build made for it, and answers the glue's exports.
 */
export const instantiate = async (source, glue) => {
  const imports = { a: glue.imports };
  let from = await source;
  if (typeof from === 'string' || from instanceof URL) from = await fetch(from);
  if (typeof Response === 'function' && from instanceof Response) {
    if (!from.ok) throw new Error('' + from.status);
    // Streaming needs the right media type; a server that does not know it is no reason to
    // fail.
    from = /^application\/wasm/.test(from.headers.get('content-type'))
      ? await WebAssembly.compileStreaming(from)
      : await from.arrayBuffer();
  }
  const made = await WebAssembly.instantiate(from, imports);
  glue.bind((made.instance || made).exports);
  return glue;
};
