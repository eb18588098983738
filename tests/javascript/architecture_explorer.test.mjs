// static/architecture_numbers.js against what Python counts (tests/vectors/architecture_explorer.json).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  largeNumber, partFlops, partParameters, partsByKey, shapeText,
} from "../../widgets/llmcourse/static/architecture_numbers.js";
import { counterpart } from "../../widgets/llmcourse/static/architecture_tree.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/architecture_explorer.json", import.meta.url), "utf8"));

for (const { name, tree, parts } of vectors.models) {
  test(`every part of ${name} weighs and costs what Python says`, () => {
    const found = partsByKey(tree);
    assert.deepEqual(Array.from(found.keys()).sort(), Object.keys(parts).sort());
    for (const [key, [parameters, ...costs]] of Object.entries(parts)) {
      assert.equal(partParameters(found.get(key)), parameters, key);
      vectors.sizes.forEach((sizes, place) => assert.equal(partFlops(found.get(key), sizes), costs[place], key));
    }
  });
}

test("a shape is told in symbols and in numbers", () => {
  assert.equal(shapeText(["B", "T", 49152]), "B × T × 49,152");
  assert.equal(shapeText(["B", "T", 49152], { B: 2, T: 1024 }), "2 × 1,024 × 49,152");
  assert.equal(shapeText([]), "");
});

test("large numbers in a few signs", () => {
  const shown = [0, 576, 999, 1000, 134515008, 8030261248, 999999, 1.5e13].map((value) => largeNumber(value));
  assert.deepEqual(shown, ["0", "576", "999", "1 K", "134.5 M", "8.03 B", "1 M", "15 T"]);
});

test("a decoder that stands alone has its counterpart beside an encoder", () => {
  const [gpt, , t5] = vectors.models.map(({ tree }) => partsByKey(tree));
  assert.equal(counterpart("block.mlp", t5).key, "decoder.block.mlp");
  assert.equal(counterpart("decoder.block.mlp", gpt).key, "block.mlp");
  assert.equal(counterpart("encoder.block.mlp", gpt), null);
  assert.equal(counterpart("constructor", gpt), null);
});
