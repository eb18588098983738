// Token labels and the colour ramp: JavaScript against the vectors that Python is held to as well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { colourRamp, numbersFrom, shortNumber, tokenLabel } from "../../widgets/llmcourse/static/common.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/labels.json", import.meta.url)));

for (const { token, longest, label } of vectors) {
  test(`label ${JSON.stringify(label)}`, () => assert.equal(tokenLabel(token, longest), label));
}

test("the ramp grows steadily lighter or darker", () => {
  const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  for (const dark of [false, true]) {
    const ramp = colourRamp(dark).map(light);
    assert.equal(ramp.length, 256);
    for (let step = 1; step < 256; step++) assert.ok(dark ? ramp[step] >= ramp[step - 1] - 0.6 : ramp[step] <= ramp[step - 1] + 0.6);
  }
});

test("numbers are read from any address", () => {
  const bytes = new Uint8Array(9);
  bytes.set(new Uint8Array(new Float32Array([1.5, -2]).buffer), 1);
  assert.deepEqual(Array.from(numbersFrom(bytes.subarray(1), Float32Array)), [1.5, -2]);
});

test("short numbers keep four digits", () => {
  assert.equal(shortNumber(0.123456), "0.1235");
  assert.equal(shortNumber(0), "0");
  assert.equal(shortNumber(1.234e-7), "1.23e-7");
  assert.equal(shortNumber(NaN), "NaN");
});
