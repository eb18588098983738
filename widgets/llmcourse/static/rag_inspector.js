// RAGInspector: query, ranks, prompt, answer. Ranking runs here, so that a slider or a new BM25 query answers in one frame.
import { element, errorLine, followTheme, inNextFrame, numbersFrom, onBytes, onTraits } from "./common.js";
import { choice, slider } from "./controls.js";
import { answerPanel } from "./rag_answer.js";
import { passageDetail, passageList } from "./rag_passages.js";
import { fittingPassages, promptPieces } from "./rag_prompt.js";
import { rankColumnsView } from "./rag_ranks.js";
import { BM25_NAME, FUSION_NAME, WEIGHTED_NAME, indexPassages, rankColumns, recallAt, reciprocalRank } from "./rag_retrieval.js";
import { textStamp } from "./text_stamp.js";

const PAUSE_MS = 300; // a typist's pause: then the query goes to the kernel
const MOST_RANKS = 10, EMPTY = "query is empty: write at least one word.";

function render({ model, el }) {
  const stops = [], set = (name, value) => { model.set(name, value); model.save_changes(); };
  let index = null, indexed = null, scores = new Float64Array(), shown = model.get("query"), timer = null;

  const query = element("input", { type: "search", "aria-label": "Query", spellcheck: "false", class: "llmc-rag-query" });
  query.addEventListener("input", () => {
    model.set("query", query.value);
    if (!model.get("live")) model.set("error", query.value.trim() ? "" : EMPTY);
    clearTimeout(timer);
    timer = setTimeout(() => model.save_changes(), PAUSE_MS);
  });
  const known = choice({ label: "Queries with gold passages", options: [["", "…"], ...Object.keys(model.get("gold")).map((one) => [one, one])], change: (value) => { if (value) { query.value = value; if (!model.get("live")) model.set("error", ""); set("query", value); } } });
  const many = model.get("names").length > 1;
  const rankBy = choice({ label: "Rank by", options: columnNames(model).map((name) => [name, name]), change: (value) => set("rank_by", value) });
  const most = Math.max(1, Math.min(20, model.get("passages").length));
  const k = slider({ label: "Top k", min: 1, max: most, change: (value) => set("k", value) });
  const k1 = slider({ label: "BM25 k1", min: 0, max: 3, step: 0.05, change: (value) => set("k1", value) });
  const b = slider({ label: "BM25 b", min: 0, max: 1, step: 0.05, change: (value) => set("b", value) });
  const weight = slider({ label: `Weight of ${model.get("names")[1] ?? "the second"}`, min: 0, max: 1, step: 0.05, change: (value) => set("weight", value) });
  weight.node.hidden = rankBy.node.hidden = !many;
  known.node.hidden = Object.keys(model.get("gold")).length < 2;

  const select = (number) => set("selected", number);
  const notice = element("div", { class: "llmc-muted", "aria-live": "polite" });
  const ranks = rankColumnsView({ pick: select }), list = passageList({ pick: select }), detail = passageDetail();
  const prompt = element("div", { class: "llmc-rag-prompt", tabindex: "0", role: "group", "aria-label": "The exact prompt" });
  const budget = element("div", { class: "llmc-rag-budget" }), length = element("div", { class: "llmc-number" });
  const evaluation = element("tbody"), measured = element("caption", { class: "llmc-muted" });
  const evaluated = element("table", { class: "llmc-rag-evaluation" }, measured, element("thead", {}, element("tr", {}, ...["", "recall@k", "MRR"].map((name) => element(name ? "th" : "td", name ? { scope: "col" } : {}, name)))), evaluation);
  const answer = answerPanel({ pick: select, ask: () => set("asking", true), stop: () => set("asking", false) });
  const title = (text) => element("h3", { class: "llmc-rag-title" }, text);
  const root = element("div", { class: "llmc llmc-rag-inspector" },
    element("div", { class: "llmc-rag-asked" }, element("label", { class: "llmc-rag-query-label" }, "Query ", query), known.node), errorLine(model, stops),
    element("div", { class: "llmc-rag-controls" }, rankBy.node, k.node, k1.node, b.node, weight.node), notice,
    element("div", { class: "llmc-rag-halves" },
      element("div", {}, title("Retrieved passages"), list.node),
      element("div", {}, title(many ? "The same passages in every ranking" : "Ranking"), ranks.node, evaluated)),
    detail.node,
    title("Prompt"), length, budget, prompt,
    title("Answer"), answer.node);

  const draw = () => {
    const passages = model.get("passages"), names = model.get("names"), gold = model.get("gold"), scored = model.get("scored");
    if (indexed !== passages) { index = indexPassages(passages); indexed = passages; }
    if (model.get("query").trim()) shown = model.get("query"); // an empty query leaves the last good view
    const settings = { k1: bounded(model.get("k1"), 0, 100), b: bounded(model.get("b"), 0, 1), weight: bounded(model.get("weight"), 0, 1) };
    const othersOf = (asked) => names.slice(1).map((_, row) => {
      const start = (scored.indexOf(asked) * (names.length - 1) + row) * passages.length;
      return scored.includes(asked) && scores.length >= start + passages.length ? scores.subarray(start, start + passages.length) : null;
    });
    const { columns, words } = rankColumns(index, shown, names, othersOf(shown), settings);
    const wanted = columns.find(({ name }) => name === model.get("rank_by")) ?? columns[0];
    const by = wanted.scores ? wanted : columns[0], top = Math.round(bounded(model.get("k"), 1, passages.length));
    const best = by.ranking.slice(0, top), selected = bounded(model.get("selected"), -1, passages.length - 1);
    const fit = fitOf(model, best, shown), prompted = best.slice(0, fit.count), right = gold[shown] ?? [];

    if (document.activeElement !== query && query.value !== model.get("query")) query.value = model.get("query");
    known.set(Object.keys(gold).includes(shown) ? shown : "");
    rankBy.set(model.get("rank_by"));
    k.set(top); k1.set(settings.k1); b.set(settings.b); weight.set(settings.weight);
    const missing = columns.filter(({ scores: own }) => !own).map(({ name }) => name);
    const told = [
      missing.length ? `${missing.join(", ")}: ${model.get("live") ? "no scores for this query yet" : "a new query needs a running kernel"}${wanted === by ? "." : `; ranked by ${BM25_NAME}.`}` : "",
      best.length ? "" : "No passage holds a word of the query.",
    ].filter(Boolean).join(" ");
    if (notice.textContent !== told) notice.textContent = told;

    const rows = Math.min(Math.max(top, MOST_RANKS), passages.length);
    list.show({ passages, ranking: by.ranking, count: rows, words, prompted, fallen: best.slice(fit.count), gold: right, selected });
    ranks.show({ columns, count: rows, best: best.slice(0, 6), gold: right, selected });
    detail.show({ passage: passages[selected], number: selected, words, columns });
    showPrompt(prompted.map((number) => passages[number]), prompted, best.slice(fit.count), fit);
    showEvaluation(Object.keys(gold), (asked) => (asked === shown ? columns : rankColumns(index, asked, names, othersOf(asked), settings).columns), top);
    const said = model.get("answer");
    const stale = said.text !== undefined && (said.query !== shown || String(said.passages) !== String(prompted));
    answer.show({ answer: said, passages, live: model.get("live"), able: model.get("can_answer"), asking: model.get("asking"), stale });
  };

  const showPrompt = (texts, numbers, fallen, fit) => {
    const pieces = promptPieces(model.get("template"), texts, shown), whole = pieces.map(({ text }) => text).join("");
    const [stamp, exact] = model.get("counted"), sure = stamp === textStamp(whole);
    const tokens = sure ? exact : fit.tokens, limit = model.get("context");
    prompt.replaceChildren(...pieces.map(({ text, place, asked }) => {
      if (place === null) return element("span", { class: asked ? "llmc-rag-asked-here" : null }, text);
      return element("span", { class: `llmc-rag-part llmc-tint-${place % 5}`, title: `passage #${numbers[place]}`, onclick: () => select(numbers[place]) }, text);
    }));
    const counted = tokens === null ? `${Array.from(whole).length.toLocaleString("en")} characters; give a tokenizer to count tokens` : `${sure ? "" : "about "}${tokens.toLocaleString("en")} tokens`;
    const room = limit && tokens !== null ? ` of ${limit.toLocaleString("en")}, ${model.get("answer_tokens").toLocaleString("en")} of them kept for the answer` : "";
    const out = fallen.length ? ` Too long: ${fallen.map((number) => `#${number}`).join(", ")} ${fallen.length === 1 ? "falls" : "fall"} out.` : "";
    const over = sure && limit && exact > limit - model.get("answer_tokens") ? " Counted whole, it is still too long by a little." : "";
    length.textContent = `${counted}${room}.${out}${over}`;
    length.classList.toggle("llmc-error", out !== "" || over !== "");
    budget.hidden = !limit || tokens === null;
    if (budget.hidden) return;
    const share = (value) => `flex: 0 1 ${(100 * value / limit).toFixed(2)}%`;
    budget.replaceChildren(
      element("span", { class: "llmc-rag-fixed", style: share(fit.fixed), title: `template and query: ${fit.fixed} tokens` }),
      ...numbers.map((number, place) => element("span", { class: `llmc-tint-${place % 5}`, style: share(fit.costs[place]), title: `passage #${number}: ${fit.costs[place]} tokens` }, `[${place + 1}]`)),
      element("span", { class: "llmc-rag-free", style: "flex: 1 1 0" }),
      element("span", { class: "llmc-rag-reserve", style: share(model.get("answer_tokens")), title: "kept for the answer" }));
  };
  const showEvaluation = (asked, columnsOf, top) => {
    evaluated.hidden = asked.length === 0;
    if (evaluated.hidden) return;
    const all = asked.map((one) => [columnsOf(one), model.get("gold")[one]]);
    measured.textContent = `Over ${asked.length === 1 ? "1 query" : `${asked.length} queries`} with gold passages (★), k = ${top}`;
    evaluation.replaceChildren(...columnNames(model).map((name, at) => {
      const there = all.every(([columns]) => columns[at].scores);
      const mean = (of) => (there ? (all.reduce((sum, [columns, gold]) => sum + of(columns[at].ranking, gold), 0) / all.length).toFixed(3) : "–");
      return element("tr", {}, element("th", { scope: "row" }, name), element("td", { class: "llmc-number" }, mean((ranking, gold) => recallAt(ranking, gold, top))), element("td", { class: "llmc-number" }, mean(reciprocalRank)));
    }));
  };

  const names = [
    "passages", "query", "k", "k1", "b", "weight", "rank_by", "selected", "names", "gold", "scored", "template", "context", "answer_tokens",
    "passage_tokens", "template_tokens", "query_tokens", "counted", "can_answer", "asking", "answer", "live",
  ];
  const soon = onTraits(model, names, draw, stops);
  el.append(root);
  stops.push(
    onBytes(model, "scores_data", (bytes) => { scores = numbersFrom(bytes, Float64Array); soon(); }),
    followTheme(root, inNextFrame(ranks.measure)), ranks.stop);
  soon();
  return () => {
    if (timer !== null) { clearTimeout(timer); model.save_changes(); }
    stops.forEach((stop) => stop());
  };
}

function columnNames(model) {
  const names = model.get("names");
  return names.length > 1 ? [...names, WEIGHTED_NAME, FUSION_NAME] : names;
}

// What fits into the context: { count, costs, fixed, tokens }; tokens is null without a tokenizer. The tokens of a query
// that the kernel has not seen are estimated from those of the passages.
function fitOf(model, best, query) {
  const lengths = model.get("passage_tokens");
  if (!lengths.length) return { count: best.length, costs: [], fixed: 0, tokens: null };
  const at = model.get("scored").indexOf(query), passages = model.get("passages");
  const perCharacter = lengths.reduce((sum, one) => sum + one, 0) / Math.max(1, passages.reduce((sum, one) => sum + one.length, 0));
  const asked = at >= 0 ? model.get("query_tokens")[at] ?? 0 : Math.ceil(query.length * perCharacter);
  const costs = best.map((number) => lengths[number] ?? 0), fixed = model.get("template_tokens") + asked;
  const limit = model.get("context") ? model.get("context") - model.get("answer_tokens") : 0;
  const count = fittingPassages(costs, fixed, limit);
  return { count, costs, fixed, tokens: costs.slice(0, count).reduce((sum, one) => sum + one, fixed) };
}

function bounded(value, low, high) {
  return Math.max(low, Math.min(Number(value) || 0, high));
}

export default { render };
