// The arithmetic and the keyboard rules of AttentionExplorer, without a page.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  movedPair, rankedHeads, readQueriesKeys, readWeights, visibleKeys, weightAt, weightSteps,
} from "../../widgets/llmcourse/static/attention_data.js";
import { levelColours } from "../../widgets/llmcourse/static/attention_canvas.js";

// A block as attention_packing.py lays it out; one odd byte in front, since messages start at any address.
function block({ number = 1, tokens, square = 0, heads }) {
  const head = new Uint32Array([number, tokens, square, heads.length, ...heads.flatMap(({ place }) => place)]);
  const levels = heads.map(({ values }) => new Uint8Array(new Uint16Array(values).buffer));
  const parts = [new Uint8Array([9]), new Uint8Array(head.buffer), ...levels];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) { all.set(part, at); at += part.length; }
  return readWeights(all.subarray(1));
}

test("a triangle is read row by row and zero above the diagonal", () => {
  const first = { place: [4, 0], values: [65535, 0, 65535] }, second = { place: [4, 1], values: [65535, 13107, 52428] };
  const read = block({ tokens: 2, heads: [first, second] }), one = read.heads.get("4.1");
  assert.equal(weightAt(one, 1, 0), 0.2);
  assert.equal(weightAt(one, 1, 1), 0.8);
  assert.equal(weightAt(one, 0, 1), 0);
  assert.equal(visibleKeys(one, 0), 1);
  assert.equal(read.heads.get("3.0"), undefined);
});

test("a square holds weights to later tokens", () => {
  const heads = [{ place: [0, 0], values: [13107, 52428, 65535, 0] }];
  const one = block({ tokens: 2, square: 1, heads }).heads.get("0.0");
  assert.equal(weightAt(one, 0, 1), 0.8);
  assert.equal(visibleKeys(one, 0), 2);
});

test("an empty block of queries and keys holds no head", () => {
  assert.equal(readQueriesKeys(new Uint8Array()).found.size, 0);
});

test("scores of a thousand do not overflow the softmax", () => {
  const pair = { size: 1, queries: new Float32Array([1, 1]), keys: new Float32Array([1000, 999]) };
  const { weights, scores, dot } = weightSteps(pair, 1, 0, 1, 2);
  assert.deepEqual(scores, [1000, 999]);
  assert.equal(dot, 1000);
  assert.ok(Math.abs(weights[0] - 1 / (1 + Math.exp(-1))) < 1e-12);
});

test("heads are ranked highest first, equal ones in the model's order, unknown ones as they are", () => {
  assert.deepEqual(rankedHeads(new Float32Array([0.1, 0.9, 0.1, 0.5])), [1, 3, 0, 2]);
  assert.deepEqual(rankedHeads(new Float32Array([NaN, NaN])), [0, 1]);
});

test("arrow keys move a pair and stay inside what a query sees", () => {
  const none = { query: -1, key: -1 };
  assert.deepEqual(movedPair(none, "ArrowDown", 5, false), { query: 4, key: 0 });
  assert.deepEqual(movedPair({ query: 3, key: 3 }, "ArrowUp", 5, false), { query: 2, key: 2 });
  assert.deepEqual(movedPair({ query: 3, key: 3 }, "ArrowRight", 5, false), { query: 3, key: 3 });
  assert.deepEqual(movedPair({ query: 3, key: 3 }, "ArrowRight", 5, true), { query: 3, key: 4 });
  assert.deepEqual(movedPair({ query: 3, key: 1 }, "End", 5, false), { query: 3, key: 3 });
  assert.deepEqual(movedPair({ query: 3, key: 1 }, "PageUp", 5, false), { query: 0, key: 0 });
  assert.deepEqual(movedPair({ query: 2, key: -1 }, "ArrowUp", 5, false), { query: 1, key: -1 });
  assert.deepEqual(movedPair({ query: 2, key: 1 }, "Escape", 5, false), none);
  assert.equal(movedPair(none, "Tab", 5, false), null);
});

test("colours follow the square root of the weight", () => {
  const ramp = Array.from({ length: 256 }, (_, step) => [step, 0, 0]);
  const colours = levelColours(ramp);
  assert.equal(colours[65535] >>> 0, 0xff0000ff);
  assert.equal(colours[16384] & 255, 128);
  assert.equal(colours[0] >>> 0, 0xff000000);
});
