// static/low_rank.js against torch's singular value decomposition (tests/vectors/rank_explorer.json).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { approximatePatch, loraParameters, megabytes, rankForEnergy, relativeErrors } from "../../widgets/llmcourse/static/low_rank.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/rank_explorer.json", import.meta.url), "utf8"));

for (const one of vectors.cases) {
  test(`errors and patches as torch rebuilds them: ${one.name}`, () => {
    const singular = Float64Array.from(one.singular), errors = relativeErrors(singular);
    assert.equal(errors.length, one.errors.length);
    one.errors.forEach((error, rank) => assert.ok(Math.abs(errors[rank] - error) < 1e-7, `rank ${rank}: ${errors[rank]}, torch ${error}`));
    assert.equal(rankForEnergy(errors, 0.9), one.rank_90);
    const view = { singular, left: Float32Array.from(one.left), right: Float32Array.from(one.right), rows: one.rows, columns: one.columns };
    const scale = Math.max(...one.patches.at(-1)[1].map(Math.abs), 1e-300);
    for (const [rank, wanted] of one.patches) {
      approximatePatch(view, rank).forEach((value, at) => assert.ok(Math.abs(value - wanted[at]) <= 2e-6 * scale, `${rank}: ${value}, ${wanted[at]}`));
    }
  });
}

test("LoRA's parameters as in Python", () => {
  for (const [rank, count] of vectors.parameters) assert.equal(loraParameters(vectors.shapes, rank), count);
});

test("sizes read in powers of ten", () => {
  assert.deepEqual([0, 999, 1e3, 1843200, 4.2e9].map(megabytes), ["0 B", "999 B", "1 kB", "1.84 MB", "4.2 GB"]);
});
