// static/quantize_weights.js against scratch/quantize.py: the restored weights bit by bit, the errors, the real bits.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decodeBits, encodeNumber, numberKinds } from "../../widgets/llmcourse/static/number_formats.js";
import { countWeights, rankGroups, realBits, replaceRanked, roundToHalf, roundWeights, sharedBy, weightErrors } from "../../widgets/llmcourse/static/quantize_weights.js";

const { columns, matrices, cases } = JSON.parse(readFileSync(new URL("../vectors/quantization_explorer.json", import.meta.url), "utf8"));

for (const one of cases) {
  test(`${one.matrix}: ${one.method}, ${one.bits} bits, ${one.group}, clip ${one.clip}, outlier ${one.outlier}`, () => {
    const base = Float32Array.from(matrices[one.matrix]), rows = base.length / columns, size = sharedBy(one.group, rows, columns);
    const weights = base.slice(), place = one.row * columns;
    if (one.outlier) weights[place] = Math.min(one.outlier * one.deviation, 65504);
    const ranked = replaceRanked(rankGroups(base, size), size, place, base[place], weights[place]);
    assert.deepEqual(ranked, rankGroups(weights, size), "the ranks follow the planted weight");
    const { values } = roundWeights(weights, { ...one, size, ranked });
    assert.equal(createHash("sha256").update(Buffer.from(values.buffer)).digest("hex"), one.sha256);
    const errors = weightErrors(weights, values, columns);
    for (const [place, name] of ["rmse", "relative", "largest"].entries()) assert.ok(Math.abs(errors[name] - one.errors[place]) <= 1e-9 * Math.max(1, one.errors[place]), `${name} ${errors[name]} ${one.errors[place]}`);
    assert.ok(Math.abs(realBits(one.bits, one.method, size) - one.bits_per_weight) < 1e-12);
  });
}

test("scales are rounded to float16, subnormal ones too", () => {
  const half = numberKinds().fp16;
  let state = 7;
  for (let round = 0; round < 20_000; round++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = Math.fround((state / 2 ** 32 + 0.001) * 2 ** ((round % 40) - 25));
    if (value <= 65504) assert.equal(roundToHalf(value), decodeBits(encodeNumber(value, half), half), String(value));
  }
  assert.equal(roundToHalf(0), 0);
});

test("pooled errors cover every weight once", () => {
  const weights = Float32Array.from({ length: 7 * 11 }, (_, place) => place / 10), values = weights.map((value) => value + 1);
  const { pooled, largest, rmse } = weightErrors(weights, values, 11, { high: 3, wide: 4 });
  assert.equal(pooled.length, 12);
  for (const one of pooled) assert.ok(Math.abs(one - 1) < 1e-5);
  assert.ok(Math.abs(largest - 1) < 1e-5 && Math.abs(rmse - 1) < 1e-5);
});

test("every weight is counted, those at the ends too", () => {
  const counts = countWeights(Float32Array.from([-1, -0.5, 0, 0.5, 1, 9]), 1, 4);
  assert.deepEqual(Array.from(counts), [1, 1, 1, 3]);
});
