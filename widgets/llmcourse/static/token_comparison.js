// Rows of tokens of one text, one a tokenizer: choose a token, and what covers the same characters is marked in every row.
import { element, tokenLabel } from "./common.js";
import { spanText } from "./span_text.js";

// `pick(row, position)` is called for a click or an arrow key. `show({ text, rows, row, selected })` draws.
export function tokenComparison(pick) {
  const list = element("div", { class: "llmc-token-rows" });
  const story = element("div", { class: "llmc-muted llmc-token-story", "aria-live": "polite" });
  const node = element("div", {}, story, list);
  let drawn = null, characters = [], views = [], marked = [];

  const build = (rows) => {
    const most = Math.max(...rows.map(({ ids }) => ids.length)), fewest = Math.min(...rows.map(({ ids }) => ids.length));
    views = rows.map(({ name, tokens, ids }, row) => {
      const boxes = spanText({ label: `Tokens of ${name}`, pick: (position) => pick(row, position) });
      const spans = tokens.map((token, position) => ({ text: token, tint: position % 5, caption: String(ids[position]), title: JSON.stringify(token) }));
      const head = element("div", { class: "llmc-token-head" },
        element("b", { class: "llmc-token-name" }, name),
        element("span", { class: "llmc-number" }, `${ids.length} ${ids.length === 1 ? "token" : "tokens"}`),
        element("span", { class: "llmc-muted llmc-number" }, `${(characters.length / Math.max(ids.length, 1)).toFixed(2)} characters a token`),
        element("span", { class: "llmc-muted llmc-number" }, `${(ids.length / Math.max(fewest, 1)).toFixed(2)} × the fewest`));
      const bar = element("div", { class: "llmc-token-bar", "aria-hidden": "true" }, element("div", { style: `width: ${(100 * ids.length / most).toFixed(2)}%` }));
      return { node: element("section", {}, head, bar, boxes.node), boxes, spans };
    });
    list.replaceChildren(...views.map((view) => view.node));
    marked = [];
  };
  const show = ({ text, rows, row, selected }) => {
    if (drawn !== rows) { drawn = rows; characters = Array.from(text); build(rows); } // a bad text has no rows: the last stay
    views.forEach(({ boxes, spans }, place) => boxes.show({ spans, selected: place === row ? selected : -1, boxed: true }));
    for (const box of marked) box.classList.remove("llmc-token-same");
    marked = [];
    const span = rows[row]?.spans[selected];
    if (!span) { story.textContent = `${characters.length} characters. Choose a token to see the same characters in each row.`; return; }
    const [start, end] = span;
    const counts = rows.map(({ name, spans }, place) => {
      const same = spans.flatMap(([from, to], position) => (from < end && to > start ? [position] : []));
      const boxes = views[place].boxes.node.children;
      for (const position of same) if (boxes[position]) { boxes[position].classList.add("llmc-token-same"); marked.push(boxes[position]); }
      return `${name} ${same.length}`;
    });
    const part = tokenLabel(characters.slice(start, end).join(""), 40);
    story.textContent = start === end ? `“${tokenLabel(rows[row].tokens[selected], 40)}” was added by ${rows[row].name}: it covers no character.`
      : `“${part}”, ${end - start === 1 ? `character ${start + 1}` : `characters ${start + 1} to ${end}`}. Tokens that cover it: ${counts.join(", ")}.`;
  };
  return { node, show };
}
