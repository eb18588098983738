// The bars of SamplingExplorer: one row a token, with its probability in the model, after the rules, and in the draws.
import { element, tokenLabel } from "./common.js";
import { removingRule } from "./sampling.js";

const ROWS = 20;
const DECADES = 5; // a logarithmic bar ends at a hundred-thousandth of the longest
const SPAN = 88; // per cent of the track for the longest bar, the rest for the name of a rule
const TOP_ROWS = 5; // of the likeliest tokens, where typical sampling keeps only others
const RULE_NAMES = { temperature: "greedy", top_k: "top-k", top_p: "top-p", min_p: "min-p", typical_p: "typical", logits: "-inf" };

// How a rule is called in a label.
export function ruleName(rule) {
  return RULE_NAMES[rule];
}

// A probability for reading: 12.3 %, 0.045 %, 1.2e-7 %.
export function percent(value) {
  const share = value * 100;
  if (share === 0) return "0 %";
  if (share < 0.0005) return `${share.toExponential(1)} %`;
  return `${share.toFixed(share >= 0.995 ? 1 : share >= 0.0995 ? 2 : share >= 0.00995 ? 3 : 4)} %`;
}

// Builds the list. `select(id)` is called for a click or an arrow key, `append(id)` for Enter or a double click;
// `selected()` is the id chosen now, which the rows show only from the next frame on.
// Returns { node, scale, show(view) }: `scale` is the switch to logarithmic bars; a view is what sampling_explorer.js computes for one state of the settings.
export function samplingRows(selected, select, append) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const rows = Array.from({ length: ROWS }, (_, place) => buildRow(`${prefix}-${place}`));
  const list = element("div", { class: "llmc-bars", role: "listbox", "aria-label": "Likeliest tokens", tabindex: "0" }, ...rows.map((row) => row.node));
  const logarithmic = element("input", { type: "checkbox" });
  logarithmic.addEventListener("change", () => show(view));
  const scale = element("label", { class: "llmc-bar-scale" }, logarithmic, "logarithmic bars");
  let view = null, ranks = [];
  const rowAt = (event) => rows.findIndex((row) => row.node.contains(event.target));
  const idOf = (place) => view.cut.ids[ranks[place]];
  list.addEventListener("click", (event) => { const place = rowAt(event); if (place >= 0) select(idOf(place)); });
  list.addEventListener("dblclick", (event) => { const place = rowAt(event); if (place >= 0) append(idOf(place)); });
  list.addEventListener("keydown", (event) => {
    const at = ranks.findIndex((rank) => view.cut.ids[rank] === selected());
    const last = ranks.length - 1;
    const next = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last }[event.key];
    if (next !== undefined) select(idOf(next));
    else if (event.key === "Escape") select(-1);
    else if (event.key === "Enter" && at >= 0) append(selected());
    else return;
    event.preventDefault();
  });

  const show = (latest) => {
    view = latest;
    ranks = shownRanks(view.cut);
    const tokens = ranks.map((rank) => view.describe(rank));
    const longest = Math.max(...tokens.map((token) => Math.max(token.own, token.after, token.share)));
    const length = (p) => (logarithmic.checked ? Math.max(0, 1 + Math.log10(p / longest) / DECADES) : p / longest);
    const width = (p) => `${(SPAN * length(p)).toFixed(2)}%`;
    rows.forEach((row, place) => {
      row.node.hidden = place >= ranks.length;
      if (place < ranks.length) row.show(ranks[place], tokens[place], width, view, place > 0 && ranks[place] !== ranks[place - 1] + 1);
    });
    const active = ranks.findIndex((rank) => view.cut.ids[rank] === view.selected);
    if (active >= 0) list.setAttribute("aria-activedescendant", rows[active].node.id);
    else list.removeAttribute("aria-activedescendant");
  };
  return { node: list, scale, show };
}

function buildRow(id) {
  const cell = (name) => element("span", { class: `llmc-${name}` });
  const [rank, token, own, after, share, tag, ownNumber, afterNumber, drawn] = [
    "bar-rank llmc-number", "bar-token llmc-token", "bar-own", "bar-after", "bar-share", "bar-tag",
    "bar-number llmc-number llmc-bar-model", "bar-number llmc-number", "bar-number llmc-number llmc-bar-drawn",
  ].map(cell);
  const track = element("span", { class: "llmc-bar-track" }, own, after, share, tag);
  const node = element("div", { class: "llmc-bar-row", role: "option", id }, rank, token, track, ownNumber, afterNumber, drawn);
  const show = (place, it, width, view, gap) => {
    const removed = it.rule !== "";
    node.classList.toggle("llmc-bar-removed", removed);
    node.classList.toggle("llmc-bar-gap", gap);
    node.setAttribute("aria-selected", String(it.id === view.selected));
    rank.textContent = String(place + 1);
    token.textContent = tokenLabel(it.name);
    token.title = JSON.stringify(it.name);
    own.style.width = width(it.own);
    after.style.width = width(it.after);
    share.hidden = view.draws === 0 || it.drawn === 0;
    share.style.left = width(it.share);
    tag.textContent = removed ? ruleName(it.rule) : "";
    tag.className = `llmc-bar-tag llmc-rule-${it.rule}`;
    tag.style.left = `min(${width(it.own)}, calc(100% - 64px))`;
    ownNumber.textContent = percent(it.own);
    afterNumber.textContent = removed ? "–" : percent(it.after);
    drawn.textContent = view.draws === 0 ? "" : `${it.drawn} (${(it.after * view.draws).toFixed(1)})`;
    node.setAttribute("aria-label", view.sentence(it));
  };
  return { node, show };
}

function shownRanks({ first, last, count }) {
  const from = first < ROWS - TOP_ROWS ? 0 : TOP_ROWS;
  const ranks = Array.from({ length: Math.min(from, count) }, (_, rank) => rank);
  for (let rank = from === 0 ? 0 : first; ranks.length < ROWS && rank < count; rank++) ranks.push(rank);
  return ranks;
}

// Everything there is to say about the token at a rank of a cut. `own` gives the model's probability of an id.
export function describeToken(cut, rank, own, names, drawn, draws) {
  const id = cut.ids[rank], rule = removingRule(cut, rank);
  const kept = rule === "", times = kept && draws ? drawn.counts[rank - cut.first] : 0;
  return {
    id, rank, rule, name: names(id), own: own(id), uncut: rank < cut.count ? cut.weights[rank] / cut.total : 0,
    after: kept ? cut.weights[rank] / cut.sum : 0, drawn: times, share: draws ? times / draws : 0,
  };
}
