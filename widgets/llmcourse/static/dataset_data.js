// What DatasetViewer receives as bytes: an index over all examples, and blocks of their tokens. dataset_packing.py packs.
import { numbersFrom } from "./common.js";

export const TOKEN_FLAGS = { trained: 1, special: 2, padding: 4, cut: 8 }; // and the role from bit 4 on
const INDEX_COLUMNS = 5;

// One row an example: tokens kept, trained, cut off, problems (a bit each), the example it repeats.
export function readIndex(bytes) {
  const numbers = numbersFrom(bytes, Uint32Array), count = numbers.length / INDEX_COLUMNS;
  const at = (place) => {
    const [kept, trained, cut, bits, original] = numbers.subarray(INDEX_COLUMNS * place, INDEX_COLUMNS * (place + 1));
    return { kept, trained, cut, bits, original };
  };
  return { count, at };
}

// A block of examples: { start, examples: [{ ids, flags, names }] }.
export function readBlock(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = view.getUint32(0, true), examples = [];
  let at = 8;
  for (let left = view.getUint32(4, true); left > 0; left--) {
    const count = view.getUint32(at, true), size = view.getUint32(at + 4, true);
    const ids = numbersFrom(bytes.subarray(at + 8, at + 8 + 4 * count), Uint32Array);
    at += 8 + 4 * count;
    examples.push({ ids, flags: bytes.subarray(at, at + count), names: endedNames(bytes.subarray(at + count, at + count + size)) });
    at += count + size;
  }
  return { start, examples };
}

// Names that each end with the byte 0xFF, which UTF-8 never uses.
export function endedNames(bytes) {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true }), names = [];
  for (let start = 0, end = bytes.indexOf(255); end >= 0; start = end + 1, end = bytes.indexOf(255, start)) names.push(decoder.decode(bytes.subarray(start, end)));
  return names;
}

// The lengths of all examples in at most `most` bins of equal whole width: { edges, values, first }, `first` the first
// example of each bin.
export function lengthBins(index, most = 24) {
  const lengths = Array.from({ length: index.count }, (_, place) => index.at(place).kept);
  const low = lengths.reduce((a, b) => Math.min(a, b), Infinity), high = lengths.reduce((a, b) => Math.max(a, b), 0);
  const width = Math.max(1, Math.ceil((high - low + 1) / most)), bins = Math.max(1, Math.ceil((high - low + 1) / width));
  const values = new Array(bins).fill(0), members = Array.from({ length: bins }, () => []);
  lengths.forEach((length, place) => { const bin = Math.floor((length - low) / width); values[bin] += 1; members[bin].push(place); });
  return { edges: Array.from({ length: bins + 1 }, (_, bin) => low + bin * width), values, members };
}

// The sums over all examples.
export function datasetTotals(index) {
  const totals = { tokens: 0, trained: 0, troubled: 0 };
  for (let place = 0; place < index.count; place++) {
    const { kept, trained, bits } = index.at(place);
    totals.tokens += kept;
    totals.trained += trained;
    totals.troubled += bits ? 1 : 0;
  }
  return totals;
}

// The text of an example as a search reads it: without the names of bytes.
export function exampleText({ names }) {
  return names.filter((name) => !name.startsWith("<0x")).join("");
}
