// The bytes of LogitLens as the page reads them, against what Python packed (tests/vectors/logit_lens.json).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { lensColours, readLens, readLensTrack } from "../../widgets/llmcourse/static/lens_data.js";
import { namesFromBytes, share } from "../../widgets/llmcourse/static/lens_words.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/logit_lens.json", import.meta.url), "utf8"));
const bytes = (text) => new Uint8Array([9, ...Buffer.from(text, "base64")]).subarray(1); // messages start at any address
const rounded = (values) => Array.from(values, (value) => Number(value.toFixed(5)));

test("every number of every column is Python's", () => {
  const lens = readLens(bytes(vectors.lens));
  assert.deepEqual([lens.number, lens.rows, lens.shown, lens.columns.length], [7, 3, 4, 2]);
  lens.columns.forEach((column, at) => {
    const own = vectors.columns[at];
    for (const name of ["ids", "probs", "entropy", "divergence", "rank"]) assert.deepEqual(rounded(column[name]), own[name], name);
    assert.deepEqual([...column.followed.keys()], own.followed);
    assert.deepEqual([...column.followed.values()].flatMap(({ probs }) => rounded(probs)), own.followed_probs);
    assert.deepEqual([...column.followed.values()].flatMap(({ ranks }) => [...ranks]), own.followed_ranks);
  });
});

test("the track of a token, and none", () => {
  const track = readLensTrack(bytes(vectors.track));
  assert.deepEqual([track.number, track.position, track.id], [7, 1, 3]);
  assert.deepEqual(rounded(track.probs), vectors.columns[1].followed_probs.slice(0, 3));
  assert.equal(readLensTrack(new Uint8Array()), null);
});

test("the colours of the grid, row by row", () => {
  const lens = readLens(bytes(vectors.lens));
  const probability = lensColours(lens, "probability");
  assert.deepEqual(rounded(probability.values), [0, 1, 2].flatMap((row) => vectors.columns.map(({ probs }) => probs[4 * row])));
  assert.deepEqual([probability.low, probability.high], [0, 1]);
  assert.equal(lensColours(lens, "rank").high, 0);
  assert.equal(lensColours(lens, "divergence").values.at(-1), 0);
  assert.deepEqual(lensColours(lens, "nonsense"), probability);
});

test("names and shares", () => {
  const names = namesFromBytes([4, 9], new Uint8Array([97, 255, 195, 169, 255]));
  assert.deepEqual([...names], [[4, "a"], [9, "é"]]);
  assert.deepEqual([0.4131, 0.00052, 1e-9, 0, 1].map(share), ["41.3 %", "0.052 %", "1.0e-7 %", "0 %", "100.0 %"]);
});
