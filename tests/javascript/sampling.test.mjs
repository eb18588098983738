// static/sampling.js against transformers' logits processors (tests/vectors/sampling.json), and its own laws.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  cutDistribution, drawTokens, expMinus, penaliseRepeats, rankLogits, removingRule, seededUniform,
} from "../../widgets/llmcourse/static/sampling.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/sampling.json", import.meta.url), "utf8"));
const OFF = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, typical_p: 1, repetition_penalty: 1 };
const cutOf = (logits, settings, ids = []) => {
  const all = { ...OFF, ...settings };
  return cutDistribution(penaliseRepeats(rankLogits(Float32Array.from(logits)), ids, all.repetition_penalty), all);
};
const keptIds = (cut) => Array.from(cut.ids.subarray(cut.first, cut.last));

function makeLogits(recipe) {
  if (Array.isArray(recipe)) return Float32Array.from(recipe, (logit) => (logit === "-inf" ? -Infinity : logit));
  return Float32Array.from({ length: recipe.size }, (_, id) => {
    let total = 0;
    for (let step = 0; step < 6; step++) total += seededUniform(recipe.seed, step, id);
    const logit = recipe.scale * (total - 3);
    return recipe.grid ? Math.floor(logit / recipe.grid) * recipe.grid : logit;
  });
}

for (const vector of vectors.cases) {
  test(`keeps what transformers keeps: ${vector.name}`, () => {
    const logits = makeLogits(vector.logits);
    const cut = cutOf(logits, vector.settings, vectors.ids);
    const bits = Buffer.from(vector.kept, "base64");
    const expected = Array.from(logits.keys()).filter((id) => bits[id >> 3] & (128 >> (id & 7)));
    assert.equal(expected.length, vector.kept_count);
    assert.deepEqual(keptIds(cut).sort((a, b) => a - b), expected);
    const place = new Map(Array.from(cut.ids, (id, rank) => [id, rank]));
    for (const [id, probability] of vector.probabilities) {
      const ours = cut.weights[place.get(id)] / cut.sum;
      assert.ok(Math.abs(ours - probability) < 1e-5, `id ${id}: ${ours}, transformers ${probability}`);
    }
  });
}

test("the random numbers are those of shared_random.py", () => {
  for (const [seed, step, number] of vectors.third_uniform) assert.equal(seededUniform(seed, step, 2), number);
});

test("the random numbers are even and independent of the step", () => {
  const buckets = new Uint32Array(16);
  let covariance = 0;
  for (let index = 0; index < 160_000; index++) {
    const [here, next] = [seededUniform(3, 0, index), seededUniform(3, 1, index)];
    assert.ok(here >= 0 && here < 1);
    buckets[Math.floor(here * 16)]++;
    covariance += (here - 0.5) * (next - 0.5) / 160_000;
  }
  for (const count of buckets) assert.ok(Math.abs(count - 10_000) < 500, String(count)); // five standard deviations
  assert.ok(Math.abs(covariance) < 0.0011, String(covariance));
});

test("a ranking falls, with equal logits by falling id, and -0 equals 0", () => {
  const ranked = rankLogits(Float32Array.from([0, -0, 5, -Infinity, -3, 5, 0]));
  assert.deepEqual(Array.from(ranked.ids), [5, 2, 6, 1, 0, 4, 3]);
  assert.equal(ranked.count, 6);
});

test("a penalised ranking is the ranking of the penalised logits", () => {
  const logits = makeLogits({ size: 5000, seed: 4, scale: 5, grid: 0.25 });
  const seen = Array.from({ length: 300 }, (_, place) => (place * 37) % 5000);
  for (const penalty of [0.5, 1.2, 2]) {
    const changed = logits.slice();
    for (const id of new Set(seen)) changed[id] = changed[id] < 0 ? changed[id] * Math.fround(penalty) : changed[id] / Math.fround(penalty);
    const expected = rankLogits(changed), got = penaliseRepeats(rankLogits(logits), [...seen, 9999], penalty);
    assert.deepEqual(got.ids, expected.ids);
    assert.deepEqual(got.logits, expected.logits);
  }
});

test("temperature 0 is greedy: the first of the likeliest tokens", () => {
  const cut = cutOf([1, 4, 4, 0], { temperature: 0, top_p: 0.5 });
  assert.deepEqual(keptIds(cut), [1]);
  assert.equal(cut.entropy, 0);
  assert.equal(removingRule(cut, 0), "temperature");
});

test("entropy and mass of a known distribution", () => {
  const logits = [0.5, 0.25, 0.125, 0.125].map(Math.log);
  assert.ok(Math.abs(cutOf(logits, {}).entropy - 1.75) < 1e-6);
  const cut = cutOf(logits, { top_k: 2 });
  assert.ok(Math.abs(cut.mass - 0.75) < 1e-6);
  assert.ok(Math.abs(cut.entropy - 0.9183) < 1e-4);
});

test("each rank names the first rule that removed it", () => {
  const cut = cutOf([5, 4, 3, 2, 1, -Infinity], { top_k: 4, top_p: 0.95, min_p: 0.2 });
  assert.deepEqual(keptIds(cut), [0, 1]);
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((rank) => removingRule(cut, rank)), ["", "", "min_p", "top_p", "top_k", "logits"]);
});

test("the draws are reproducible, only of kept tokens, and as frequent as they should be", () => {
  const cut = cutOf([2, 1, 0, -1, -9], { top_k: 3 });
  const { counts, latest } = drawTokens(cut, 1, 0, 10_000);
  assert.deepEqual(drawTokens(cut, 1, 0, 10_000), { counts, latest });
  assert.notDeepEqual(drawTokens(cut, 2, 0, 10_000).counts, counts);
  assert.equal(counts.length, 3);
  counts.forEach((count, place) => {
    const p = cut.weights[place] / cut.sum;
    assert.ok(Math.abs(count - 10_000 * p) < 5 * Math.sqrt(10_000 * p * (1 - p)), `${count} of ${10_000 * p}`);
  });
  const fewer = drawTokens(cut, 1, 0, 9_999).counts;
  assert.equal(counts[latest] - fewer[latest], 1, "a draw more changes nothing about those before");
  assert.equal(drawTokens(cut, 1, 0, 0).latest, -1);
});

test("the fast exponential is as exact as a double allows, over its whole range", () => {
  for (let step = 0; step < 200_000; step++) {
    const distance = step < 100_000 ? step / 150 : (step - 100_000) / 2 ** 18;
    const wanted = Math.exp(-distance);
    assert.ok(Math.abs(expMinus(distance) - wanted) <= 1e-15 * wanted, `at ${distance}`);
  }
  assert.equal(expMinus(0), 1);
  assert.deepEqual([746, 1e6, 2 ** 40, Infinity].map(expMinus), [0, 0, 0, 0]);
});

test("equal logits after a temperature stand in the order of falling ids, in pairs and in long runs", () => {
  const logits = Float32Array.from({ length: 600 }, (_, id) => 1 + ((id * 7) % 600) * 2 ** -23); // neighbours that merge
  for (const temperature of [1.7, 3, 50, 1000]) {
    const { ids, weights } = cutOf(logits, { temperature });
    const scaled = (id) => Math.fround(logits[id] / Math.fround(temperature));
    const wanted = Array.from(logits.keys()).sort((a, b) => scaled(b) - scaled(a) || b - a);
    assert.deepEqual(Array.from(ids), wanted);
    assert.ok(weights.every((weight, rank) => rank === 0 || weight <= weights[rank - 1]));
  }
});
