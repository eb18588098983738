// Byte-pair encoding in the page against the vectors that Python is held to as well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { bpeByteOrder, bytesText, encodeRun, mergeTable, splitPieces, tokensAt, trainRun } from "../../widgets/llmcourse/static/bpe_merges.js";

const { training, encoding, page } = JSON.parse(readFileSync(new URL("../vectors/bpe_stepper.json", import.meta.url)));
const gpt2 = page.splits.slice(1);
const table = mergeTable(new Uint32Array(new Uint8Array(Buffer.from(page.table, "hex")).buffer), page.byte_ids);

function same(run, expected) {
  assert.deepEqual(run.pieces.map(({ text, count }) => [text, count]), expected.pieces);
  assert.deepEqual(run.merges.map(({ left, right, made }) => [left, right, made]), expected.merges);
  assert.equal(run.states.length, expected.steps.length);
  expected.steps.forEach((step, at) => {
    assert.deepEqual(run.states[at], step.symbols);
    assert.equal(tokensAt(run, at), step.tokens);
    const { shown, total } = run.candidates(at);
    assert.equal(total, step.total);
    assert.deepEqual(shown.map(({ left, right, weight }) => [left, right, weight]), step.candidates);
  });
}

for (const expected of training) test(`training: ${expected.name}`, () => same(trainRun(expected.text, 20, gpt2), expected));

for (const expected of encoding) {
  test(`encoding: ${expected.name}`, () => {
    const run = encodeRun(expected.text, table, page.splits, page.special);
    same(run, expected);
    assert.deepEqual(run.states.at(-1).flat(), expected.ids);
  });
}

test("the ties of a step are counted", () => {
  assert.equal(trainRun("ab cd", 0, gpt2).candidates(0).ties, 3);
});

test("states share the pieces in which nothing changed", () => {
  const run = trainRun("aa aa bc", 1, gpt2);
  const untouched = run.pieces.findIndex(({ text }) => text === " bc");
  assert.equal(run.states[0][untouched], run.states[1][untouched]);
});

test("half of a surrogate pair is read as a question mark", () => {
  assert.deepEqual(splitPieces("\ud83c a", gpt2), ["?", " a"]);
});

test("bytes that are no character are named", () => {
  assert.equal(bytesText(Uint8Array.of(0xf0, 0x9f)), "<0xf0><0x9f>");
  assert.equal(bpeByteOrder.length, new Set(bpeByteOrder).size);
});
