// static/number_formats.js against the vectors of scratch/number_formats.py, against Math.fround, and by its own laws.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { decodeBits, encodeNumber, exactDecimal, floorPlace, formatLimits, neighbourBits, numberKinds, parseNumber, roundHalfEven, splitBits } from "../../widgets/llmcourse/static/number_formats.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/number_format.json", import.meta.url), "utf8"));
const kinds = numberKinds();

test("values become the same bits as in Python", () => {
  for (const [text, name, scale, bits, stored] of vectors.values) {
    const ours = encodeNumber(parseNumber(text), kinds[name], scale);
    assert.equal(ours, bits, `${text} in ${name}, scale ${scale}`);
    if (bits !== null) assert.equal(exactDecimal(decodeBits(bits, kinds[name], scale)), stored, `${text} in ${name}`);
  }
});

test("bits mean the same number and have the same neighbours as in Python", () => {
  for (const [name, bits, exact, above, below] of vectors.patterns) {
    assert.equal(exactDecimal(decodeBits(bits, kinds[name])), exact, `${name} ${bits}`);
    assert.equal(neighbourBits(bits, kinds[name], 1), above, `${name} ${bits} up`);
    assert.equal(neighbourBits(bits, kinds[name], -1), below, `${name} ${bits} down`);
  }
  for (const [name, limits] of Object.entries(vectors.limits)) assert.deepEqual(formatLimits(kinds[name]), limits, name);
});

test("FP32 rounds as Math.fround does", () => {
  const view = new DataView(new ArrayBuffer(8));
  let state = 1;
  const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state; };
  for (let round = 0; round < 50_000; round++) {
    view.setUint32(0, random()); view.setUint32(4, random());
    const near = round % 2 ? view.getFloat64(0) : (random() / 2 ** 31 - 1) * 2 ** ((random() % 300) - 160);
    if (Number.isNaN(near)) continue;
    view.setFloat32(0, near);
    assert.equal(encodeNumber(near, kinds.fp32), view.getUint32(0), String(near));
  }
});

test("every pattern of at most 16 bits comes back, and the numbers stand in order", () => {
  for (const kind of Object.values(kinds).filter(({ bits }) => bits <= 16)) {
    for (let bits = 0; bits < 2 ** kind.bits; bits++) {
      const value = decodeBits(bits, kind);
      if (!Number.isNaN(value)) assert.equal(encodeNumber(value, kind), bits, `${kind.name} ${bits}`);
      const next = neighbourBits(bits, kind, 1);
      if (next !== null) assert.ok(decodeBits(next, kind) > value || (value === 0 && bits !== 0), `${kind.name} ${bits}`);
    }
  }
});

test("the place of a number is that of the greatest one not above it", () => {
  for (const value of [-7.5, -1, -0.3, 0, 0.3, 1, 1.01, 5.9, 6, 100]) {
    const kind = kinds.fp4_e2m1, numbers = [-6, -4, -3, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 3, 4, 6];
    const place = numbers.filter((number) => number <= value).length - 8;
    assert.equal(floorPlace(value, kind), place, String(value));
  }
});

test("half goes to even, and text becomes a number or null", () => {
  assert.deepEqual([0.5, 1.5, 2.5, -0.5, -1.5, 2.4, 2.6].map((value) => roundHalfEven(value) + 0), [0, 2, 2, 0, -2, 2, 3]);
  assert.deepEqual(["1e3", " -.5 ", "inf", "-Infinity", "−2"].map(parseNumber), [1000, -0.5, Infinity, -Infinity, -2]);
  for (const bad of ["", "x", "1,5", "0x10", "1e", "--1", "</script>"]) assert.equal(parseNumber(bad), null, bad);
  assert.ok(Number.isNaN(parseNumber("NaN")));
  assert.deepEqual(splitBits(0b1_10000_0000000001, kinds.fp16), { sign: 1, code: 16385, exponent: 16, fraction: 1 });
});
