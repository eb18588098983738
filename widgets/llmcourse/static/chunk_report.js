// What is wrong with chunks, counted, and which chunks hold a phrase whole: as chunk_report.py does in Python.
import { lowerBound, markdownHeadings, sentenceBounds } from "./splitters.js";

const WORD = 1, SENTENCE = 2, SHORT = 4, HEADING = 8, LONG = 16;
export const CHUNK_FLAGS = ["word", "sentence", "short", "heading", "long"]; // bit 0, 1, 2 …

// One number a chunk, a bit a warning. `chunks` holds start, end in turn; `lengths` is in the unit of `size`, or null: characters.
export function chunkFlags(text, chunks, size, shortest, lengths = null) {
  const facts = text.facts ??= placeFacts(text), flags = new Uint8Array(chunks.length / 2);
  for (let number = 0; number < flags.length; number++) {
    const start = chunks[2 * number], end = chunks[2 * number + 1];
    let last = end - 1;
    while (last >= start && facts.blank[last]) last--;
    const following = facts.ink[end];
    flags[number] = (facts.inWord[start] || facts.inWord[end] ? WORD : 0)
      | (facts.sentence[start] && facts.sentence[end] ? 0 : SENTENCE)
      | (end - start < shortest ? SHORT : 0)
      | (last >= start && facts.heading[last] && following < text.length && !facts.heading[following] ? HEADING : 0)
      | ((lengths ? lengths[number] : end - start) > size ? LONG : 0);
  }
  return flags;
}

// Where a phrase stands: [{ start, whole, cut }], the chunks by number.
export function phrasePlaces(text, chunks, phrase) {
  const found = [], count = chunks.length / 2;
  const starts = Uint32Array.from({ length: count }, (_, number) => chunks[2 * number]);
  const ends = Uint32Array.from({ length: count }, (_, number) => chunks[2 * number + 1]);
  for (let unit = phrase ? text.string.indexOf(phrase) : -1; unit >= 0; unit = text.string.indexOf(phrase, unit + phrase.length)) {
    const start = text.place(unit), stop = text.place(unit + phrase.length), whole = [], cut = [];
    for (let number = lowerBound(ends, start + 1); number < lowerBound(starts, stop); number++) {
      (starts[number] <= start && stop <= ends[number] ? whole : cut).push(number);
    }
    found.push({ start, end: stop, whole, cut });
  }
  return found;
}

// For every place of a text: whether it is inside a word, begins a sentence, lies in a heading, is blank, and where the
// next visible character stands.
function placeFacts(text) {
  const { length } = text;
  const [inWord, sentence, heading, blank] = Array.from({ length: 4 }, () => new Uint8Array(length + 1));
  const ink = new Uint32Array(length + 1).fill(length);
  let place = 0, before = false;
  for (const character of text.string) {
    const word = isWordCharacter(character);
    if (word && before) inWord[place] = 1;
    if (character === " " || character === "\t" || character === "\r" || character === "\n") blank[place] = 1;
    before = word;
    place++;
  }
  for (let at = length - 1; at >= 0; at--) ink[at] = blank[at] ? ink[at + 1] : at;
  for (const bound of sentenceBounds(text)) sentence[bound] = 1;
  for (const [start, end] of markdownHeadings(text)) heading.fill(1, start, end);
  return { inWord, sentence, heading, blank, ink };
}

function isWordCharacter(character) {
  const code = character.charCodeAt(0);
  if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
  return /[\p{L}\p{N}\p{M}]/u.test(character);
}
