// What AttentionExplorer says in words: about one head, and about the tokens that are pointed at or selected.
import { element, tokenLabel } from "./common.js";
import { strongestAt, visibleKeys, weightAt } from "./attention_data.js";

const percent = (value) => `${(100 * value).toFixed(1)}%`;

// values: {"previous-token": scores of all heads or null, "first-token": …, induction: …}; number: place of the head.
export function headWords(values, number, cross) {
  const told = (name) => {
    const rank = 1 + values[name].reduce((count, value) => count + (value > values[name][number]), 0);
    return `${percent(values[name][number])} (rank ${rank} of ${values[name].length})`;
  };
  if (!values["first-token"]) return "One token can only attend to itself.";
  if (cross) return `On average a target token gives ${told("first-token")} of its attention to the first source token.`;
  const induction = values.induction
    ? `${told("induction")} of a repeated token's attention goes to what followed its previous occurrence.`
    : "it is not available, because no token of this text repeats.";
  return `On average a token gives ${told("previous-token")} of its attention to the token before it and `
    + `${told("first-token")} to the first token. Induction: ${induction}`;
}

// Text nodes and isolated tokens for a pair, a query alone (key -1), a key alone (query -1) or nothing. lack: what is
// said where the exact weights of a long text are not here.
export function pairWords(one, tokens, keyTokens, { query, key }, lack) {
  const named = (list, token) => [element("bdi", { class: "llmc-token" }, tokenLabel(list[token], 60)), ` (${token})`];
  const bold = (weight) => element("strong", {}, weight.toFixed(4));
  if (!one || Math.max(query, key) < 0 || query >= tokens.length || key >= keyTokens.length) {
    return ["Choose a cell or a token by pointer or with the arrow keys. Escape clears."];
  }
  if (query >= 0 && key >= 0) {
    if (key >= visibleKeys(one, query)) {
      return [...named(keyTokens, key), " comes after ", ...named(tokens, query), ": masked, since a token cannot see what follows."];
    }
    const weight = weightAt(one, query, key), pair = [...named(tokens, query), " → ", ...named(keyTokens, key)];
    if (!Number.isNaN(weight)) return [...pair, ": weight ", bold(weight)];
    return [...pair, `: weight at most ${strongestAt(one, query, key).toFixed(2)}, the strongest of ${one.pool} × ${one.pool}${lack}`];
  }
  let best = 0;
  const weight = (other) => (query >= 0 ? weightAt(one, query, other) : weightAt(one, other, key));
  const count = query >= 0 ? visibleKeys(one, query) : tokens.length;
  for (let other = 0; other < count; other += 1) {
    if (Number.isNaN(weight(other))) return [...(query >= 0 ? named(tokens, query) : named(keyTokens, key)), `: its weights are not here${lack}`];
    if (weight(other) > weight(best)) best = other;
  }
  return query >= 0
    ? [...named(tokens, query), " attends most to ", ...named(keyTokens, best), ": weight ", bold(weight(best))]
    : [...named(keyTokens, key), " is attended to most by ", ...named(tokens, best), ": weight ", bold(weight(best))];
}
