// Byte-pair encoding step by step, as scratch/bpe.py does it: tests/vectors/bpe_stepper.json holds both to the same numbers.

const BPE_PRINTABLE = [[33, 126], [161, 172], [174, 255]]; // GPT-2 writes these bytes as themselves, and sorts them first
const BPE_SHIFT = 2 ** 26; // more than any vocabulary: a pair of ids becomes one number, ordered like the pair
const BPE_SHOWN = 12; // pairs that a table lists

// The 256 bytes in the order of their ids.
export const bpeByteOrder = (() => {
  const printable = (byte) => BPE_PRINTABLE.some(([first, last]) => byte >= first && byte <= last);
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  return [...all.filter(printable), ...all.filter((byte) => !printable(byte))];
})();

// A text cut by one pattern after the other: the matches and what stands between them. Special tokens stay whole.
export function splitPieces(text, patterns, special = {}) {
  const whole = text.replace(/\p{Cs}/gu, "?"); // half of a surrogate pair is no text
  const names = Object.keys(special).sort((a, b) => b.length - a.length).map((name) => name.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  let parts = whole ? [whole] : [];
  if (names.length) parts = isolateMatches(new RegExp(names.join("|"), "gu"), whole);
  for (const pattern of patterns) {
    const expression = new RegExp(pattern.replaceAll("\\s", "\\p{White_Space}").replaceAll("\\S", "\\P{White_Space}"), "gu");
    parts = parts.flatMap((part) => (Object.hasOwn(special, part) ? [part] : isolateMatches(expression, part)));
  }
  return parts;
}

function isolateMatches(expression, text) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(expression)) {
    parts.push(text.slice(end, match.index), match[0]);
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)].filter(Boolean);
}

// Training: step after step the most frequent pair of the text is merged, of equally frequent ones that with the smaller ids.
export function trainRun(text, limit, patterns) {
  const pieces = countedPieces(splitPieces(text, patterns));
  const idOf = new Map(bpeByteOrder.map((byte, id) => [byte, id]));
  const tokens = bpeByteOrder.map((byte) => Uint8Array.of(byte));
  const state = pieces.map(({ text: piece }) => Array.from(new TextEncoder().encode(piece), (byte) => idOf.get(byte)));
  const counts = new Map();
  const note = (symbols, times) => {
    for (let at = 1; at < symbols.length; at++) {
      const key = symbols[at - 1] * BPE_SHIFT + symbols[at], count = (counts.get(key) ?? 0) + times;
      if (count) counts.set(key, count); else counts.delete(key);
    }
  };
  state.forEach((symbols, place) => note(symbols, pieces[place].count));
  const merges = [], states = [state];
  while (merges.length < limit && counts.size) {
    let best = -1, most = 0;
    for (const [key, count] of counts) if (count > most || (count === most && key < best)) { best = key; most = count; }
    const merge = { left: Math.floor(best / BPE_SHIFT), right: best % BPE_SHIFT, made: tokens.length, weight: most };
    merges.push(merge);
    tokens.push(joinBytes(tokens[merge.left], tokens[merge.right]));
    states.push(states.at(-1).map((symbols, place) => {
      const merged = mergePair(symbols, merge);
      if (merged !== symbols) { note(symbols, -pieces[place].count); note(merged, pieces[place].count); }
      return merged;
    }));
  }
  const candidates = (step) => {
    const found = new Map();
    states[step].forEach((symbols, place) => {
      for (let at = 1; at < symbols.length; at++) {
        const key = symbols[at - 1] * BPE_SHIFT + symbols[at];
        found.set(key, (found.get(key) ?? 0) + pieces[place].count);
      }
    });
    const ranked = [...found].sort(([a, many], [b, more]) => more - many || a - b);
    const shown = ranked.slice(0, BPE_SHOWN).map(([key, count]) => ({ left: Math.floor(key / BPE_SHIFT), right: key % BPE_SHIFT, weight: count }));
    return { shown, total: ranked.length, ties: ranked.filter(([, count]) => count === ranked[0][1]).length };
  };
  return { pieces, merges, states, candidates, bytesOf: (id) => tokens[id] ?? new Uint8Array() };
}

// A tokenizer's own merge table: rows of left id, right id and made id, in the order of their rank.
export function mergeTable(rows, byteIds) {
  const ranks = new Map(), parts = new Map(), byteOf = new Map();
  byteIds.forEach((id, byte) => { if (id >= 0) byteOf.set(id, Uint8Array.of(byte)); });
  for (let rank = 0; rank < rows.length / 3; rank++) {
    const [left, right, made] = rows.subarray(3 * rank, 3 * rank + 3);
    ranks.set(left * BPE_SHIFT + right, rank);
    if (!parts.has(made)) parts.set(made, [left, right]);
  }
  const bytesOf = (id) => byteOf.get(id) ?? (parts.has(id) ? joinBytes(...parts.get(id).map(bytesOf)) : new Uint8Array());
  return { rows, byteIds, ranks, bytesOf };
}

// Encoding: in every step the merge of the lowest rank is made, wherever it stands, until none is left.
export function encodeRun(text, table, patterns, special) {
  const pieces = splitPieces(text, patterns, special).map((piece) => ({ text: piece, count: 1, special: Object.hasOwn(special, piece) }));
  const bytes = (piece) => Array.from(new TextEncoder().encode(piece), (byte) => table.byteIds[byte]).filter((id) => id >= 0);
  const states = [pieces.map((piece) => (piece.special ? [special[piece.text]] : bytes(piece.text)))];
  const merges = [];
  const pairs = (step) => {
    const found = new Map();
    for (const symbols of states[step]) {
      for (let at = 1; at < symbols.length; at++) {
        const rank = table.ranks.get(symbols[at - 1] * BPE_SHIFT + symbols[at]);
        if (rank !== undefined) found.set(rank, (found.get(rank) ?? 0) + 1);
      }
    }
    return [...found.keys()].sort((a, b) => a - b);
  };
  const rule = (rank) => ({ left: table.rows[3 * rank], right: table.rows[3 * rank + 1], made: table.rows[3 * rank + 2], weight: rank });
  for (let next = pairs(0); next.length; next = pairs(merges.length)) {
    const merge = rule(next[0]);
    merges.push(merge);
    states.push(states.at(-1).map((symbols) => mergePair(symbols, merge)));
  }
  const candidates = (step) => { const all = pairs(step); return { shown: all.slice(0, BPE_SHOWN).map(rule), total: all.length, ties: 1 }; };
  const names = new Map(Object.entries(special).map(([name, id]) => [id, new TextEncoder().encode(name)]));
  return { pieces, merges, states, candidates, bytesOf: (id) => names.get(id) ?? table.bytesOf(id) };
}

// How many tokens the text has after `step` merges.
export function tokensAt(run, step) {
  return run.states[step].reduce((sum, symbols, place) => sum + symbols.length * run.pieces[place].count, 0);
}

// The text of a token, or its bytes as <0x8a> where they are no whole characters.
export function bytesText(bytes) {
  try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch { return Array.from(bytes, (byte) => `<0x${byte.toString(16).padStart(2, "0")}>`).join(""); }
}

function countedPieces(parts) {
  const counts = new Map();
  for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  return [...counts].map(([text, count]) => ({ text, count, special: false })).sort((a, b) => b.count - a.count); // a stable sort
}

// The same array where the pair does not stand in it, so that what did not change is not drawn again.
function mergePair(symbols, { left, right, made }) {
  const merged = [];
  for (let at = 0; at < symbols.length; at++) {
    if (symbols[at] === left && symbols[at + 1] === right) { merged.push(made); at++; } else merged.push(symbols[at]);
  }
  return merged.length === symbols.length ? symbols : merged;
}

function joinBytes(left, right) {
  const joined = new Uint8Array(left.length + right.length);
  joined.set(left);
  joined.set(right, left.length);
  return joined;
}
