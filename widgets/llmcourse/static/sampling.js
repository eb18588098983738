// The mathematics of sampling over the whole vocabulary: logits in, kept tokens, probabilities and draws out; no page.
//
// scratch/sampling.py has the same rules in torch, tests/vectors/sampling.json holds both to transformers. Kernels compute
// in single precision, so every number a rule compares is rounded to it here (`single`); sums are kept in double.

const single = Math.fround;
const ID_SPAN = 2 ** 21; // a sort key of 32 bits and an id of 21 fit into one double
const PER_BIT = 1 / Math.LN2;

// Sorts a vocabulary once, likeliest first and equal logits by falling id. Later settings walk this order.
// Returns { ids, logits, count }; the first `count` logits are above -inf.
export function rankLogits(logits) {
  const size = logits.length;
  const plain = Float32Array.from(logits, (logit) => logit + 0); // -0 becomes 0
  const bits = new Uint32Array(plain.buffer);
  const keys = new Float64Array(size); // typed arrays sort fast, but only their own values: so value and id in one
  for (let id = 0; id < size; id++) {
    const ordered = bits[id] & 0x80000000 ? ~bits[id] >>> 0 : (bits[id] | 0x80000000) >>> 0;
    keys[id] = ordered * ID_SPAN + id;
  }
  keys.sort();
  const ids = new Uint32Array(size), sorted = new Float32Array(size);
  for (let rank = 0; rank < size; rank++) {
    ids[rank] = keys[size - 1 - rank] % ID_SPAN;
    sorted[rank] = plain[ids[rank]];
  }
  return withCount(ids, sorted);
}

// The ranking after a repetition penalty on the ids that occur in `seen`: those few move, the others keep their order.
export function penaliseRepeats(ranked, seen, penalty) {
  if (penalty === 1 || seen.length === 0) return ranked;
  const size = ranked.ids.length, factor = single(penalty);
  const repeated = new Uint8Array(size);
  for (const id of seen) if (id < size) repeated[id] = 1;
  const moved = [];
  for (let rank = 0; rank < size; rank++) {
    if (!repeated[ranked.ids[rank]]) continue;
    const logit = ranked.logits[rank];
    moved.push({ id: ranked.ids[rank], logit: single(logit < 0 ? logit * factor : logit / factor) });
  }
  moved.sort((a, b) => b.logit - a.logit || b.id - a.id);
  const ids = new Uint32Array(size), logits = new Float32Array(size);
  let next = 0, from = 0;
  for (let rank = 0; rank < size; rank++) {
    while (from < size && repeated[ranked.ids[from]]) from++;
    const mover = moved[next];
    const moverFirst = mover && (from === size || mover.logit > ranked.logits[from]
      || (mover.logit === ranked.logits[from] && mover.id > ranked.ids[from]));
    ids[rank] = moverFirst ? mover.id : ranked.ids[from];
    logits[rank] = moverFirst ? mover.logit : ranked.logits[from];
    if (moverFirst) next++; else from++;
  }
  return withCount(ids, logits);
}

// Applies temperature, then top_k, top_p, min_p and typical_p in transformers' order (0 or 1 is off). What stays is
// always one stretch of ranks. Returns
//   ids, weights: by rank, of which the first `count` were above -inf; a weight over `total` is the probability after penalty and temperature
//   first, last: the ranks first <= rank < last are kept; a weight over `sum` is a kept token's probability
//   stages: [rule, first, last] after each rule that is on, so the first stage that lacks a rank removed it
//   mass: sum / total; entropy: of what is kept, in bits.
export function cutDistribution(ranked, settings) {
  const { temperature, top_k: k, top_p: p, min_p: least, typical_p: typicalMass } = settings;
  if (temperature === 0) return greedyCut(ranked);
  const { ids, logits, count } = scaled(ranked, temperature);
  const weights = new Float64Array(ids.length);
  let total = 0;
  for (let rank = 0; rank < count; rank++) total += weights[rank] = expMinus(logits[0] - logits[rank]);
  const stages = [];
  let first = 0, last = count, sum = total;
  const stage = (rule) => { sum = sumOf(weights, first, last); stages.push([rule, first, last]); };

  if (k > 0) {
    if (k < last) for (last = k; last < count && logits[last] === logits[k - 1];) last++; // ties with the last stay
    stage("top_k");
  }
  if (p < 1) {
    const limit = single(1 - p);
    for (let mass = 0; last > 1; last--) {
      mass += single(weights[last - 1] / sum);
      if (single(mass) > limit) break;
    }
    stage("top_p");
  }
  if (least > 0) {
    const limit = single(single(least) * single(weights[0] / sum));
    while (last > 1 && single(weights[last - 1] / sum) < limit) last--;
    stage("min_p");
  }
  if (typicalMass < 1) {
    [first, last] = typicalStretch(logits, weights, last, sum, single(typicalMass));
    stage("typical_p");
  }
  return { ids, count, weights, total, first, last, sum, stages, mass: sum / total, entropy: entropyOf(logits, weights, first, last, sum) };
}

// e to the power of -distance, for distances of 0 and more: some three times as fast as Math.exp, which was most of an
// event's time, and as near to the true value as doubles get (4 units in the last place). The distance is split into whole
// numbers, 64ths and a rest below 1/64; the first two are looked up, the rest takes six terms of the series.
export function expMinus(distance) {
  if (distance >= LEAST) return 0;
  const step = (distance * 64) | 0, rest = step / 64 - distance;
  const series = 1 + rest * (1 + rest * (1 / 2 + rest * (1 / 6 + rest * (1 / 24 + rest * (1 / 120 + rest / 720)))));
  return WHOLES[step >> 6] * PARTS[step & 63] * series;
}
const LEAST = 746; // from here on a double holds nothing
const WHOLES = Float64Array.from({ length: LEAST }, (_, whole) => Math.exp(-whole));
const PARTS = Float64Array.from({ length: 64 }, (_, part) => Math.exp(-part / 64));

// The name of the rule that removed a rank, "" for a kept one. "logits" stands for a model that gave it -inf.
export function removingRule(cut, rank) {
  if (rank >= cut.count) return "logits";
  return cut.stages.find(([, first, last]) => rank < first || rank >= last)?.[0] ?? "";
}

// Random number `index` of `step` under `seed`, in [0, 1): a counter-based generator, so that the n-th draw is the same
// whatever was drawn before it. SplitMix (Steele, Lea and Flood 2014) in 32 bits with MurmurHash3's finaliser (Appleby).
// shared_random.py has the same in Python.
export function seededUniform(seed, step, index) {
  return mix(mix(mix(seed) + GOLDEN * (step + 1)) + GOLDEN * (index + 1)) / 2 ** 32;
}
const GOLDEN = 0x9e3779b1; // an odd number near 2^32 divided by the golden ratio: steps that spread evenly
function mix(number) {
  let bits = number % 2 ** 32 | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

// The first `draws` draws from what a cut keeps, by the inverse of the cumulative distribution.
// Returns { counts: by kept rank (counts[0] is rank `first`), latest: the rank drawn last, -1 for none }.
export function drawTokens(cut, seed, step, draws) {
  const size = cut.last - cut.first;
  const counts = new Uint32Array(size), cumulative = new Float64Array(size);
  let held = 0, latest = -1;
  for (let place = 0; place < size; place++) cumulative[place] = held += cut.weights[cut.first + place];
  for (let index = 0; index < draws; index++) {
    const target = seededUniform(seed, step, index) * held;
    let low = 0, high = size - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle] > target) high = middle; else low = middle + 1;
    }
    counts[low]++;
    latest = cut.first + low;
  }
  return { counts, latest };
}

function withCount(ids, logits) {
  let count = logits.length;
  while (count > 0 && logits[count - 1] === -Infinity) count--;
  return { ids, logits, count };
}

// Logits over temperature. Rounding can make neighbours equal: they are put back in the order of falling ids.
function scaled(ranked, temperature) {
  if (temperature === 1) return ranked;
  const divisor = single(temperature), count = ranked.count;
  const logits = ranked.logits.slice();
  let ids = ranked.ids;
  const order = (start, end) => { // of equal logits
    let rank = start + 1;
    while (rank < end && ids[rank] < ids[rank - 1]) rank++;
    if (rank === end) return;
    if (ids === ranked.ids) ids = ids.slice();
    ids.subarray(start, end).sort().reverse();
  };
  let start = 0, held = NaN;
  for (let rank = 0; rank < count; rank++) {
    const logit = single(ranked.logits[rank] / divisor);
    logits[rank] = logit;
    if (logit === held) continue;
    if (rank - start > 1) order(start, rank);
    start = rank;
    held = logit;
  }
  if (count - start > 1) order(start, count);
  return { ids, logits, count };
}

// Temperature 0: all probability on the likeliest token, the first in the vocabulary if several are.
function greedyCut(ranked) {
  const weights = new Float64Array(ranked.ids.length);
  let rank = 0;
  while (rank + 1 < ranked.count && ranked.logits[rank + 1] === ranked.logits[0]) rank++;
  weights[rank] = 1;
  return {
    ids: ranked.ids, count: ranked.count, weights, total: 1, first: rank, last: rank + 1, sum: 1,
    stages: [["temperature", rank, rank + 1]], mass: 1, entropy: 0,
  };
}

// Typical sampling on the ranks below `last`: from the entropy outwards, the nearer side first, until `mass` is held.
function typicalStretch(logits, weights, last, sum, mass) {
  const logSum = single(Math.log(sum));
  const entropy = single(entropyOf(logits, weights, 0, last, sum) / PER_BIT);
  const surprise = (rank) => -single(single(logits[rank] - logits[0]) - logSum);
  const distance = (rank) => Math.abs(single(surprise(rank) - entropy));
  let right = 0;
  for (let high = last; right < high;) { // the first rank that surprises at least as much as the entropy
    const middle = (right + high) >> 1;
    if (surprise(middle) >= entropy) high = middle; else right = middle + 1;
  }
  let left = right - 1, held = 0, limit = Infinity;
  while (left >= 0 || right < last) {
    const fromLeft = right >= last || (left >= 0 && distance(left) <= distance(right));
    const rank = fromLeft ? left-- : right++;
    held += single(weights[rank] / sum);
    if (single(held) >= mass) { limit = distance(rank); break; }
  }
  while (left >= 0 && distance(left) <= limit) left--;
  while (right < last && distance(right) <= limit) right++;
  return [left + 1, right];
}

function sumOf(weights, first, last) {
  let sum = 0;
  for (let rank = first; rank < last; rank++) sum += weights[rank];
  return sum;
}

// -Σ p log2 p over a stretch of ranks, without a logarithm for each: log p is the logit less log Σ.
function entropyOf(logits, weights, first, last, sum) {
  let shift = 0;
  for (let rank = first; rank < last; rank++) if (weights[rank] > 0) shift += weights[rank] * (logits[0] - logits[rank]);
  return Math.max(0, (Math.log(sum) + shift / sum) * PER_BIT);
}
