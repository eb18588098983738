// The mathematics of RankExplorer, as low_rank.py has it: errors of low-rank approximations, and LoRA's parameters.

// ||W - W_r|| / ||W|| for r = 0 … k from the singular values; all 0 for a matrix of zeros.
export function relativeErrors(singular) {
  const largest = singular.reduce((most, value) => Math.max(most, value), 0) || 1, missing = new Float64Array(singular.length + 1);
  for (let place = singular.length - 1; place >= 0; place--) missing[place] = missing[place + 1] + (singular[place] / largest) ** 2;
  return missing[0] > 0 ? missing.map((value) => Math.sqrt(value / missing[0])) : missing;
}

// The least rank that keeps this share of the energy, from the errors.
export function rankForEnergy(errors, share) {
  const found = errors.findIndex((error) => 1 - error ** 2 >= share - 1e-12);
  return found < 0 ? errors.length - 1 : found;
}

// The shown part of W_r: left (rows, k) · diag(singular) · right (k, columns), the first `rank` terms.
export function approximatePatch({ left, singular, right, rows, columns }, rank) {
  const k = singular.length, out = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    for (let term = 0; term < rank; term++) {
      const weight = left[row * k + term] * singular[term];
      for (let column = 0, at = row * columns, from = term * columns; column < columns; column++) out[at + column] += weight * right[from + column];
    }
  }
  return Float32Array.from(out);
}

// rank × (rows + columns) for each of (rows, columns, how many such matrices).
export function loraParameters(shapes, rank) {
  return shapes.reduce((sum, [rows, columns, count]) => sum + count * rank * (rows + columns), 0);
}

// Bytes as a size one can read: 512 B, 1.84 MB (powers of ten).
export function megabytes(bytes) {
  if (bytes < 1e3) return `${bytes} B`;
  const [unit, name] = bytes < 1e6 ? [1e3, "kB"] : bytes < 1e9 ? [1e6, "MB"] : [1e9, "GB"];
  return `${Number((bytes / unit).toPrecision(3))} ${name}`;
}
