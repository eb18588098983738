// A number that says which text something was computed from: the CRC-32 of its UTF-8, as text_stamp.py gives in Python.
const STAMP_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

export function textStamp(text) {
  let sum = 0xffffffff;
  for (const byte of new TextEncoder().encode(text)) sum = STAMP_TABLE[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}
