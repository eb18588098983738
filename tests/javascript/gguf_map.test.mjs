// static/gguf_blocks.js against what the gguf package makes of the same blocks (tests/vectors/gguf_map.json).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { blockFields, unpackBlock } from "../../widgets/llmcourse/static/gguf_blocks.js";
import { byteSize } from "../../widgets/llmcourse/static/gguf_ladder.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/gguf_map.json", import.meta.url), "utf8"));
const bytesOf = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));

test("blocks become the same weights as in Python", () => {
  for (const { type, bytes, values } of vectors) assert.deepEqual(Array.from(unpackBlock(type, bytesOf(bytes)).values), values, `${type} ${bytes}`);
  assert.ok(new Set(vectors.map(({ type }) => type)).size >= 7);
});

test("the story of a weight names its own value and bytes", () => {
  for (const { type, bytes, values } of vectors.filter(({ type }) => type.startsWith("Q"))) {
    const block = bytesOf(bytes), { story } = unpackBlock(type, block);
    for (const place of [0, 15, 16, 31]) {
      const { text, bytes: [from, to] } = story(place);
      assert.ok(text.includes(`= ${String(Number(values[place].toPrecision(6))).replace("-", "−")};`), text);
      assert.ok(text.includes(`byte ${from} (0x${block[from].toString(16).padStart(2, "0")})`), text);
      assert.equal(to, from + 1);
    }
  }
});

test("the fields of a block cover it, each byte once", () => {
  const sizes = { Q4_0: 18, Q4_1: 20, Q5_0: 22, Q5_1: 24, Q8_0: 34, Q2_K: 84, Q3_K: 110, Q4_K: 144, Q5_K: 176, Q6_K: 210, Q8_K: 292, IQ4_NL: 18, MXFP4: 17, F32: 64, F16: 32, BF16: 32, IQ1_S: 50 };
  for (const [type, size] of Object.entries(sizes)) {
    let at = 0;
    for (const { start, end } of blockFields(type, size)) { assert.equal(start, at, type); at = end; }
    assert.equal(at, size, type);
  }
});

test("a type that only Python unpacks gives null, and sizes are said in words", () => {
  assert.equal(unpackBlock("Q4_K", new Uint8Array(144)), null);
  assert.deepEqual([12, 1785664, 16157, 96576768, 4.2e9].map(byteSize), ["12 B", "1.79 MB", "16.2 kB", "96.6 MB", "4.20 GB"]);
});
