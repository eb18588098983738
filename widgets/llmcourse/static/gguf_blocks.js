// The blocks of a GGUF file taken apart, exactly as scratch/gguf_blocks.py (tests/vectors/gguf_map.json holds both to it).
import { decodeBits, numberKinds } from "./number_formats.js";

// Which bytes of a block hold what, in their order: [name, bytes, meaning].
const FIELDS = {
  Q4_0: [["d", 2, "scale, float16"], ["qs", 16, "32 weights, 4 bits each"]],
  Q4_1: [["d", 2, "scale, float16"], ["m", 2, "minimum, float16"], ["qs", 16, "32 weights, 4 bits each"]],
  Q5_0: [["d", 2, "scale, float16"], ["qh", 4, "the fifth bit of each weight"], ["qs", 16, "the four low bits of each weight"]],
  Q5_1: [["d", 2, "scale, float16"], ["m", 2, "minimum, float16"], ["qh", 4, "the fifth bit of each weight"], ["qs", 16, "the four low bits of each weight"]],
  Q8_0: [["d", 2, "scale, float16"], ["qs", 32, "32 weights, 8 bits each"]],
  Q2_K: [["scales", 16, "16 scales and minima, 4 bits each"], ["qs", 64, "256 weights, 2 bits each"], ["d", 2, "scale of the scales"], ["dmin", 2, "scale of the minima"]],
  Q3_K: [["hmask", 32, "the third bit of each weight"], ["qs", 64, "the two low bits of each weight"], ["scales", 12, "16 scales, 6 bits each"], ["d", 2, "scale of the scales"]],
  Q4_K: [["d", 2, "scale of the scales"], ["dmin", 2, "scale of the minima"], ["scales", 12, "8 scales and 8 minima, 6 bits each"], ["qs", 128, "256 weights, 4 bits each"]],
  Q5_K: [["d", 2, "scale of the scales"], ["dmin", 2, "scale of the minima"], ["scales", 12, "8 scales and 8 minima, 6 bits each"], ["qh", 32, "the fifth bit of each weight"], ["qs", 128, "the four low bits of each weight"]],
  Q6_K: [["ql", 128, "the four low bits of each weight"], ["qh", 64, "the two high bits of each weight"], ["scales", 16, "16 scales, 8 bits each"], ["d", 2, "scale of the scales"]],
  Q8_K: [["d", 4, "scale, float32"], ["qs", 256, "256 weights, 8 bits each"], ["bsums", 32, "sums of 16 weights each"]],
  IQ4_NL: [["d", 2, "scale, float16"], ["qs", 16, "32 places in a table of 16 values"]],
  MXFP4: [["e", 1, "a power of two shared by the block"], ["qs", 16, "32 weights in FP4 E2M1"]],
};
const WIDE = { F32: ["fp32", 4], F16: ["fp16", 2], BF16: ["bf16", 2] };

// The fields of a block of `size` bytes: [{ name, meaning, start, end }].
export function blockFields(type, size) {
  if (WIDE[type]) return Array.from({ length: size / WIDE[type][1] }, (_, place) => ({ name: `x${place}`, meaning: `number ${place}, ${type}`, start: place * WIDE[type][1], end: (place + 1) * WIDE[type][1] }));
  let at = 0;
  return (FIELDS[type] ?? [["data", size, "packed weights"]]).map(([name, long, meaning]) => ({ name, meaning, start: at, end: (at += long) }));
}

// What a block means: { values (Float32Array), words (the formula in letters), story(place) → { text, bytes, kind, bits } }.
// `story` fills the formula with the numbers of one weight and names the bytes they come from. Null for a type that only
// Python unpacks.
export function unpackBlock(type, bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), kinds = numberKinds();
  if (WIDE[type]) {
    const [name, size] = WIDE[type], kind = kinds[name];
    const bitsAt = (place) => (size === 4 ? view.getUint32(place * 4, true) : view.getUint16(place * 2, true));
    const values = Float32Array.from({ length: Math.floor(bytes.length / size) }, (_, place) => decodeBits(bitsAt(place), kind));
    return { values, words: `${type}: the number itself, little-endian (lowest byte first)`, story: (place) => ({ text: "", bytes: [place * size, (place + 1) * size], kind, bits: bitsAt(place) }) };
  }
  if (!UNPACK_RULES[type]) return null;
  const { low, shift, minimum, words } = UNPACK_RULES[type];
  const half = (at) => decodeBits(view.getUint16(at, true), kinds.fp16);
  const d = half(0), m = minimum ? half(2) : 0;
  const whole = (place) => {
    if (type === "Q8_0") return view.getInt8(low + place);
    const byte = bytes[low + (place % 16)], four = place < 16 ? byte & 15 : byte >> 4;
    return type === "Q5_0" ? four + (((view.getUint32(2, true) >>> place) & 1) << 4) : four;
  };
  const values = Float32Array.from({ length: 32 }, (_, place) => { const scaled = d * (whole(place) - shift); return minimum ? Math.fround(scaled) + m : scaled; });
  const story = (place) => {
    const q = whole(place), byte = low + (type === "Q8_0" ? place : place % 16), hex = `0x${bytes[byte].toString(16).padStart(2, "0")}`;
    const from = type === "Q8_0" ? `byte ${byte} (${hex}), signed` : `the ${place < 16 ? "low" : "high"} half of byte ${byte} (${hex})${type === "Q5_0" ? ` and bit ${place} of qh` : ""}`;
    const sum = minimum ? `${plain(d)} × ${q} + ${inBrackets(m)}` : shift ? `${plain(d)} × (${q} − ${shift})` : `${plain(d)} × ${inBrackets(q)}`;
    return { text: `weight ${place} = ${words} = ${sum} = ${plain(values[place])}; q = ${plain(q)} is ${from}`, bytes: [byte, byte + 1] };
  };
  return { values, words, story };
}

const UNPACK_RULES = {
  Q4_0: { low: 2, shift: 8, minimum: false, words: "d × (q − 8)" },
  Q4_1: { low: 4, shift: 0, minimum: true, words: "d × q + m" },
  Q5_0: { low: 6, shift: 16, minimum: false, words: "d × (q − 16)" },
  Q8_0: { low: 2, shift: 0, minimum: false, words: "d × q" },
};

function plain(value) {
  return String(Number(value.toPrecision(6))).replace("-", "−");
}

function inBrackets(value) {
  return value < 0 ? `(${plain(value)})` : plain(value);
}
