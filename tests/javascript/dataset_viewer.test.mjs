// What DatasetViewer reads from bytes, against the vectors that Python is held to as well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { TOKEN_FLAGS, datasetTotals, endedNames, exampleText, lengthBins, readBlock, readIndex } from "../../widgets/llmcourse/static/dataset_data.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/dataset_viewer.json", import.meta.url)));
const bytes = (name) => new Uint8Array(Buffer.from(vectors[name], "hex"));

test("the index says the counts and problems of each example", () => {
  const index = readIndex(bytes("index"));
  assert.equal(index.count, vectors.examples.length);
  vectors.examples.forEach(({ row, problems }, place) => {
    const { bits, ...rest } = index.at(place);
    assert.deepEqual(rest, row);
    assert.deepEqual(vectors.problem_names.filter((_, bit) => bits >> bit & 1), problems);
  });
});

test("a block holds the tokens of each example", () => {
  const { start, examples } = readBlock(bytes("block"));
  assert.equal(start, 20);
  vectors.examples.forEach((expected, place) => {
    const { ids, flags, names } = examples[place];
    assert.deepEqual(names, expected.tokens);
    assert.deepEqual(Array.from(ids), expected.ids);
    for (const [name, bit] of Object.entries(TOKEN_FLAGS)) assert.deepEqual(Array.from(flags, (flag) => Boolean(flag & bit)), expected[name], name);
  });
  assert.deepEqual(Array.from(examples[0].flags, (flag) => flag >> 4), [0, 2, 1, 3, 3, 4, 5]);
});

test("a block is read from any address", () => {
  const moved = new Uint8Array(bytes("block").length + 3);
  moved.set(bytes("block"), 3);
  assert.deepEqual(readBlock(moved.subarray(3)), readBlock(bytes("block")));
});

test("titles and sums", () => {
  assert.equal(endedNames(bytes("titles")).length, 3);
  assert.deepEqual(datasetTotals(readIndex(bytes("index"))), { tokens: 12, trained: 5, troubled: 3 });
});

test("a search does not read the names of bytes", () => {
  assert.equal(exampleText({ names: ["a", "<0x8a>", "b"] }), "ab");
});

test("every example lies in the bin of its length", () => {
  const lengths = [5, 5, 6, 120, 900, 0, 31];
  const index = { count: lengths.length, at: (place) => ({ kept: lengths[place] }) };
  const { edges, values, members } = lengthBins(index);
  assert.ok(values.length <= 24 && edges.length === values.length + 1);
  assert.equal(values.reduce((a, b) => a + b), lengths.length);
  members.forEach((places, bin) => places.forEach((place) => assert.ok(edges[bin] <= lengths[place] && lengths[place] < edges[bin + 1])));
  assert.deepEqual(lengthBins({ count: 1, at: () => ({ kept: 7 }) }), { edges: [7, 8], values: [1], members: [[0]] });
});
