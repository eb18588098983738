// The splitters of scratch/splitters.py, for the page: the same chunks from the same text, in characters (code points).

const SEPARATORS = ["\n\n", "\n", ". ", "? ", "! ", " ", ""]; // paragraphs, lines, sentences, words, characters

// Group 1 only looks like the end of a sentence; the same expression as in splitters.py.
const SENTENCE_END = new RegExp(
  "((?<![^\\n])[ \\t]*[0-9]{1,3}[.)][ \\t]+|(?<![A-Za-z])(?:Mr|Mrs|Ms|Dr|Prof|St|Fig|Eq|vs|cf|al|e\\.g|i\\.e)\\.[ \\t])"
  + "|(?<![^\\n])#{1,6} [^\\n]*\\n[ \\t\\r\\n]*"
  + "|(?<![.!?…])[.!?…]+[\"'”’»)\\]]*[ \\t\\r\\n]+(?![a-z \\t\\r\\n])"
  + "|[。！？]+[”’」』）]*[ \\t\\r\\n]*"
  + "|\\n[ \\t\\r]*\\n[ \\t\\r\\n]*"
  + "|\\n(?=[ \\t]*(?:#{1,6} |[-*+] |[0-9]{1,3}[.)] ))", "gu");

// A text with its places counted in code points, as Python counts: `length`, `slice(start, end)`, and between both
// ways of counting `unit(place)` and `place(unit)`. `string` is the text itself.
export function countedText(string) {
  let points = 0;
  for (let unit = 0; unit < string.length; unit++) {
    points++;
    if (string.codePointAt(unit) > 0xffff) unit++;
  }
  if (points === string.length) {
    return { string, length: points, unit: (place) => place, place: (unit) => unit, slice: (start, end) => string.slice(start, end) };
  }
  const units = new Uint32Array(points + 1), places = new Uint32Array(string.length + 1);
  for (let unit = 0, place = 0; unit <= string.length; unit++, place++) {
    units[place] = unit;
    places[unit] = place;
    if (unit < string.length && string.codePointAt(unit) > 0xffff) places[++unit] = place;
  }
  return {
    string, length: points, unit: (place) => units[place], place: (unit) => places[unit],
    slice: (start, end) => string.slice(units[start], units[end]),
  };
}

// Fills chunks with whole pieces up to `size`, the first ones repeating at most `overlap`. Adds to `chunks`, which
// holds start, end, start, end, …
export function packPieces(bounds, size, overlap, chunks = []) {
  let first = 0;
  for (let piece = 0; piece < bounds.length - 1; piece++) {
    const end = bounds[piece + 1];
    if (piece > first && end - bounds[first] > size) {
      chunks.push(bounds[first], bounds[piece]);
      while (first < piece && (bounds[piece] - bounds[first] > overlap || end - bounds[first] > size)) first++;
    }
  }
  if (bounds.length > 1) chunks.push(bounds[first], bounds[bounds.length - 1]);
  return chunks;
}

// The chunks of a counted text, start and end in turn. `measured` holds what only the kernel can tell: token_starts,
// similarities, own (chunks). null where the splitter needs some of it and it is not there.
export function splitText(text, splitter, { size, overlap, threshold }, measured = {}) {
  if (splitter === "characters") return packPieces(everyPlace(0, text.length), size, overlap);
  if (splitter === "recursive") return cutAtSeparators(text, 0, text.length, size, overlap, 0, []);
  if (splitter === "headings") return splitAtHeadings(text, size, overlap);
  if (splitter === "sentences") return packPieces(sentenceBounds(text), size, overlap);
  if (splitter === "tokens" && measured.token_starts) return splitAtTokens(text, measured.token_starts, size, overlap);
  if (splitter === "semantic" && measured.similarities) return splitSemantically(text, measured.similarities, threshold, size, overlap);
  if (splitter === "own" && measured.own) return measured.own;
  return null;
}

// Where sentences begin, and the end of the text; found once a text.
export function sentenceBounds(text) {
  if (text.sentences) return text.sentences;
  const bounds = text.sentences = [0];
  for (const match of text.string.matchAll(SENTENCE_END)) {
    const end = text.place(match.index + match[0].length);
    if (match[1] === undefined && end < text.length) bounds.push(end);
  }
  if (text.length > 0) bounds.push(text.length);
  return bounds;
}

// The Markdown headings outside fenced code: [start, end] of each line; found once a text.
export function markdownHeadings(text) {
  if (text.headings) return text.headings;
  const found = text.headings = [];
  let fence = null, unit = 0;
  for (const line of text.string.split("\n")) {
    const mark = /^ {0,3}(```|~~~)/.exec(line);
    if (mark) fence = fence === null ? mark[1] : fence === mark[1] ? null : fence;
    else if (fence === null && /^#{1,6} /.test(line)) found.push([text.place(unit), text.place(unit + line.length)]);
    unit += line.length + 1;
  }
  return found;
}

// The first position in rising numbers whose value is not below `value`.
export function lowerBound(numbers, value) {
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function splitAtTokens(text, starts, size, overlap) {
  const bounds = starts.length ? [0, ...starts.subarray(1), text.length] : [0], chunks = [];
  const windows = packPieces(everyPlace(0, bounds.length - 1), size, overlap);
  for (let at = 0; at < windows.length; at += 2) {
    const start = bounds[windows[at]], end = bounds[windows[at + 1]];
    if (end > (chunks.length ? chunks[chunks.length - 1] : 0)) chunks.push(start, end);
  }
  return chunks;
}

function splitAtHeadings(text, size, overlap) {
  const bounds = [...new Set([0, ...markdownHeadings(text).map(([start]) => start), text.length])], chunks = [];
  for (let piece = 0; piece < bounds.length - 1; piece++) {
    const start = bounds[piece], end = bounds[piece + 1];
    if (end - start <= size) chunks.push(start, end);
    else cutAtSeparators(text, start, end, size, overlap, 0, chunks);
  }
  return chunks;
}

function splitSemantically(text, similarities, threshold, size, overlap) {
  const bounds = sentenceBounds(text), chunks = [];
  if (similarities.length !== Math.max(bounds.length - 2, 0)) return null;
  let first = 0;
  for (let piece = 1; piece < bounds.length; piece++) {
    if (piece < bounds.length - 1 && !(similarities[piece - 1] < threshold)) continue;
    packPieces(bounds.slice(first, piece + 1), size, overlap, chunks);
    first = piece;
  }
  return chunks;
}

function cutAtSeparators(text, start, end, size, overlap, level, chunks) {
  const part = text.slice(start, end);
  while (level < SEPARATORS.length - 1 && !part.includes(SEPARATORS[level])) level++;
  const bounds = SEPARATORS[level] ? piecesAt(text, start, end, part, SEPARATORS[level]) : everyPlace(start, end);
  let group = [start];
  for (let piece = 0; piece < bounds.length - 1; piece++) {
    if (bounds[piece + 1] - bounds[piece] <= size) { group.push(bounds[piece + 1]); continue; }
    packPieces(group, size, overlap, chunks);
    cutAtSeparators(text, bounds[piece], bounds[piece + 1], size, overlap, level + 1, chunks);
    group = [bounds[piece + 1]];
  }
  return packPieces(group, size, overlap, chunks);
}

function piecesAt(text, start, end, part, mark) {
  const bounds = [start], from = text.unit(start);
  for (let unit = part.indexOf(mark); unit >= 0; unit = part.indexOf(mark, unit)) {
    unit += mark.length;
    bounds.push(text.place(from + unit));
  }
  if (bounds[bounds.length - 1] !== end) bounds.push(end);
  return bounds;
}

function everyPlace(start, end) {
  const places = new Uint32Array(end - start + 1);
  for (let step = 0; step < places.length; step++) places[step] = start + step;
  return places;
}
