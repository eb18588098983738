// static/splitters.js and chunk_report.js against Python (tests/vectors/chunk_viewer.json), and their own laws.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { chunkFlags, phrasePlaces } from "../../widgets/llmcourse/static/chunk_report.js";
import { countedText, lowerBound, packPieces, splitText } from "../../widgets/llmcourse/static/splitters.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/chunk_viewer.json", import.meta.url), "utf8"));
const chunksOf = ({ text, splitter, size, overlap }) => {
  const { text: string, token_starts, similarities } = vectors.texts[text];
  const measured = { token_starts: Uint32Array.from(token_starts), similarities: Float32Array.from(similarities) };
  const counted = countedText(string);
  return [counted, splitText(counted, splitter, { size, overlap, threshold: 0.5 }, measured)];
};

for (const name of Object.keys(vectors.texts)) {
  test(`the chunks, warnings and places of Python: ${name}`, () => {
    const cases = vectors.cases.filter((one) => one.text === name);
    assert.ok(cases.length >= 12);
    for (const one of cases) {
      const [counted, chunks] = chunksOf(one), told = `${one.splitter} ${one.size} ${one.overlap}`;
      assert.deepEqual(Array.from(chunks), one.chunks, told);
      assert.deepEqual(Array.from(chunkFlags(counted, chunks, one.size, 15)), one.flags, told);
      assert.deepEqual(phrasePlaces(counted, chunks, one.phrase).map(({ start, whole, cut }) => [start, whole, cut]), one.places, told);
    }
  });
}

test("chunks without their overlaps give the text back", () => {
  for (const one of vectors.cases) {
    const [counted, chunks] = chunksOf(one);
    let back = "", past = 0;
    for (let at = 0; at < chunks.length; at += 2) {
      back += counted.slice(Math.max(past, chunks[at]), chunks[at + 1]);
      past = chunks[at + 1];
    }
    assert.equal(back, counted.string);
  }
});

test("places are counted in characters, not in UTF-16 units", () => {
  const text = countedText("a🎉b");
  assert.deepEqual([text.length, text.slice(1, 2), text.unit(2), text.place(3)], [3, "🎉", 3, 2]);
  assert.equal(countedText("\ud83cx").length, 2, "half a pair counts once");
});

test("packing fills up to the size and repeats whole pieces", () => {
  assert.deepEqual(packPieces([0, 4, 7, 9], 7, 3), [0, 7, 4, 9]);
  assert.deepEqual(packPieces([0], 7, 3), []);
  assert.deepEqual(packPieces([0, 99, 100], 7, 0), [0, 99, 99, 100], "a longer piece stands alone");
  assert.equal(lowerBound([1, 3, 3, 5], 3), 1);
});

test("what only the kernel knows is asked for, not made up", () => {
  const text = countedText("One. Two.");
  for (const splitter of ["tokens", "semantic", "own"]) assert.equal(splitText(text, splitter, { size: 5, overlap: 0, threshold: 0 }), null);
  assert.equal(splitText(text, "semantic", { size: 5, overlap: 0, threshold: 0 }, { similarities: new Float32Array(7) }), null);
});

test("hostile length: none of the splitters hangs", () => {
  for (const piece of [".", "\n", " ", "? ", "'.", "1. ", "# ", "。"]) {
    const text = countedText(piece.repeat(100_000 / piece.length));
    for (const splitter of ["recursive", "sentences", "headings", "characters"]) {
      const chunks = splitText(text, splitter, { size: 50, overlap: 20, threshold: 0 });
      assert.equal(chunks[chunks.length - 1], text.length);
      assert.equal(chunkFlags(text, chunks, 50, 10).length, chunks.length / 2);
    }
  }
});
