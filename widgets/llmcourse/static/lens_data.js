// The bytes of LogitLens read back; lens_columns.py writes them.

// { number, rows, shown, columns: [{ ids, probs, entropy, divergence, rank, followed: Map(id -> { probs, ranks }) }] }
export function readLens(bytes) {
  const buffer = bytes.slice().buffer, [number, rows, shown, count] = new Uint32Array(buffer, 0, 4);
  const followed = new Uint32Array(buffer, 16, count);
  let place = 16 + 4 * count;
  const take = (Type, length) => { const taken = new Type(buffer, place, length); place += 4 * length; return taken; };
  const columns = Array.from(followed, (size) => {
    const column = {
      ids: take(Uint32Array, rows * shown), probs: take(Float32Array, rows * shown), entropy: take(Float32Array, rows),
      divergence: take(Float32Array, rows), rank: take(Uint32Array, rows), followed: new Map(),
    };
    const ids = take(Uint32Array, size), probs = take(Float32Array, size * rows), ranks = take(Uint32Array, size * rows);
    ids.forEach((id, at) => column.followed.set(id, { probs: probs.subarray(at * rows, (at + 1) * rows), ranks: ranks.subarray(at * rows, (at + 1) * rows) }));
    return column;
  });
  return { number, rows, shown, columns };
}

// { number, position, id, probs, ranks } of the token that the kernel followed last, null for none.
export function readLensTrack(bytes) {
  if (bytes.length === 0) return null;
  const buffer = bytes.slice().buffer, [number, position, id, rows] = new Uint32Array(buffer, 0, 4);
  return { number, position, id, probs: new Float32Array(buffer, 16, rows), ranks: new Uint32Array(buffer, 16 + 4 * rows, rows) };
}

// What the cells of the grid are coloured by: { values (row-major), low, high } of a lens.
export function lensColours(lens, name) {
  const { rows, shown, columns } = lens, values = new Float32Array(rows * columns.length);
  const probability = (column, row) => column.probs[row * shown];
  const of = {
    entropy: (column, row) => column.entropy[row],
    rank: (column, row) => -Math.log10(column.rank[row]),
    divergence: (column, row) => column.divergence[row],
  }[name] ?? probability;
  columns.forEach((column, at) => { for (let row = 0; row < rows; row += 1) values[row * columns.length + at] = of(column, row); });
  if (of === probability) return { values, low: 0, high: 1 };
  const ends = values.filter(Number.isFinite);
  return name === "rank" ? { values, low: Math.min(-1, ...ends), high: 0 } : { values, low: 0, high: Math.max(1, ...ends) };
}
