// The colour ramp of the page against the vectors that the static pictures are held to as well.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { colourRamp } from "../../widgets/llmcourse/static/common.js";

const vectors = JSON.parse(readFileSync(new URL("../vectors/colour_ramp.json", import.meta.url)));

for (const [name, dark] of [["light", false], ["dark", true]]) {
  test(`the ${name} ramp`, () => assert.deepEqual(colourRamp(dark), vectors[name]));
}
