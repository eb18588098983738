// static/rag_retrieval.js and rag_prompt.js against Python (tests/vectors/rag_inspector.json), and their own laws.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { answerPieces, fittingPassages, promptPieces, sharedWords } from "../../widgets/llmcourse/static/rag_prompt.js";
import { bm25Scores, indexPassages, rankColumns, recallAt, reciprocalRank, wordsOf } from "../../widgets/llmcourse/static/rag_retrieval.js";
import { textStamp } from "../../widgets/llmcourse/static/text_stamp.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/rag_inspector.json", import.meta.url), "utf8"));
const near = (ours, theirs, told) => {
  assert.equal(ours.length, theirs.length, told);
  ours.forEach((one, place) => assert.ok(Math.abs(one - theirs[place]) <= 1e-12, `${told}: ${one}, Python ${theirs[place]}`));
};

for (const one of vectors.cases) {
  test(`ranks as Python: ${one.passages}, ${one.query}, ${JSON.stringify(one.settings)}`, () => {
    const index = indexPassages(vectors.passages[one.passages]);
    const { columns, words } = rankColumns(index, one.query, one.names, one.others.map((scores) => Float64Array.from(scores)), one.settings);
    assert.deepEqual(words.map(({ word }) => word), one.words);
    words.forEach(({ adds }, row) => near(one.parts[row].map((_, number) => adds.get(number) ?? 0), one.parts[row], one.words[row]));
    assert.deepEqual(columns.map(({ name }) => name), one.columns.map(({ name }) => name));
    columns.forEach(({ name, scores, ranking }, at) => {
      near(Array.from(scores), one.columns[at].scores, name);
      assert.deepEqual(ranking, one.columns[at].ranking, name);
    });
  });
}

test("the parts of the words sum to the score to the last bit", () => {
  const index = indexPassages(vectors.passages.animals);
  const { scores, words } = bm25Scores(index, "why do a cat and a lion purr", 1.2, 0.75);
  for (let number = 0; number < index.count; number++) {
    assert.equal(words.reduce((sum, { adds }) => sum + (adds.get(number) ?? 0), 0), scores[number]);
  }
});

test("a column without scores is told, not made up", () => {
  const index = indexPassages(["a", "b"]);
  const { columns } = rankColumns(index, "a", ["BM25", "dense"], [null], { k1: 1, b: 0, weight: 0.5 });
  assert.deepEqual(columns.map(({ scores }) => scores === null), [false, true, true, true]);
  const partly = rankColumns(index, "a", ["BM25", "dense"], [Float64Array.from([1, NaN])], { k1: 1, b: 0, weight: 0.5 });
  assert.equal(partly.columns[1].scores, null);
});

test("words, prompts, stamps and what fits, as in Python", () => {
  for (const [text, found] of Object.entries(vectors.words)) assert.deepEqual(wordsOf(text).map(({ start, end, word }) => [start, end, word]), found);
  for (const { template, passages, question, prompt, stamp } of vectors.prompts) {
    assert.equal(promptPieces(template, passages, question).map(({ text }) => text).join(""), prompt);
    assert.equal(textStamp(prompt), stamp);
  }
  for (const { costs, fixed, limit, count } of vectors.fits) assert.equal(fittingPassages(costs, fixed, limit), count);
});

test("citations and shared words, as in Python", () => {
  for (const { answer, cited, shares } of vectors.answers) {
    const pieces = answerPieces(answer);
    assert.equal(pieces.map(({ text }) => text).join(""), answer);
    assert.deepEqual(pieces.flatMap((piece) => piece.cited ?? []), cited);
    assert.deepEqual(sharedWords(answer, vectors.passages.animals).map((row) => [row.sentence, row.shares]), shares);
  }
});

test("recall and reciprocal rank", () => {
  assert.equal(recallAt([4, 2, 7], [2, 9], 2), 0.5);
  assert.equal(recallAt([4, 2, 7], [2, 2], 1), 0);
  assert.equal(reciprocalRank([4, 2, 7], [2, 9]), 0.5);
  assert.equal(reciprocalRank([4], [9]), 0);
});
