// static/preference_ratings.js against scratch/ratings.py (tests/vectors/preference_lab.json).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { eloRatings, ratingAxis } from "../../widgets/llmcourse/static/preference_ratings.js";

const { cases } = JSON.parse(readFileSync(new URL("../vectors/preference_lab.json", import.meta.url), "utf8"));

for (const { battles, k, ratings } of cases) {
  test(`Elo of ${battles.length} battles with K = ${k} as in Python`, () => {
    const ours = eloRatings(Int32Array.from(battles.flat()), ratings.length, k);
    assert.equal(ours.length, ratings.length);
    ratings.forEach((rating, at) => assert.ok(Math.abs(ours[at] - rating) < 1e-6, `${ours[at]}, Python ${rating}`));
  });
}

test("the axis holds every interval and the average, on round numbers", () => {
  const axis = ratingAxis([{ low: 903, high: 951 }, { low: 1101, high: 1240 }]);
  assert.deepEqual([axis.low, axis.high], [850, 1250]);
  assert.deepEqual([axis.place(850), axis.place(1050), axis.place(1250)], [0, 0.5, 1]);
});
