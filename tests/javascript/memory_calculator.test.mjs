// static/memory_formulas.js against the formulas of Python (tests/vectors/memory_calculator.json), factor by factor.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { memoryParts, storedAs, termsValue } from "../../widgets/llmcourse/static/memory_formulas.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/memory_calculator.json", import.meta.url), "utf8"));

test("every factor of every formula is Python's", () => {
  assert.ok(vectors.cases.length > 100);
  for (const { model, settings, parts } of vectors.cases) {
    assert.deepEqual(memoryParts(vectors.models[model], settings), parts, JSON.stringify([model, settings]));
  }
});

test("a sum of products", () => {
  assert.equal(termsValue([[[2, "a"], [3, "b"]], [[4, "c"]]]), 10);
  assert.equal(termsValue([]), 0);
});

test("full training cannot use rounded weights, LoRA can", () => {
  assert.equal(storedAs({ task: "train", weights: "nf4" }), "bf16");
  assert.equal(storedAs({ task: "train", weights: "fp32" }), "fp32");
  assert.equal(storedAs({ task: "lora", weights: "nf4" }), "nf4");
});
