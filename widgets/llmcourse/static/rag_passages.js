// The passages by rank with the query's words marked, and what each word adds to the score of the selected one.
import { element } from "./common.js";
import { wordsOf } from "./rag_retrieval.js";

const SNIPPET = 260, LONGEST_SHOWN = 6000; // characters

// `pick(passage)` is called for a click or an arrow key. `show({ passages, ranking, count, words, prompted, fallen, gold,
// selected })` draws `count` of them.
export function passageList({ pick }) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const list = element("div", { class: "llmc-rag-passages", role: "listbox", tabindex: "0", "aria-label": "Passages by rank" });
  let shown = [], at = -1, texts = new Map(), marked = "";
  // The words to mark change with the query alone: while a slider moves, the texts stay as they are.
  const textOf = (passages, words, number) => {
    const key = words.map(({ word }) => word).join(" ");
    if (marked !== key || texts.of !== passages) { texts = new Map(); texts.of = passages; marked = key; }
    if (!texts.has(number)) texts.set(number, element("div", { class: "llmc-rag-text" }, ...markedPassage(passages[number], words, SNIPPET)));
    return texts.get(number);
  };
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) pick(Number(item.dataset.passage));
  });
  list.addEventListener("keydown", (event) => {
    const last = shown.length - 1;
    const next = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last, Escape: -1 }[event.key];
    if (next === undefined || last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    at = next;
    pick(next < 0 ? -1 : shown[next]);
  });
  const show = ({ passages, ranking, count, words, prompted, fallen, gold, selected }) => {
    shown = ranking.slice(0, count);
    at = shown.indexOf(selected);
    list.replaceChildren(...shown.map((number, place) => {
      const state = prompted.includes(number) ? `[${prompted.indexOf(number) + 1}] in the prompt` : fallen.includes(number) ? "does not fit into the context" : "";
      return element("div", {
        class: `llmc-rag-passage${prompted.includes(number) ? " llmc-rag-prompted" : ""}`, role: "option", id: `${prefix}-${place}`,
        "data-passage": number, "aria-selected": String(number === selected),
      },
        element("div", { class: "llmc-rag-passage-head" }, element("b", { class: "llmc-number" }, `${place + 1}. #${number}`), gold.includes(number) ? element("span", {}, "★ gold") : null, element("span", { class: "llmc-muted" }, state)),
        textOf(passages, words, number));
    }));
    if (at >= 0) list.setAttribute("aria-activedescendant", `${prefix}-${at}`);
    else list.removeAttribute("aria-activedescendant");
    const item = list.children[at];
    if (item && (item.offsetTop < list.scrollTop || item.offsetTop + item.offsetHeight > list.scrollTop + list.clientHeight)) list.scrollTop = item.offsetTop - 4;
  };
  return { node: list, show };
}

// The selected passage whole, and the sum of its BM25 score word by word. `show({ passage, number, words, columns })`.
export function passageDetail() {
  const title = element("h3", { class: "llmc-rag-title" }), text = element("div", { class: "llmc-rag-text llmc-rag-whole", tabindex: "0", role: "group", "aria-label": "The selected passage" });
  const body = element("tbody"), total = element("tr"), scores = element("div", { class: "llmc-muted llmc-number" });
  const head = element("tr", {}, ...["word", "times", "idf", "adds"].map((name) => element("th", { scope: "col" }, name)));
  const table = element("table", { class: "llmc-rag-parts" }, element("caption", { class: "llmc-hidden-text" }, "What each word adds to the BM25 score"), element("thead", {}, head), body, element("tfoot", {}, total));
  const inside = element("div", { class: "llmc-rag-halves" }, text, element("div", {}, table, scores));
  const node = element("div", { class: "llmc-rag-detail" }, title, inside);
  const show = ({ passage, number, words, columns }) => {
    inside.hidden = number < 0;
    title.textContent = number < 0 ? "Select a passage to see what its score is made of." : `Passage #${number}`;
    if (number < 0) return;
    text.replaceChildren(...markedPassage(passage, words, LONGEST_SHOWN));
    const most = Math.max(1e-12, ...words.map(({ adds }) => adds.get(number) ?? 0));
    body.replaceChildren(...words.map(({ word, times, idf, often, adds }, place) => {
      const part = adds.get(number) ?? 0;
      return element("tr", {},
        element("th", { scope: "row" }, element("span", { class: `llmc-rag-word llmc-tint-${place % 5}` }, word), times > 1 ? ` × ${times}` : ""),
        element("td", { class: "llmc-number" }, String(often.get(number) ?? 0)),
        element("td", { class: "llmc-number" }, idf.toFixed(3)),
        element("td", { class: "llmc-number llmc-rag-adds" }, element("span", { class: "llmc-rag-adds-bar", style: `width: ${(45 * part / most).toFixed(1)}%`, "aria-hidden": "true" }), part.toFixed(4)));
    }));
    total.replaceChildren(element("th", { scope: "row", colspan: 3 }, "BM25, the sum"), element("td", { class: "llmc-number" }, columns[0].scores[number].toFixed(4)));
    scores.textContent = columns.slice(1).map(({ name, scores: own, ranking }) => (own ? `${name}: ${own[number].toFixed(4)}, rank ${ranking.indexOf(number) + 1}` : `${name}: needs a running kernel`)).join(" · ");
  };
  return { node, show };
}

// A passage with the words of the query as <mark>, each in its tint; of a long one a stretch around the first of them.
function markedPassage(passage, words, longest) {
  const places = new Map(words.map(({ word }, place) => [word, place]));
  const hits = wordsOf(passage).filter(({ word }) => places.has(word));
  const start = passage.length <= longest || !hits.length ? 0 : Math.max(0, Math.min(hits[0].start - 40, passage.length - longest));
  const stop = Math.min(passage.length, start + longest), pieces = start > 0 ? ["… "] : [];
  let past = start;
  for (const { start: from, end, word } of hits) {
    if (from < start || end > stop) continue;
    pieces.push(passage.slice(past, from), element("mark", { class: `llmc-tint-${places.get(word) % 5}` }, passage.slice(from, end)));
    past = end;
  }
  return [...pieces, passage.slice(past, stop), ...(stop < passage.length ? [" …"] : [])].filter((piece) => piece !== "");
}
