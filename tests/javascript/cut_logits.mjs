// For test_sampling_explorer.py: reads cases as JSON from stdin, writes what static/sampling.js makes of each.
// A case: { logits: base64 of float32, ids, settings, seed, step, draws }.
import { readFileSync } from "node:fs";
import { cutDistribution, drawTokens, penaliseRepeats, rankLogits } from "../../widgets/llmcourse/static/sampling.js";

const cases = JSON.parse(readFileSync(0, "utf8"));
const results = cases.map(({ logits, ids, settings, seed, step, draws }) => {
  const bytes = Buffer.from(logits, "base64");
  const ranked = rankLogits(new Float32Array(Uint8Array.from(bytes).buffer));
  const cut = cutDistribution(penaliseRepeats(ranked, ids, settings.repetition_penalty), settings);
  const keptIds = Array.from(cut.ids.subarray(cut.first, cut.last));
  const { counts } = drawTokens(cut, seed, step, draws);
  return {
    kept_ids: keptIds,
    kept_probs: Array.from(cut.weights.subarray(cut.first, cut.last), (weight) => weight / cut.sum),
    mass: cut.mass,
    entropy: cut.entropy,
    drawn: Object.fromEntries(keptIds.map((id, place) => [id, counts[place]]).filter(([, count]) => count > 0)),
    removed: Object.fromEntries(cut.stages.map(([rule, first, last], place) =>
      [rule, (place === 0 ? cut.count : cut.stages[place - 1][2] - cut.stages[place - 1][1]) - (last - first)])),
  };
});
process.stdout.write(JSON.stringify(results));
