// What AttentionExplorer says in words: about one head, and about the tokens that are pointed at or selected.
import { element, tokenLabel } from "./common.js";
import { visibleKeys, weightAt } from "./attention_data.js";

const percent = (value) => `${(100 * value).toFixed(1)}%`;

// values: {"previous-token": scores of all heads or null, "first-token": …, induction: …}; number: place of the head.
export function headWords(values, number) {
  const told = (name) => {
    const rank = 1 + values[name].reduce((count, value) => count + (value > values[name][number]), 0);
    return `${percent(values[name][number])} (rank ${rank} of ${values[name].length})`;
  };
  if (!values["first-token"]) return "One token can only attend to itself.";
  const induction = values.induction
    ? `${told("induction")} of a repeated token's attention goes to what followed its previous occurrence.`
    : "it is not available, because no token of this text repeats.";
  return `On average a token gives ${told("previous-token")} of its attention to the token before it and `
    + `${told("first-token")} to the first token. Induction: ${induction}`;
}

// Text nodes and isolated tokens for a pair, a query alone (key -1), a key alone (query -1) or nothing.
export function pairWords(one, tokens, { query, key }) {
  const named = (token) => [element("bdi", { class: "llmc-token" }, tokenLabel(tokens[token], 60)), ` (${token})`];
  const bold = (weight) => element("strong", {}, weight.toFixed(4));
  if (!one || Math.max(query, key) < 0 || Math.max(query, key) >= tokens.length) {
    return ["Choose a cell or a token by pointer or with the arrow keys. Escape clears."];
  }
  if (query >= 0 && key >= 0) {
    return key < visibleKeys(one, query)
      ? [...named(query), " → ", ...named(key), ": weight ", bold(weightAt(one, query, key))]
      : [...named(key), " comes after ", ...named(query), ": masked, since a token cannot see what follows."];
  }
  let best = 0;
  const weight = (other) => (query >= 0 ? weightAt(one, query, other) : weightAt(one, other, key));
  for (let other = 1; other < tokens.length; other += 1) if (weight(other) > weight(best)) best = other;
  return query >= 0
    ? [...named(query), " attends most to ", ...named(best), ": weight ", bold(weight(best))]
    : [...named(key), " is attended to most by ", ...named(best), ": weight ", bold(weight(best))];
}
