// static/embedding_space.js against torch (tests/vectors/embedding_explorer.json), and the search by label.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { matchingLabels, pointLabel } from "../../widgets/llmcourse/static/embedding_find.js";
import { embeddingSpace, fromHalf, principalPlane } from "../../widgets/llmcourse/static/embedding_space.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/embedding_explorer.json", import.meta.url), "utf8"));
const space = embeddingSpace(Float32Array.from(vectors.vectors), vectors.width);

for (const { name, query, metric, indices, values } of vectors.cases) {
  test(`finds the neighbours that torch finds: ${name}`, () => {
    const found = space.nearest(Float64Array.from(query), metric, 10);
    assert.deepEqual(found.map(({ index }) => index), indices);
    found.forEach(({ value }, place) => assert.ok(Math.abs(value - values[place]) < 1e-12));
  });
}

for (const { terms, metric, vector } of vectors.analogies) {
  test(`a − b + c by ${metric} is torch's`, () => {
    space.analogy(...terms, metric).forEach((value, j) => assert.ok(Math.abs(value - vector[j]) < 1e-14));
  });
}

test("rows are left out, and no more come back than there are", () => {
  const all = space.nearest(space.row(3), "cosine", 100, [3, 7]);
  assert.equal(all.length, 38);
  assert.ok(all.every(({ index }) => index !== 3 && index !== 7));
  for (let place = 1; place < all.length; place++) assert.ok(all[place].value <= all[place - 1].value);
});

test("half precision is read as numpy reads it", () => {
  assert.deepEqual(Array.from(fromHalf(Uint16Array.from(vectors.halves.bits))), vectors.halves.values);
});

test("a place on the plane and its vector belong together", () => {
  const plane = principalPlane(Float64Array.from([1, 2, 3, 0, 1, 0, 0.6, 0, 0.8]), 3);
  const [x, y] = plane.project(plane.point(2, -5));
  assert.ok(Math.abs(x - 2) < 1e-12 && Math.abs(y + 5) < 1e-12);
});

test("labels are found whatever their case: the same first, then the beginning, then the rest", () => {
  const labels = ["a king", "Kingdom", " king", "queen", "viking"];
  assert.deepEqual(matchingLabels(labels, "KING", 10), [2, 1, 0, 4]);
  assert.deepEqual(matchingLabels(labels, "king", 2), [2, 1]);
  assert.deepEqual(matchingLabels(labels, "  ", 10), []);
});

test("a label keeps its spaces, but shows the first", () => {
  assert.equal(pointLabel(" New York\n"), "·New York↵");
});
