// How LogitLens says things: names of tokens, and probabilities.

// Map(id -> name) from the ids that a page can name and their names, each ended by 0xFF (vocabulary.py packs them).
export function namesFromBytes(ids, bytes) {
  const names = new Map(), decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (let place = 0, start = 0; place < bytes.length && names.size < ids.length; place += 1) {
    if (bytes[place] !== 0xff) continue;
    names.set(ids[names.size], decoder.decode(bytes.subarray(start, place)));
    start = place + 1;
  }
  return names;
}

// A probability for reading: 41.3 %, 0.052 %, 1.2e-7 %.
export function share(value) {
  const of100 = 100 * value;
  if (!(of100 > 0)) return `${of100} %`;
  if (of100 < 0.001) return `${of100.toExponential(1)} %`;
  return `${of100 >= 1 ? of100.toFixed(1) : String(Number(of100.toPrecision(2)))} %`;
}
