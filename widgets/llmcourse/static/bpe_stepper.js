// BPEStepper: byte-pair encoding merge by merge. The page trains and encodes by itself, so it works without a kernel.
import { element, errorLine, followTheme, onBytes, onTraits, numbersFrom } from "./common.js";
import { choice, pushButton, slider, textBox } from "./controls.js";
import { lineChart } from "./line_chart.js";
import { encodeRun, mergeTable, tokensAt, trainRun } from "./bpe_merges.js";
import { bpeLabel, bpeMergeList, bpePairTable, bpePieces } from "./bpe_parts.js";

const PAUSE_MS = 150; // a resting hand: then the step goes to the kernel
const LIMITS = [10, 20, 50, 100, 200, 500];

function render({ model, el }) {
  const stops = [];
  let run = null, made = null, table = null, saving = null, steps = null;
  const training = () => model.get("mode") === "train";
  const step = () => Math.max(0, Math.min(Math.trunc(model.get("step")), run.merges.length));

  const save = () => { clearTimeout(saving); saving = null; model.save_changes(); };
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    clearTimeout(saving);
    saving = setTimeout(save, PAUSE_MS);
  };
  const go = (to) => { if (run) set({ step: Math.max(0, Math.min(to, run.merges.length)) }); };
  const problem = (text) => {
    const count = Array.from(text).length, longest = model.get("longest");
    if (!count) return "text is empty: write at least one word.";
    const said = (number) => number.toLocaleString("en-US");
    return count > longest ? `text has ${said(count)} characters; at most ${said(longest)} fit here. Shorten it.` : "";
  };

  const box = textBox({
    label: training() ? "Text to train on" : "Text to encode",
    change: (text) => { set({ text, error: problem(text), selected: -1 }); if (refresh()) go(step()); save(); },
  });
  const back = pushButton("← Back", () => go(step() - 1)), next = pushButton("Next →", () => go(step() + 1));
  const place = element("div", { class: "llmc-bpe-slider" });
  const limits = [...new Set([...LIMITS, model.get("limit")])].sort((a, b) => a - b).map((limit) => [limit, `${limit} merges`]);
  const limit = choice({ label: "Learn up to", options: limits, change: (value) => { set({ limit: value, selected: -1 }); if (refresh()) go(step()); save(); } });
  const headline = element("div", { class: "llmc-bpe-headline", "aria-live": "polite" });
  const figures = element("div", { class: "llmc-bpe-figures llmc-number" });
  const pieces = bpePieces();
  const pairs = bpePairTable();
  const merges = bpeMergeList((index) => set({ selected: index }));
  const story = element("div", { class: "llmc-bpe-story", "aria-live": "polite" });
  const chart = lineChart({ label: "Tokens after each merge", height: 190, pick: go });
  const chartPart = element("section", {}, element("div", { class: "llmc-bpe-title" }, "Shorter text, larger vocabulary"), chart.node);
  const piecesTitle = element("div", { class: "llmc-bpe-title" });
  const pairsTitle = element("div", { class: "llmc-bpe-title" });
  const root = element("div", { class: `llmc llmc-bpe-stepper llmc-bpe-${model.get("mode")}` },
    box.node, errorLine(model, stops), training() ? limit.node : "",
    element("div", { class: "llmc-bpe-bar" }, back, place, next),
    headline, figures,
    element("div", { class: "llmc-bpe-halves" },
      element("section", {}, piecesTitle, legend(), pieces.node),
      element("section", {}, pairsTitle, pairs.node)),
    element("div", { class: "llmc-bpe-halves" },
      element("section", {}, element("div", { class: "llmc-bpe-title" }, "Merges so far: choose one to see where it is used"), merges.node, story),
      chartPart));

  // True when there is a run to show; a text that cannot be used leaves the last one.
  const refresh = () => {
    const text = model.get("text"), most = model.get("limit");
    if (made && made.text === text && made.most === most && made.table === table) return true;
    if (problem(text) || (!training() && !table)) return Boolean(run);
    try {
      run = training() ? trainRun(text, most, model.get("splits")) : encodeRun(text, table, model.get("splits"), model.get("special"));
    } catch (failure) { // a pattern of the tokenizer that this browser cannot read
      headline.textContent = `This browser cannot split text as the tokenizer does (${failure.message}).`;
      return Boolean(run);
    }
    made = { text, most, table };
    const places = Array.from({ length: run.merges.length + 1 }, (_, at) => at);
    run.tokens = places.map((at) => tokensAt(run, at));
    run.series = [{ name: "tokens in the text", x: places, y: run.tokens }, { name: "vocabulary", x: places, y: places.map((at) => 256 + at), dashed: true }];
    steps = slider({ label: training() ? "Merges learnt" : "Merges made", min: 0, max: run.merges.length, format: (value) => `${value} of ${run.merges.length}`, change: go });
    steps.disable(run.merges.length === 0);
    place.replaceChildren(steps.node);
    merges.list(run);
    return true;
  };

  const draw = () => {
    box.set(model.get("text"));
    limit.set(model.get("limit"));
    if (!refresh()) return;
    const at = step(), selected = run.merges[model.get("selected")] && model.get("selected") < at ? model.get("selected") : -1, found = run.candidates(at);
    steps.set(at);
    back.disabled = at === 0;
    next.disabled = at === run.merges.length;
    headline.textContent = told(at, found);
    const [start, now] = [run.tokens[0], run.tokens[at]];
    figures.replaceChildren(...[
      [String(now), now === 1 ? "token" : "tokens"], [String(start), "bytes"], [(start / Math.max(now, 1)).toFixed(2), "bytes a token"],
      ...(training() ? [[String(256 + at), "in the vocabulary"]] : []),
    ].map(([number, name]) => element("span", {}, element("b", {}, number), ` ${name}`)));
    piecesTitle.textContent = training() ? `The text in ${run.pieces.length} different pieces, each with how often it occurs` : "The text in pieces, each symbol with its id";
    pairsTitle.textContent = training() ? `Pairs of neighbours by count (${found.total} different)` : `Pairs that the tokenizer can merge, by rank (${found.total})`;
    pieces.show(run, at, found.shown[0] ?? null, run.merges[selected] ?? null, training());
    pairs.show(run, found, training());
    merges.show(at, selected);
    story.textContent = selected >= 0 ? used(selected, at) : "";
    chartPart.hidden = !training();
    if (training()) chart.show({ series: run.series, xName: "merges", yName: "tokens", marker: at, yText: String });
  };
  const name = (id) => `“${bpeLabel(run.bytesOf(id))}”`;
  const told = (at, found) => {
    const last = run.merges[at - 1];
    const start = at === 0 ? "No merge yet: every symbol is one byte."
      : `Merge ${at} joined ${name(last.left)} and ${name(last.right)} into ${name(last.made)}, id ${last.made} (${training() ? `${times(last.weight)} in the text` : `rank ${last.weight}`}).`;
    if (!found.shown.length) return `${start} No pair is left to merge${training() ? "" : ": these ids are what the model reads"}.`;
    return `${start} Next: ${name(found.shown[0].left)} and ${name(found.shown[0].right)}${at === run.merges.length ? ", after more merges than are asked for here" : ""}.`;
  };
  const used = (index, at) => {
    const { left, right, made: id, weight } = run.merges[index];
    let count = 0;
    const where = run.pieces.filter((piece, number) => {
      const here = run.states[at][number].filter((symbol) => symbol === id).length;
      count += here * piece.count;
      return here > 0;
    });
    const later = run.merges.slice(0, at).filter((merge) => merge.left === id || merge.right === id);
    const words = where.slice(0, 6).map((piece) => `“${bpeLabel(new TextEncoder().encode(piece.text))}”`).join(", ") + (where.length > 6 ? " …" : "");
    const part = later.slice(0, 6).map((merge) => name(merge.made)).join(", ") + (later.length > 6 ? " …" : "");
    return [
      `${name(left)} + ${name(right)} → ${name(id)} was merge ${index + 1}, ${training() ? times(weight) : `rank ${weight}`}.`,
      count ? `It now stands ${times(count)} in the text: in ${words}.` : "It no longer stands alone in the text.",
      part ? `Later merges built on it: ${part}.` : "",
    ].filter(Boolean).join(" ");
  };

  stops.push(box.stop, chart.stop, followTheme(root, () => chart.measure()), () => { if (saving !== null) save(); });
  const soon = onTraits(model, ["text", "limit", "step", "selected"], draw, stops);
  if (!training()) stops.push(onBytes(model, "table", (bytes) => { table = mergeTable(numbersFrom(bytes, Uint32Array), model.get("byte_ids")); soon(); }));
  draw();
  el.append(root);
  chart.measure();
  return () => stops.forEach((stop) => stop());

  function legend() {
    return element("div", { class: "llmc-muted llmc-bpe-legend" },
      element("span", { class: "llmc-bpe-chip llmc-bpe-new" }, "ab"), " just merged ",
      element("span", { class: "llmc-bpe-chip llmc-bpe-next-left" }, "a"), element("span", { class: "llmc-bpe-chip llmc-bpe-next-right" }, "b"), " merged next");
  }
}

function times(count) {
  return count === 1 ? "once" : count === 2 ? "twice" : `${count} times`;
}

export default { render };
