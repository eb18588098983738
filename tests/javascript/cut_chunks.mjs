// Reads cases (text, splitter, size, overlap, phrase, token_starts, similarities) as JSON and writes what the page makes of them.
import { readFileSync } from "node:fs";
import { chunkFlags, phrasePlaces } from "../../widgets/llmcourse/static/chunk_report.js";
import { countedText, splitText } from "../../widgets/llmcourse/static/splitters.js";

const answers = JSON.parse(readFileSync(0, "utf8")).map((one) => {
  const text = countedText(one.text);
  const measured = { token_starts: Uint32Array.from(one.token_starts), similarities: Float32Array.from(one.similarities) };
  const chunks = Array.from(splitText(text, one.splitter, { ...one, threshold: 0.5 }, measured));
  return {
    chunks, flags: Array.from(chunkFlags(text, chunks, one.size, 15)),
    places: phrasePlaces(text, chunks, one.phrase).map(({ start, whole, cut }) => [start, whole, cut]),
  };
});
process.stdout.write(JSON.stringify(answers));
