// static/batch_simulation.js against Python's simulation (tests/vectors/batch_timeline.json), and its own laws.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  makeRequests, measuresOf, momentOf, placeContinuously, placeStatically,
} from "../../widgets/llmcourse/static/batch_simulation.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/batch_timeline.json", import.meta.url), "utf8"));
const POLICIES = { static: placeStatically, continuous: placeContinuously };
const NAMES = ["request", "slot", "start", "prefill", "first", "done", "finish"];

test("the same seed makes the requests that Python makes", () => {
  for (const { made, requests } of vectors.cases) if (made) assert.deepEqual(makeRequests(made), requests, JSON.stringify(made));
});

for (const [policy, place] of Object.entries(POLICIES)) {
  test(`${policy}: every placement is Python's, and every measure`, () => {
    for (const { requests, server, [policy]: run } of vectors.cases) {
      const placements = place(requests, server);
      assert.deepEqual(placements.map((one) => NAMES.map((name) => one[name])), run.placements);
      const measures = measuresOf(requests, placements, server);
      for (const [name, value] of Object.entries(run.measures)) {
        assert.ok(Math.abs(measures[name] - value) <= 1e-12 * Math.abs(value), `${name}: ${measures[name]}, Python ${value}`);
      }
    }
  });

  test(`${policy}: at any moment every slot and every request is somewhere`, () => {
    const { requests, server } = vectors.cases[1], placements = place(requests, server);
    const { begin, end } = measuresOf(requests, placements, server), all = requests.reduce((sum, [, , output]) => sum + output, 0);
    let before = 0;
    for (let at = begin; at <= end; at += 7) {
      const now = momentOf(requests, placements, server, at);
      assert.equal(now.working + now.held + now.idle, server.slots);
      assert.ok(now.idle >= 0 && now.tokens >= before);
      before = now.tokens;
    }
    assert.deepEqual(momentOf(requests, placements, server, end), { working: 0, held: 0, idle: server.slots, waiting: 0, answered: requests.length, tokens: all });
  });
}
