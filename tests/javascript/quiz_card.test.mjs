// The quiz's verdicts: JavaScript against the vectors that Python is held to as well; numbers as learners write them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { isRight, numberFrom, trapOf } from "../../widgets/llmcourse/static/quiz_card.js";
import { movedTo, standingRight } from "../../widgets/llmcourse/static/quiz_order.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/quiz.json", import.meta.url)));

for (const { kind, right, options, answer, tolerance, places, choice, verdict, standing } of vectors) {
  test(`${kind} ${JSON.stringify(choice)} is ${verdict ? "right" : "wrong"}`, () => {
    const option = Array.from({ length: options ?? 0 }, (_, position) => ({ right: right.includes(position) }));
    const question = { kind, option, answer, tolerance, item: (places ?? []).map((place) => ({ place })) };
    assert.equal(isRight(question, choice), verdict);
    if (standing !== undefined) assert.equal(standingRight(question, choice), standing);
  });
}

test("a number is read with a point, a sign, an exponent; a comma is refused", () => {
  for (const [text, number] of [["0.25", 0.25], [" -3 ", -3], ["\u22122", -2], [".5", 0.5], ["2.", 2], ["1e-3", 0.001], ["+7", 7]]) {
    assert.equal(numberFrom(text), number);
  }
  for (const text of ["", " ", "0,25", "49,152", "1/4", "abc", "NaN", "Infinity", "0x10", "1 2"]) assert.equal(numberFrom(text), null);
});

test("the nearest trap is told", () => {
  const question = { tolerance: 0.1, trap: [{ value: 1, reason: "one" }, { value: 1.1, reason: "more" }] };
  assert.equal(trapOf(question, 1.08).reason, "more");
  assert.equal(trapOf(question, 2), undefined);
  assert.equal(trapOf({ tolerance: 0.1 }, 2), undefined);
});

test("a thing moves to its new place and the others keep their order", () => {
  const order = ["a", "b", "c", "d"];
  assert.deepEqual(movedTo(order, 3, 0), ["d", "a", "b", "c"]);
  assert.deepEqual(movedTo(order, 0, 2), ["b", "c", "a", "d"]);
  assert.deepEqual(movedTo(order, 1, 1), order);
  assert.deepEqual(order, ["a", "b", "c", "d"]);
});
