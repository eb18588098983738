// DatasetViewer: fine-tuning examples as tokens, with the loss mask; a list, a search and a histogram lead to each.
import { element, errorLine, followTheme, onBytes, onTraits, tokenLabel } from "./common.js";
import { choice, pushButton, toggle } from "./controls.js";
import { histogram } from "./histogram.js";
import { spanText } from "./span_text.js";
import { TOKEN_FLAGS, datasetTotals, endedNames, exampleText, lengthBins, readBlock, readIndex } from "./dataset_data.js";
import { datasetList } from "./dataset_list.js";

const SEARCH_PAUSE_MS = 250;
const ROLE_NAMES = { template: "written by the chat template", system: "the system's words", user: "the user's words", assistant: "the assistant's words", tool: "a tool's words", other: "plain text" };

function render({ model, el }) {
  const stops = [];
  let index = { count: 0 }, titles = [], bins = null, filter = -1, boxed = false, shown = null, timer = null;
  const blocks = new Map(); // number of an example -> its tokens

  const set = (changes) => { for (const [name, value] of Object.entries(changes)) model.set(name, value); model.save_changes(); };
  const select = (place) => set({ selected: place, token: -1 });
  const selected = () => Math.max(0, Math.min(Math.trunc(model.get("selected")), index.count - 1));

  const figures = element("div", { class: "llmc-data-figures llmc-number" });
  const search = element("input", { type: "search", "aria-label": "Search in all examples", placeholder: "Search", spellcheck: "false" });
  const problems = choice({ label: "Show", options: [[-1, "all examples"], ...model.get("problem_names").map((name, bit) => [bit, name])], change: (bit) => { filter = bit; soon(); } });
  const list = datasetList(select);
  const lengths = histogram({ label: "Lengths of the examples in tokens", height: 170, pick: (bin) => { const next = inBin(bin); if (next !== undefined) select(next); } });
  const back = pushButton("← Back", () => select(Math.max(selected() - 1, 0))), next = pushButton("Next →", () => select(Math.min(selected() + 1, index.count - 1)));
  const title = element("div", { class: "llmc-data-title", "aria-live": "polite" });
  const trouble = element("div", { class: "llmc-data-trouble" });
  const boxes = toggle({ label: "boxes with ids", change: (flag) => { boxed = flag; soon(); } });
  const tokens = spanText({ label: "Tokens of the example", pick: (place) => set({ token: place }) });
  const story = element("div", { class: "llmc-data-story", "aria-live": "polite" });
  const root = element("div", { class: "llmc llmc-dataset-viewer" },
    errorLine(model, stops), figures,
    element("div", { class: "llmc-data-halves" },
      element("section", {}, element("div", { class: "llmc-row" }, search, problems.node), list.node),
      element("section", {}, element("div", { class: "llmc-data-heading" }, "Lengths: choose a bar to go to an example"), lengths.node)),
    element("div", { class: "llmc-row llmc-data-bar" }, back, next, title),
    trouble, element("div", { class: "llmc-row llmc-data-legend" }, ...legend(), boxes.node), tokens.node, story);

  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => set({ query: search.value }), SEARCH_PAUSE_MS); });
  stops.push(() => clearTimeout(timer));

  // The next example of a bar's length after the one shown, so that pressing a bar again goes on.
  const inBin = (bin) => bins.members[bin].find((place) => place > selected()) ?? bins.members[bin][0];
  const found = () => {
    const words = model.get("query").toLowerCase();
    let order = null;
    if (words) order = model.get("live") ? model.get("matches") : Array.from(blocks.keys()).filter((place) => exampleText(blocks.get(place)).toLowerCase().includes(words));
    order ??= Array.from({ length: index.count }, (_, place) => place);
    return filter < 0 ? order : order.filter((place) => index.at(place).bits >> filter & 1);
  };
  const names = (bits) => model.get("problem_names").filter((_, bit) => bits >> bit & 1);
  const percent = (part, whole) => (whole ? `${Math.round(100 * part / whole)} %` : "none");
  const count = (number, word) => `${number.toLocaleString("en-US")} ${word}${number === 1 ? "" : "s"}`;

  const draw = () => {
    if (!index.count) return;
    const at = selected(), { kept, trained, cut, bits, original } = index.at(at);
    if (document.activeElement !== search && search.value !== model.get("query")) search.value = model.get("query");
    problems.set(filter);
    boxes.set(boxed);
    list.show({ order: found(), selected: at, titles, index, names, partly: !model.get("live") && model.get("query") && model.get("embedded") < index.count ? model.get("embedded") : 0 });
    const bin = bins.values.findIndex((_, place) => kept < bins.edges[place + 1]);
    lengths.show({ counts: [{ name: "examples", values: bins.values }], edges: bins.edges, xName: "tokens", yName: "examples", marks: model.get("max_length") ? [model.get("max_length")] : [], selected: bin });
    back.disabled = at === 0;
    next.disabled = at === index.count - 1;
    title.replaceChildren(element("b", {}, `Example ${at} of ${index.count.toLocaleString("en-US")}`),
      ` ${count(kept, "token")}, ${trained.toLocaleString("en-US")} trained on (${percent(trained, kept)})${cut ? `; ${count(cut, "token")} cut off at ${model.get("max_length")}` : ""}`);
    trouble.replaceChildren(...names(bits).map((name) => element("span", {}, name === "duplicate" ? `duplicate of example ${original}` : name)));
    drawTokens(at);
  };
  const drawTokens = (at) => {
    const example = blocks.get(at);
    if (!example) {
      tokens.show({ spans: [], selected: -1 });
      shown = null;
      if (!model.get("live")) { story.textContent = `This page holds the first ${model.get("embedded")} examples; a running kernel shows them all.`; return; }
      story.textContent = "Asking the kernel for this example …";
      if (model.get("wanted") !== at) set({ wanted: at });
      return;
    }
    if (shown?.example !== example || shown.boxed !== boxed) shown = { example, boxed, spans: spans(example) };
    const token = example.ids[model.get("token")] === undefined ? -1 : model.get("token");
    tokens.show({ spans: shown.spans, selected: token, boxed });
    story.textContent = token >= 0 ? told(example, token) : example.ids.length < index.at(at).kept + index.at(at).cut ? `The first ${example.ids.length} tokens are shown.` : "Choose a token for its id and label.";
  };
  const roleOf = (flags) => model.get("role_names")[flags >> 4];
  const spans = ({ ids, flags, names: texts }) => texts.map((text, place) => {
    const flag = flags[place], kinds = [`llmc-role-${roleOf(flag)}`];
    for (const [name, bit] of Object.entries(TOKEN_FLAGS)) if (flag & bit) kinds.push(`llmc-data-${name}`);
    return { text, kind: kinds.join(" "), caption: String(ids[place]), spoken: `${tokenLabel(text, 40)}, ${flag & TOKEN_FLAGS.cut ? "cut off" : flag & TOKEN_FLAGS.trained ? "trained on" : "not trained on"}` };
  });
  const told = ({ ids, flags, names: texts }, place) => {
    const flag = flags[place], trained = flag & TOKEN_FLAGS.trained;
    const kind = flag & TOKEN_FLAGS.padding ? "padding" : flag & TOKEN_FLAGS.special ? `a special token, ${ROLE_NAMES[roleOf(flag)]}` : ROLE_NAMES[roleOf(flag)];
    return `Token ${place + 1} of ${ids.length}: “${tokenLabel(texts[place], 60)}”, id ${ids[place]}, label ${trained ? ids[place] : -100} (${trained ? "trained on" : "not trained on"}); ${kind}${flag & TOKEN_FLAGS.cut ? "; cut off at max_length" : ""}.`;
  };

  const soon = onTraits(model, ["selected", "token", "query", "matches", "wanted"], draw, stops);
  const keep = (bytes) => { if (bytes.length < 8) return; const { start, examples } = readBlock(bytes); examples.forEach((example, place) => blocks.set(start + place, example)); soon(); };
  stops.push(
    onBytes(model, "index", (bytes) => {
      index = readIndex(bytes);
      bins = lengthBins(index);
      const { tokens: all, trained, troubled } = datasetTotals(index);
      figures.replaceChildren(...[[index.count, index.count === 1 ? "example" : "examples"], [all, "tokens"], [trained, `trained on (${percent(trained, all)})`], [troubled, "with a problem"]]
        .map(([number, name]) => element("span", {}, element("b", {}, number.toLocaleString("en-US")), ` ${name}`)));
      soon();
    }),
    onBytes(model, "titles", (bytes) => { titles = endedNames(bytes); soon(); }),
    onBytes(model, "data", keep), onBytes(model, "block", keep),
    lengths.stop, followTheme(root, () => lengths.measure()));
  draw();
  el.append(root);
  lengths.measure();
  return () => stops.forEach((stop) => stop());
}

function legend() {
  return [["llmc-role-system", "system"], ["llmc-role-user", "user"], ["llmc-role-assistant", "assistant"], ["llmc-role-tool", "tool"], ["llmc-role-template", "template"],
    ["llmc-data-trained", "trained on"], ["llmc-data-cut", "cut off"]].map(([kind, name]) => element("span", { class: `llmc-data-key ${kind}` }, name));
}

export default { render };
