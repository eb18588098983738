// Rounding of weights in float32, exactly as scratch/quantize.py does it (tests/vectors/quantization_explorer.json).

const MAGIC = 1.5 * 2 ** 52; // added and taken away again it leaves the nearest whole number, half to even
const oneFloat = new Float32Array(1), oneWord = new Uint32Array(oneFloat.buffer);

// A positive float32 of at most 65504 rounded to float16.
export function roundToHalf(value) {
  if (value < 2 ** -14) return ((value * 2 ** 24 + MAGIC) - MAGIC) / 2 ** 24; // subnormal: even steps of 2^-24
  oneFloat[0] = value;
  oneWord[0] = (oneWord[0] + 0xfff + ((oneWord[0] >>> 13) & 1)) & ~0x1fff;
  return oneFloat[0];
}

// Each group's weights in order, one group after the other: what clipping looks its range up in.
export function rankGroups(weights, size) {
  const ranked = weights.slice();
  for (let start = 0; start < ranked.length; start += size) ranked.subarray(start, start + size).sort();
  return ranked;
}

// The ranked groups after one weight became another.
export function replaceRanked(ranked, size, place, before, after) {
  if (before === after) return ranked;
  const changed = ranked.slice(), start = Math.floor(place / size) * size, line = changed.subarray(start, start + size);
  let at = line.indexOf(before);
  for (; at + 1 < size && line[at + 1] < after; at++) line[at] = line[at + 1];
  for (; at > 0 && line[at - 1] > after; at--) line[at] = line[at - 1];
  line[at] = after;
  return changed;
}

// How many weights share a scale.
export function sharedBy(group, rows, columns) {
  return group === "tensor" ? rows * columns : group === "channel" ? columns : Number(group);
}

// What a weight really costs in bits: its code, and its share of a float16 scale and of a zero point.
export function realBits(bits, method, size) {
  return bits + (16 + (method === "zeropoint" ? bits : 0)) / size;
}

// Rounds `weights` in groups of `size`. `ranked` is needed where clip leaves weights out. Returns { values, scales, zeros,
// lows, highs }, the last four by group: `zeros` is the code of 0.
export function roundWeights(weights, { bits, method, size, clip = 0, ranked = null }, values = new Float32Array(weights.length)) {
  const count = weights.length / size, symmetric = method === "absmax";
  const scales = new Float32Array(count), zeros = new Int16Array(count), lows = new Float32Array(count), highs = new Float32Array(count);
  const least = symmetric ? -(2 ** (bits - 1) - 1) : 0, most = symmetric ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  const leftOut = Math.floor((size * clip) / 2), last = Math.max(size - 1 - leftOut, leftOut), fround = Math.fround;
  for (let group = 0; group < count; group++) {
    const start = group * size, end = start + size;
    let low = weights[start], high = low;
    if (leftOut > 0) { low = ranked[start + leftOut]; high = ranked[start + last]; }
    else for (let at = start + 1; at < end; at++) { const weight = weights[at]; if (weight < low) low = weight; else if (weight > high) high = weight; }
    lows[group] = low;
    highs[group] = high;
    if (!symmetric) { low = Math.min(low, 0); high = Math.max(high, 0); }
    const scale = roundToHalf(fround((symmetric ? Math.max(Math.abs(low), Math.abs(high)) : fround(high - low)) / most));
    const inverse = scale === 0 ? 0 : fround(1 / scale);
    const zero = symmetric ? 0 : Math.min(Math.max((fround(-low * inverse) + MAGIC) - MAGIC, 0), most);
    scales[group] = scale;
    zeros[group] = zero;
    for (let at = start; at < end; at++) {
      let code = (fround(weights[at] * inverse) + MAGIC) - MAGIC + zero;
      if (code < least) code = least; else if (code > most) code = most;
      values[at] = (code - zero) * scale;
    }
  }
  return { values, scales, zeros, lows, highs };
}

// How far the weights moved: { rmse, relative, largest, snr }, and, when `cells` is given, the mean square error of each
// pool of rows and columns: cells = { rows, columns, high, wide } of the picture.
export function weightErrors(weights, values, columns, cells = null) {
  let power = 0, noise = 0, largest = 0;
  const pooled = cells ? new Float64Array(cells.high * cells.wide) : null, inPool = cells ? new Float64Array(cells.high * cells.wide) : null;
  const rows = weights.length / columns;
  const across = cells ? Uint16Array.from({ length: columns }, (_, column) => Math.floor((column * cells.wide) / columns)) : null;
  for (let row = 0, at = 0; row < rows; row++) {
    const first = cells ? Math.floor((row * cells.high) / rows) * cells.wide : 0;
    for (let column = 0; column < columns; column++, at++) {
      const weight = weights[at], moved = values[at] - weight, square = moved * moved;
      power += weight * weight;
      noise += square;
      if (square > largest) largest = square;
      if (pooled) { pooled[first + across[column]] += square; inPool[first + across[column]]++; }
    }
  }
  return {
    rmse: Math.sqrt(noise / weights.length), relative: power ? Math.sqrt(noise / power) : 0, largest: Math.sqrt(largest),
    snr: power && noise ? 10 * Math.log10(power / noise) : Infinity,
    pooled: pooled ? Float32Array.from(pooled, (sum, at) => Math.sqrt(sum / inPool[at])) : null,
  };
}

// How many weights fall into each of `bins` bins from -end to end; what lies outside is counted at the ends.
export function countWeights(weights, end, bins) {
  const counts = new Uint32Array(bins), scale = bins / (2 * end || 1);
  for (let at = 0; at < weights.length; at++) counts[Math.min(Math.max(Math.floor((weights[at] + end) * scale), 0), bins - 1)]++;
  return counts;
}
