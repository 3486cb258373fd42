// Small sounds and pictures that move, made in the page.

/** A tone of so many seconds, as WAV. */
export const tone = (seconds) => {
  const rate = 44_100;
  const out = new DataView(new ArrayBuffer(44 + seconds * rate * 2));
  const text = (at, it) => [...it].forEach((letter, place) => out.setUint8(at + place, letter.charCodeAt(0)));
  text(0, 'RIFF');
  out.setUint32(4, out.byteLength - 8, true);
  text(8, 'WAVEfmt ');
  out.setUint32(16, 16, true);
  out.setUint16(20, 1, true);
  out.setUint16(22, 1, true);
  out.setUint32(24, rate, true);
  out.setUint32(28, rate * 2, true);
  out.setUint16(32, 2, true);
  out.setUint16(34, 16, true);
  text(36, 'data');
  out.setUint32(40, out.byteLength - 44, true);
  const period = Int16Array.from({ length: 441 }, (_, at) => 8_000 * Math.sin((at * 2 * Math.PI * 5) / 441));
  const samples = new Int16Array(out.buffer, 44);
  for (let at = 0; at < samples.length; at += 441) samples.set(period.subarray(0, samples.length - at), at);
  return new Uint8Array(out.buffer);
};

const bytes = (...parts) => {
  const all = parts.flat(Infinity).map((it) => (typeof it === 'string' ? new TextEncoder().encode(it) : it instanceof Uint8Array ? it : Uint8Array.of(it)));
  const out = new Uint8Array(all.reduce((sum, it) => sum + it.length, 0));
  let at = 0;
  for (const it of all) {
    out.set(it, at);
    at += it.length;
  }
  return out;
};
const number = (value) => {
  const out = new DataView(new ArrayBuffer(8));
  out.setBigUint64(0, BigInt(value));
  return new Uint8Array(out.buffer);
};
const real = (value) => {
  const out = new DataView(new ArrayBuffer(8));
  out.setFloat64(0, value);
  return new Uint8Array(out.buffer);
};
/** An element of Matroska: its id, how long it is in eight bytes, and what is in it. */
const element = (id, ...parts) => {
  const inner = bytes(...parts);
  const long = number(inner.length);
  long[0] = 1;
  return bytes(id.match(/../g).map((it) => parseInt(it, 16)), long, inner);
};

const WIDTH = 160;
const HEIGHT = 120;
const RATE = 10;

/** Whether this browser can make pictures that move. */
export const canFilm = async () => !!(await globalThis.VideoEncoder?.isConfigSupported({ codec: 'vp8', width: WIDTH, height: HEIGHT }).catch(() => undefined))?.supported;

/** Noise of so many seconds, as WebM: a cluster and a cue for each second. */
export const film = async (seconds) => {
  const chunks = [];
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      chunks.push({ time: Math.round(chunk.timestamp / 1000), data, isKey: chunk.type === 'key' });
    },
    error: (error) => {
      throw error;
    },
  });
  encoder.configure({ codec: 'vp8', width: WIDTH, height: HEIGHT, bitrate: 4_000_000, framerate: RATE });
  for (let at = 0; at < seconds * RATE; at += 1) {
    const pixels = crypto.getRandomValues(new Uint8Array(WIDTH * HEIGHT * 4 > 65_536 ? 65_536 : 0));
    const data = new Uint8Array(WIDTH * HEIGHT * 4);
    data.set(pixels);
    data.set(pixels.subarray(0, data.length - pixels.length), pixels.length);
    const frame = new VideoFrame(data, { format: 'RGBA', codedWidth: WIDTH, codedHeight: HEIGHT, timestamp: (at * 1_000_000) / RATE });
    encoder.encode(frame, { keyFrame: at % RATE === 0 });
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  const starts = chunks.filter(({ isKey, time }) => isKey && time % 1000 === 0).map(({ time }) => time);
  const clusters = starts.map((start, at) => {
    const own = chunks.filter(({ time }) => time >= start && !(time >= starts[at + 1]));
    const blocks = own.map(({ time, data, isKey }) => element('a3', 0x81, (time - start) >> 8, (time - start) & 255, isKey ? 0x80 : 0, data));
    return element('1f43b675', element('e7', number(start)), blocks);
  });
  const info = element('1549a966', element('2ad7b1', number(1_000_000)), element('4489', real(seconds * 1000)), element('4d80', 'test'), element('5741', 'test'));
  const track = element('ae', element('d7', 1), element('73c5', 1), element('83', 1), element('86', 'V_VP8'), element('e0', element('b0', number(WIDTH)), element('ba', number(HEIGHT))));
  const tracks = element('1654ae6b', track);
  const cues = (places) => element('1c53bb6b', starts.map((time, at) => element('bb', element('b3', number(time)), element('b7', element('f7', 1), element('f1', number(places[at]))))));
  const front = info.length + tracks.length + cues(starts.map(() => 0)).length;
  let place = front;
  const places = clusters.map(({ length }) => (place += length) - length);
  const head = element('1a45dfa3', element('4286', 1), element('42f7', 1), element('42f2', 4), element('42f3', 8), element('4282', 'webm'), element('4287', 4), element('4285', 2));
  return bytes(head, element('18538067', info, tracks, cues(places), clusters));
};
