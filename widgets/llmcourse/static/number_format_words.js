// What a pattern of bits means, with its numbers filled in, and how far its neighbours are.
import { element, shortNumber } from "./common.js";
import { decodeBits, exactDecimal, neighbourBits, splitBits } from "./number_formats.js";

const minus = (number) => String(number).replace("-", "−");

// The formula of a pattern as two lines of nodes: the sum, and in words what kind of number it is.
export function bitFormula(bits, kind, scale) {
  const { sign, exponent, fraction } = splitBits(bits, kind), value = decodeBits(bits, kind, scale);
  const line = (...pieces) => element("div", { class: "llmc-bit-sum" }, ...pieces);
  const said = (text) => element("div", { class: "llmc-muted" }, text);
  const part = (name, ...pieces) => element("span", { class: `llmc-bit-ink-${name}` }, ...pieces);
  const raised = (text) => element("sup", {}, text);
  const result = Number.isFinite(value) ? ` = ${short(value)}` : "";
  if (kind.exponent === 0) {
    const whole = fraction - sign * 2 ** kind.fraction;
    return [
      line(part("sign", `−${2 ** kind.fraction} × ${sign}`), " + ", part("fraction", String(fraction)), ` = ${minus(whole)};  ${minus(whole)} × scale ${shortNumber(scale)}${result}`),
      said("Two's complement: the first bit counts negative. The scale turns the whole number into a value; all steps are equally wide."),
    ];
  }
  const top = 2 ** kind.exponent - 1, of = 2 ** kind.fraction;
  const signed = part("sign", "(−1)", raised(String(sign)));
  if (!Number.isFinite(value)) {
    const words = Number.isNaN(value)
      ? kind.infinite ? "Exponent all ones and a fraction that is not 0: NaN, not a number. Every such pattern means the same to arithmetic." : "All ones: the one NaN of this format. It gave up infinity to count further."
      : "Exponent all ones and fraction 0: infinity, with its sign.";
    return [line(signed, Number.isNaN(value) ? " … NaN" : ` × ∞ = ${exactDecimal(value)}`), said(words)];
  }
  const power = Math.max(exponent, 1) - kind.bias;
  const raise = exponent === 0 ? `1 − ${kind.bias}` : `${exponent} − ${kind.bias}`;
  const middle = [part("exponent", "2", raised(raise)), " × ", part("fraction", `(${exponent === 0 ? 0 : 1} + ${fraction.toLocaleString("en")}/${of.toLocaleString("en")})`)];
  const factor = (exponent === 0 ? 0 : 1) + fraction / of;
  const words = exponent === 0
    ? fraction === 0
      ? "All zeros but the sign: zero. There are two, +0 and −0, and they compare as equal."
      : "Exponent all zeros: a subnormal number. The hidden one before the point is gone, so numbers thin out evenly down to 0 and lose digits."
    : exponent === top && !kind.infinite
      ? "Exponent all ones, and still a number: this format has no infinity."
      : `A normal number: a hidden one before the point, ${kind.fraction} fraction ${kind.fraction === 1 ? "bit" : "bits"} after it, bias ${kind.bias}.`;
  return [
    line(signed, " × ", ...middle, ` = ${sign ? "−" : ""}`, part("exponent", "2", raised(minus(power))), " × ", part("fraction", short(factor)), result),
    said(words),
  ];
}

// The distance to the neighbour below and above; null where there is none, Infinity where it is infinite.
export function neighbourSteps(bits, kind, scale) {
  const here = decodeBits(bits, kind, scale);
  const distance = (step) => {
    const next = neighbourBits(bits, kind, step);
    return next === null || !Number.isFinite(here) ? null : Math.abs(decodeBits(next, kind, scale) - here);
  };
  return { below: distance(-1), above: distance(1) };
}

function short(value) {
  const text = String(Number(value.toPrecision(9)));
  return minus(Object.is(value, -0) ? "−0" : text);
}
