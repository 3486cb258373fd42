// One of the threads that read and do nothing else.

onmessage = async ({ data: { blob, from, to } }) => postMessage((await blob.slice(from, to).arrayBuffer()).byteLength);
