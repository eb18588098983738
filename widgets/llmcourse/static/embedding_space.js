// Distances in an embedding space, computed as embedding_space.py does: the same additions in the same order, in double
// precision, so that values and ties agree with Python's.

// `numbers` holds `width` numbers a row. Returns { count, width, row(index), values(vector, metric),
// nearest(vector, metric, k, leaveOut), analogy(a, b, c, metric) }; metrics: "cosine", "euclidean", "dot".
export function embeddingSpace(numbers, width) {
  const count = numbers.length / width;
  const row = (index) => Float64Array.from(numbers.subarray(index * width, (index + 1) * width));
  const norms = new Float64Array(count);
  for (let index = 0; index < count; index++) norms[index] = vectorLength(numbers.subarray(index * width, (index + 1) * width));

  const values = (vector, metric) => {
    const result = new Float64Array(count), own = metric === "cosine" ? vectorLength(vector) : 0;
    for (let index = 0, at = 0; index < count; index++) {
      let total = 0;
      if (metric === "euclidean") for (let j = 0; j < width; j++, at++) { const step = numbers[at] - vector[j]; total += step * step; }
      else for (let j = 0; j < width; j++, at++) total += numbers[at] * vector[j];
      if (metric === "euclidean") total = Math.sqrt(total);
      else if (metric === "cosine") { const lengths = norms[index] * own; total = lengths > 0 ? total / lengths : 0; }
      result[index] = total;
    }
    return result;
  };

  // The k nearest rows, nearest first, of equals the first: [{ index, value }].
  const nearest = (vector, metric, k, leaveOut = []) => {
    const all = values(vector, metric), sign = metric === "euclidean" ? 1 : -1, best = [];
    for (let index = 0; index < count; index++) {
      const key = sign * all[index];
      if (best.length === k && key >= best[k - 1].key) continue;
      if (leaveOut.includes(index)) continue;
      let place = best.length;
      while (place > 0 && best[place - 1].key > key) place--;
      best.splice(place, 0, { index, value: all[index], key });
      if (best.length > k) best.pop();
    }
    return best.map(({ index, value }) => ({ index, value }));
  };

  const analogy = (a, b, c, metric) => {
    const rows = [a, b, c].map(row);
    if (metric === "cosine") for (const one of rows) { const size = vectorLength(one) || 1; one.forEach((value, j) => { one[j] = value / size; }); }
    return rows[0].map((value, j) => value - rows[1][j] + rows[2][j]);
  };
  return { count, width, row, values, nearest, analogy };
}

// The PCA plane out of its mean and two components (3 × width): { project(vector) → [x, y], point(x, y) → vector }.
export function principalPlane(numbers, width) {
  const [mean, first, second] = [0, 1, 2].map((place) => numbers.subarray(place * width, (place + 1) * width));
  const project = (vector) => {
    let x = 0, y = 0;
    for (let j = 0; j < width; j++) { const step = vector[j] - mean[j]; x += step * first[j]; y += step * second[j]; }
    return [x, y];
  };
  const point = (x, y) => Float64Array.from(mean, (value, j) => value + x * first[j] + y * second[j]);
  return { project, point };
}

// The float32 values of float16 bits (Uint16Array).
export function fromHalf(bits) {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1, exponent = (half >> 10) & 31, fraction = half & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    return exponent === 31 ? (fraction ? NaN : sign * Infinity) : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

function vectorLength(vector) {
  let total = 0;
  for (let j = 0; j < vector.length; j++) total += vector[j] * vector[j];
  return Math.sqrt(total);
}
