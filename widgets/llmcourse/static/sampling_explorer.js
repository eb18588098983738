// SamplingExplorer: the distribution of the next token under all rules at once, computed here over the whole vocabulary.
import { element, errorLine, followTheme, inNextFrame, numbersFrom, onBytes, tokenLabel } from "./common.js";
import { cutDistribution, drawTokens, penaliseRepeats, rankLogits } from "./sampling.js";
import { flatSettings, samplingControls, samplingSettings } from "./sampling_controls.js";
import { samplingCurve } from "./sampling_curve.js";
import { describeToken, percent, ruleName, samplingRows } from "./sampling_rows.js";
import { samplingText } from "./sampling_text.js";

const PAUSE_MS = 150; // a resting hand: then the settings go to the kernel
const SPEAK_MS = 600; // and later still they are read aloud
const MOST_DRAWS = 10000;

function render({ model, el }) {
  let names = () => "", ranked = null, flat = null, penalised = null, view = null, saving = null, speaking = null;
  const stops = []; // what ends with this view

  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    clearTimeout(saving);
    saving = setTimeout(save, PAUSE_MS);
  };
  const save = () => { clearTimeout(saving); saving = null; model.save_changes(); };
  const select = (id) => set({ selected: id });
  const waits = () => model.get("step") !== model.get("appended").length && !model.get("error");
  const append = (id) => {
    if (!model.get("extendable") || id < 0) return;
    if (!model.get("live")) { status.textContent = "Appending needs a running kernel: only the model can go on."; return; }
    if (waits()) return;
    set({ appended: [...model.get("appended"), id], selected: -1, draws: 0 });
    save();
  };
  const draw = (times) => set({ draws: Math.min(model.get("draws") + times, MOST_DRAWS) });
  const drawAndAppend = () => {
    const { latest } = drawTokens(view.cut, model.get("seed"), model.get("step"), model.get("draws") + 1);
    append(view.cut.ids[latest]);
  };

  const button = (label, onclick, title = null) => element("button", { type: "button", onclick, title }, label);
  const text = samplingText(model, (changes) => { set(changes); save(); });
  const controls = samplingControls(model, (name, value) => set({ [name]: value }));
  const selected = () => model.get("selected");
  const rows = samplingRows(selected, select, append);
  const curve = samplingCurve(selected, select);
  const figures = element("div", { class: "llmc-figures" });
  const story = element("div", { class: "llmc-story" });
  const status = element("div", { class: "llmc-muted" });
  const spoken = element("div", { class: "llmc-hidden-text", "aria-live": "polite" });
  const seed = element("input", { type: "number", min: 0, max: 2 ** 32 - 1, step: 1, "aria-label": "Seed of the draws" });
  seed.addEventListener("input", () => {
    const value = Number(seed.value), good = seed.value !== "" && Number.isInteger(value) && value >= 0 && value < 2 ** 32;
    seed.setAttribute("aria-invalid", String(!good));
    if (good) set({ seed: value });
  });
  const growing = [
    button("Append selected", () => append(model.get("selected")), "Enter in the list of tokens does the same"),
    button("Draw one and append", drawAndAppend),
  ];
  const root = element("div", { class: "llmc llmc-sampling" },
    text.node, errorLine(model, stops),
    element("div", { class: "llmc-sampling-halves" },
      controls.node,
      element("div", { class: "llmc-sampling-chart" }, figures, legend(rows.scale), columnNames(), rows.node, story)),
    element("div", { class: "llmc-row", role: "group", "aria-label": "Draws" },
      button("Draw 1", () => draw(1)), button("Draw 100", () => draw(100)), button("Clear draws", () => set({ draws: 0 })),
      element("label", { class: "llmc-row" }, "Seed", seed), ...growing, status),
    element("div", { class: "llmc-muted llmc-curve-title" }, "The whole vocabulary by rank: probability after penalty and temperature, coloured by what happens to it"),
    curve.node, spoken);

  const update = () => {
    if (!ranked) return;
    const settings = samplingSettings(model), ids = model.get("ids");
    if (penalised?.of !== ranked || penalised.ids !== ids || penalised.penalty !== settings.repetition_penalty) {
      penalised = { of: ranked, ids, penalty: settings.repetition_penalty, ranked: penaliseRepeats(ranked, ids, settings.repetition_penalty) };
    }
    const cut = cutDistribution(penalised.ranked, settings), draws = model.get("draws");
    const drawn = drawTokens(cut, model.get("seed"), model.get("step"), draws);
    const own = (id) => Math.exp(ranked.raw[id] - ranked.logits[0]) / flat.total;
    const describe = (rank) => describeToken(cut, rank, own, names, drawn, draws);
    view = {
      cut, draws, drawn, describe, selected: model.get("selected"), rankOf: (id) => cut.ids.indexOf(id),
      sentence: (it) => sentenceOf(it, draws, cut.ids.length),
    };
    controls.show(cut, ids);
    showFigures(figures, cut, flat, describe(greedyRank(cut)));
    rows.show(view);
    curve.show(view);
    const chosen = view.rankOf(view.selected);
    story.textContent = chosen < 0 ? "Select a token to see what happens to it." : view.sentence(describe(chosen));
    if (document.activeElement !== seed) seed.value = String(model.get("seed"));
    for (const node of growing) { node.hidden = !model.get("extendable"); node.disabled = !model.get("live") || waits(); }
    growing[0].disabled ||= chosen < 0;
    root.setAttribute("aria-busy", String(waits()));
    status.textContent = statusOf(model, waits(), draws, drawn.latest < 0 ? null : describe(drawn.latest));
    clearTimeout(speaking);
    speaking = setTimeout(() => { spoken.textContent = spokenOf(cut, describe(cut.first)); }, SPEAK_MS);
  };
  const soon = inNextFrame(update), measure = inNextFrame(curve.measure);

  stops.push(
    onBytes(model, "names_data", (bytes) => { names = namesFrom(bytes); soon(); }),
    onBytes(model, "logits_data", (bytes) => {
      const raw = numbersFrom(bytes, Float32Array);
      ranked = { ...rankLogits(raw), raw };
      flat = cutDistribution(ranked, flatSettings());
      soon();
    }),
    followTheme(root, measure),
    text.stop,
  );
  const watched = [...Object.keys(flatSettings()), "seed", "draws", "selected", "ids", "step", "appended", "extendable", "live", "error"];
  for (const name of watched) {
    model.on(`change:${name}`, soon);
    stops.push(() => model.off(`change:${name}`, soon));
  }
  const resized = new ResizeObserver(measure);
  resized.observe(curve.node);
  stops.push(() => resized.disconnect());
  el.append(root);
  return () => {
    if (saving !== null) save();
    clearTimeout(speaking);
    stops.forEach((stop) => stop());
  };
}

// Names by id, cut from one run of bytes; each is decoded when it is first shown.
export function namesFrom(bytes) {
  const ends = [];
  for (let place = 0; place < bytes.length; place++) if (bytes[place] === 0xff) ends.push(place);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return (id) => (id < ends.length ? decoder.decode(bytes.subarray(id === 0 ? 0 : ends[id - 1] + 1, ends[id])) : `<${id}>`);
}

function legend(scale) {
  const entry = (name, label) => element("span", {}, element("span", { class: `llmc-key llmc-${name}`, "aria-hidden": "true" }), label);
  return element("div", { class: "llmc-legend llmc-muted" },
    entry("bar-own", "the model's own"), entry("bar-after", "after the rules"), entry("bar-share", "share of the draws"), scale);
}

// The columns of the bars, named for the eye; each row says its numbers in its own label.
function columnNames() {
  const names = ["", "", "", "model", "after", "drawn (expected)"];
  return element("div", { class: "llmc-bar-row llmc-bar-head llmc-muted", "aria-hidden": "true" }, ...names.map((name, place) =>
    element("span", { class: ["llmc-bar-rank", "", "", "llmc-bar-model", "", "llmc-bar-drawn"][place] }, name)));
}

function showFigures(list, cut, flat, greedy) {
  const kept = cut.last - cut.first;
  const figures = [
    ["Kept tokens", `${kept.toLocaleString("en")} of ${cut.ids.length.toLocaleString("en")}`, "no rule removed them"],
    ["Kept mass", percent(cut.mass), "after penalty and temperature, before any token is removed"],
    ["Entropy", `${flat.entropy.toFixed(2)} → ${cut.entropy.toFixed(2)} bits`, "the model's own → after the rules"],
    ["Greedy choice", tokenLabel(greedy.name), `${percent(greedy.uncut)} after penalty and temperature`],
  ];
  list.replaceChildren(...figures.map(([name, value, note]) => element("div", { class: "llmc-figure" },
    element("div", { class: "llmc-figure-name llmc-muted" }, name),
    element("div", { class: `llmc-figure-value ${name === "Greedy choice" ? "llmc-token" : "llmc-number"}` }, value),
    element("div", { class: "llmc-figure-note llmc-muted" }, note))));
}

// The likeliest token after penalty and temperature; of equal ones the first in the vocabulary.
function greedyRank({ ids, weights, count }) {
  let rank = 0;
  for (let next = 1; next < count && weights[next] >= weights[rank]; next++) if (ids[next] < ids[rank] || weights[next] > weights[rank]) rank = next;
  return rank;
}

function sentenceOf(it, draws, size) {
  const fate = it.rule === "" ? `kept: ${percent(it.after)}` : it.rule === "logits" ? "the model rules it out" : `removed by ${ruleName(it.rule)}`;
  const counted = draws && it.rule === "" ? `; drawn ${it.drawn} of ${draws} times, expected ${(it.after * draws).toFixed(1)}` : "";
  return `“${tokenLabel(it.name, 40)}”, id ${it.id}, rank ${(it.rank + 1).toLocaleString("en")} of ${size.toLocaleString("en")}: model ${percent(it.own)}, after penalty and temperature ${percent(it.uncut)}, ${fate}${counted}`;
}

function statusOf(model, waiting, draws, latest) {
  if (waiting && model.get("live")) return "The model reads the longer text…";
  if (model.get("extendable") && !model.get("live")) return "Appending needs a running kernel.";
  if (!latest) return "";
  return `${draws.toLocaleString("en")} ${draws === 1 ? "draw" : "draws"}, the last: “${tokenLabel(latest.name)}”${draws === MOST_DRAWS ? " (no more than 10,000 are counted)" : ""}`;
}

function spokenOf(cut, likeliest) {
  return `${(cut.last - cut.first).toLocaleString("en")} tokens kept with ${percent(cut.mass)} of the probability, entropy ${cut.entropy.toFixed(2)} bits, likeliest ${tokenLabel(likeliest.name)} ${percent(likeliest.after)}`;
}

export default { render };
