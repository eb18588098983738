// static/training_curves.js against training_points.py (tests/vectors/training_monitor.json), and the reading of points.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { clockTime, curvesFrom, smoothCurve, thinExtremes } from "../../widgets/llmcourse/static/training_curves.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/training_monitor.json", import.meta.url), "utf8"));
const SPELT = { nan: NaN, inf: Infinity, "-inf": -Infinity };
const numbers = (values) => Float64Array.from(values, (value) => SPELT[value] ?? value);

for (const { name, steps, values, columns, thin_steps, thin_values, smooth } of vectors.cases) {
  test(`${name}, ${columns} pixels: thinned and smoothed as in Python`, () => {
    const thin = thinExtremes(numbers(steps), numbers(values), columns);
    assert.deepEqual(Array.from(thin.x), thin_steps);
    assert.deepEqual(Array.from(thin.y), Array.from(numbers(thin_values)));
    for (const [weight, wanted] of Object.entries(smooth)) {
      assert.deepEqual(Array.from(smoothCurve(numbers(values), Number(weight))), Array.from(numbers(wanted)));
    }
  });
}

test("times read as in Python", () => {
  for (const [seconds, text] of vectors.times) assert.equal(clockTime(seconds), text);
});

test("points of several series are told apart, in order, over the parts", () => {
  const [a, b] = curvesFrom([Float64Array.of(0, 0, 5, 1, 0, 7), new Float64Array(0), Float64Array.of(0, 1, 6, 9, 0, 0)], 2);
  assert.deepEqual([Array.from(a.x), Array.from(a.y), Array.from(b.y)], [[0, 1], [5, 6], [7]]);
});

test("a hundred thousand points lose neither their highest nor their lowest", () => {
  const x = Float64Array.from({ length: 100_000 }, (_, at) => at), y = x.map((at) => Math.sin(at));
  y[77_777] = 50;
  y[33_333] = -50;
  const thin = thinExtremes(x, y, 500);
  assert.ok(thin.x.length <= 1_002);
  assert.equal(Math.max(...thin.y), 50);
  assert.equal(Math.min(...thin.y), -50);
});
