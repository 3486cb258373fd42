// The browser's cipher over a whole file at once, which then is in memory twice.

const nonce = { name: 'AES-GCM', iv: new Uint8Array(12) };
const key = () => crypto.subtle.importKey('raw', new Uint8Array(32).fill(2), 'AES-GCM', false, ['encrypt', 'decrypt']);
// No stream: what comes of it is handed on as it is.
const whole = (buffer) =>
  new ReadableStream({
    start: (controller) => {
      controller.enqueue(new Uint8Array(buffer));
      controller.close();
    },
  });

export const seal = async (file) => whole(await crypto.subtle.encrypt(nonce, await key(), await file.arrayBuffer()));
export const open = async (file) => whole(await crypto.subtle.decrypt(nonce, await key(), await file.arrayBuffer()));
