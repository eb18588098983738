// Number formats bit by bit, exactly as scratch/number_formats.py (tests/vectors/number_format.json holds both to it).
// Patterns are whole numbers below 2^32, so arithmetic and not JavaScript's signed bit operators takes them apart.

const KINDS = Object.fromEntries([
  ["fp32", "FP32", 8, 23, true, true], ["tf32", "TF32", 8, 10, true, true], ["fp16", "FP16", 5, 10, true, true],
  ["bf16", "BF16", 8, 7, true, true], ["fp8_e4m3", "FP8 E4M3", 4, 3, false, true], ["fp8_e5m2", "FP8 E5M2", 5, 2, true, true],
  ["fp4_e2m1", "FP4 E2M1", 2, 1, false, false], ["int8", "INT8", 0, 7, false, false], ["int4", "INT4", 0, 3, false, false],
].map(([name, label, exponent, fraction, infinite, nans]) => {
  const bits = 1 + exponent + fraction, bias = 2 ** (exponent - 1) - 1;
  const largest = exponent === 0 ? 2 ** fraction - 1 : infinite ? (2 ** exponent - 1) * 2 ** fraction - 1 : 2 ** (bits - 1) - 1 - (nans ? 1 : 0);
  return [name, { name, label, exponent, fraction, infinite, nans, bits, bias, lowest: 1 - bias, largest }];
}));

// The formats by name: label, bits, exponent, fraction, bias, lowest (power of the smallest normal), largest (pattern).
export function numberKinds() {
  return KINDS;
}

// Sign, exponent bits and fraction bits of a pattern; `code` is all but the sign.
export function splitBits(bits, kind) {
  const half = 2 ** (kind.bits - 1), code = bits % half;
  return { sign: Math.floor(bits / half), code, exponent: Math.floor(code / 2 ** kind.fraction), fraction: code % 2 ** kind.fraction };
}

// The number that a pattern means.
export function decodeBits(bits, kind, scale = 1) {
  const { sign, code } = splitBits(bits, kind);
  if (kind.exponent === 0) return (code - sign * 2 ** kind.fraction) * scale;
  return sign ? -magnitudeOf(kind, code) : magnitudeOf(kind, code);
}

function magnitudeOf(kind, code) {
  if (code > kind.largest) return kind.infinite && code === kind.largest + 1 ? Infinity : NaN;
  const { exponent, fraction } = splitBits(code, kind);
  return (exponent ? fraction + 2 ** kind.fraction : fraction) * 2 ** (Math.max(exponent, 1) - 1 + kind.lowest - kind.fraction);
}

// The pattern nearest to a value, of two the even one; null for NaN where the format has none.
export function encodeNumber(value, kind, scale = 1) {
  const half = 2 ** (kind.bits - 1);
  if (Number.isNaN(value)) {
    if (!kind.nans) return null;
    return kind.infinite ? kind.largest + 1 + 2 ** (kind.fraction - 1) : kind.largest + 1;
  }
  if (kind.exponent === 0) {
    const steps = roundHalfEven(Math.min(Math.max(value / scale, -half), half - 1));
    return steps < 0 ? steps + 2 * half : steps + 0;
  }
  const negative = value < 0 || Object.is(value, -0);
  return (negative ? half : 0) + codeOf(kind, Math.abs(value));
}

function codeOf(kind, size) {
  const last = kind.largest + (kind.infinite ? 1 : 0);
  if (size === Infinity) return last;
  const power = Math.max(powerOf(size), kind.lowest);
  return Math.min((power - kind.lowest) * 2 ** kind.fraction + roundHalfEven(size * 2 ** (kind.fraction - power)), last);
}

const parts = new DataView(new ArrayBuffer(8));

// The power of two just at or below a number: its exponent bits, which no logarithm rounds.
function powerOf(size) {
  parts.setFloat64(0, size);
  return ((parts.getUint32(0) >>> 20) & 2047) - 1023;
}

// The nearest whole number, of two the even one.
export function roundHalfEven(value) {
  const below = Math.floor(value), rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

// The pattern of the next number up (step 1) or down (-1); null past the last and for NaN.
export function neighbourBits(bits, kind, step) {
  const half = 2 ** (kind.bits - 1), { sign, code } = splitBits(bits, kind);
  if (kind.exponent === 0) {
    const place = bits - 2 * half * sign + step;
    return place < -half || place >= half ? null : (place + 2 * half) % (2 * half);
  }
  const last = kind.largest + (kind.infinite ? 1 : 0), place = (sign ? -code : code) + step;
  if (code > last || Math.abs(place) > last) return null;
  return place >= 0 ? place : half - place;
}

// Where the greatest number not above `value` stands in the order of all numbers of the format.
export function floorPlace(value, kind, scale = 1) {
  const bits = encodeNumber(value, kind, scale), { sign, code } = splitBits(bits, kind);
  const place = kind.exponent === 0 ? bits - sign * 2 ** kind.bits : sign ? -code : code;
  return decodeBits(bits, kind, scale) > value ? place - 1 : place;
}

// What a format can hold: largest, smallest_normal, smallest, epsilon; null where an integer has none.
export function formatLimits(kind, scale = 1) {
  if (kind.exponent === 0) return { largest: kind.largest * scale, smallest_normal: null, smallest: scale, epsilon: null };
  return { largest: magnitudeOf(kind, kind.largest), smallest_normal: 2 ** kind.lowest, smallest: 2 ** (kind.lowest - kind.fraction), epsilon: 2 ** -kind.fraction };
}

// Every digit of a float, none rounded.
export function exactDecimal(value) {
  if (Number.isNaN(value)) return "NaN";
  const minus = value < 0 || Object.is(value, -0) ? "−" : "";
  if (!Number.isFinite(value)) return `${minus}∞`;
  parts.setFloat64(0, Math.abs(value));
  const high = parts.getUint32(0), stored = high >>> 20;
  const whole = (BigInt((high & 0xfffff) + (stored ? 0x100000 : 0)) << 32n) + BigInt(parts.getUint32(4));
  const power = Math.max(stored, 1) - 1075;
  if (power >= 0) return minus + (whole << BigInt(power)).toString();
  const digits = (whole * 5n ** BigInt(-power)).toString().padStart(1 - power, "0"); // value = digits / 10^-power
  const after = digits.slice(power).replace(/0+$/, "");
  return minus + digits.slice(0, power) + (after ? `.${after}` : "");
}

// The number that somebody typed; null when it is none: 3.14, -2e-3, inf, nan.
export function parseNumber(text) {
  const clean = text.trim().replace("−", "-").toLowerCase();
  if (/^[+-]?(inf(inity)?|∞)$/.test(clean)) return clean.startsWith("-") ? -Infinity : Infinity;
  if (clean === "nan") return NaN;
  return /^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/.test(clean) ? Number(clean) : null;
}
