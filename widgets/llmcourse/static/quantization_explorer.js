// QuantizationExplorer: real weights rounded here at every move of a slider; only perplexity is measured by the kernel.
import { element, errorLine, followTheme, inNextFrame, numbersFrom, onBytes, onTraits, shortNumber, tokenLabel } from "./common.js";
import { choice, slider } from "./controls.js";
import { heatMap } from "./heat_map.js";
import { histogram } from "./histogram.js";
import { lineChart } from "./line_chart.js";
import { perplexityPanel } from "./quantization_perplexity.js";
import { countWeights, rankGroups, realBits, replaceRanked, roundWeights, sharedBy, weightErrors } from "./quantize_weights.js";

const PAUSE = 150, BINS = 121, POOL = { high: 40, wide: 64 }, CLOSE = 64, MOST_MARKS = 33;
const GROUP_NAMES = [["tensor", "the whole tensor"], ["channel", "a row (channel)"], ["16", "16 weights"], ["32", "32 weights"], ["64", "64 weights"], ["128", "128 weights"], ["256", "256 weights"]];
const SETTINGS = ["bits", "method", "group", "clip", "outlier", "row", "column"];

function render({ model, el }) {
  const stops = [];
  let base = new Float32Array(0), version = 0, saving = null, planted = null, ranks = null, spare = null, byBits = { key: "", errors: [] };
  const save = () => { clearTimeout(saving); saving = null; model.save_changes(); };
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    clearTimeout(saving);
    saving = setTimeout(save, PAUSE);
  };
  const columnsNow = () => Math.max(model.get("columns"), 1), rowsNow = () => base.length / columnsNow();
  const clamp = (value, count) => Math.max(0, Math.min(value, count - 1));
  const settings = () => ({
    bits: Math.max(2, Math.min(8, model.get("bits"))), method: model.get("method"), group: model.get("group"), clip: model.get("clip"), outlier: model.get("outlier"),
    row: clamp(model.get("row"), rowsNow()), column: clamp(model.get("column"), columnsNow()),
  });

  const matrix = choice({ label: "Matrix", options: model.get("matrices").map((name) => [name, name]), change: (name) => { set({ matrix: name }); save(); } });
  const method = choice({ label: "Method", options: [["absmax", "absmax (symmetric)"], ["zeropoint", "zero point (asymmetric)"]], change: (value) => set({ method: value }) });
  const group = choice({ label: "Group", options: GROUP_NAMES, change: (value) => set({ group: value }) });
  const bits = slider({ label: "Bits", min: 2, max: 8, format: (value) => `${value} bits`, change: (value) => set({ bits: value }) });
  const clip = slider({ label: "Clipped share", min: 0, max: 0.1, step: 0.0001, values: [0, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1], format: (value) => `${percentText(value)} of the weights may lie outside the range`, change: (value) => set({ clip: value }) });
  const outlier = slider({ label: "Planted outlier (σ)", min: 0, max: 100, step: 0.5, values: [0, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 75, 100], format: (value) => (value ? `${value} standard deviations` : "none"), change: (value) => set({ outlier: value }) });
  const figures = element("dl", { class: "llmc-quant-figures" });
  const spread = histogram({ label: "How many weights lie where, before and after rounding", height: 190 });
  const marks = element("div", { class: "llmc-muted llmc-quant-note" });
  const heat = heatMap({ label: "Rounding error by place in the matrix", pick: ({ row, column }) => pickCell(row, column) });
  const heatNote = element("div", { class: "llmc-muted llmc-quant-note" });
  const curve = lineChart({ label: "Error against bits with these settings", height: 200, pick: (value) => set({ bits: value }) });
  const close = lineChart({ label: "Weights of the selected row before and after rounding", height: 180, pick: (value) => set({ column: value }) });
  const rowSlider = slider({ label: "Row", min: 0, max: Math.max(model.get("rows") - 1, 0), format: (value) => `row ${value}`, change: (value) => { if (value < rowsNow()) set({ row: value }); } });
  const closeNote = element("div", { class: "llmc-muted llmc-number llmc-quant-note", "aria-live": "polite" });
  const title = element("div", { class: "llmc-quant-title" });
  const measured = perplexityPanel({ model, measure: () => { save(); model.send({ kind: "measure" }); } });
  const heading = (text) => element("div", { class: "llmc-quant-head" }, text);
  const root = element("div", { class: "llmc llmc-quantization" },
    title, errorLine(model, stops),
    element("div", { class: "llmc-quant-controls" }, matrix.node, method.node, group.node, bits.node, clip.node, outlier.node),
    figures, heading("The weights, and the grid that they are moved to"), spread.node, marks,
    element("div", { class: "llmc-quant-halves" },
      element("div", {}, heading("Where the error is"), heat.node, heatNote),
      element("div", {}, heading("Error against bits"), curve.node)),
    heading("One row, close up"), rowSlider.node, close.node, closeNote, measured.node);

  const pool = () => ({ high: Math.min(POOL.high, rowsNow()), wide: Math.min(POOL.wide, columnsNow()) });
  const pickCell = (row, column) => { const { high, wide } = pool(); set({ row: Math.ceil((row * rowsNow()) / high), column: Math.ceil((column * columnsNow()) / wide) }); };

  // The weights with the planted outlier, and their ranks where clipping needs them; kept until one of them changes.
  const weightsFor = ({ outlier, row }) => {
    const key = outlier ? `${version} ${outlier} ${row}` : String(version);
    if (planted?.key !== key) {
      let weights = base;
      if (outlier) { weights = base.slice(); weights[row * columnsNow()] = Math.min(outlier * model.get("deviation"), 65504); }
      let end = 0;
      for (let at = 0; at < weights.length; at++) { const size = Math.abs(weights[at]); if (size > end) end = size; }
      let far = 0;
      for (let at = 0, limit = 4 * model.get("deviation"); at < weights.length; at++) if (Math.abs(weights[at]) > limit) far++;
      planted = { key, weights, end, far, counts: countWeights(weights, end || 1, BINS) };
    }
    return planted;
  };
  const ranksFor = (size, clip, row) => {
    if (Math.floor((size * clip) / 2) === 0) return null;
    if (ranks?.key !== `${version} ${size}`) ranks = { key: `${version} ${size}`, ranked: rankGroups(base, size) };
    const place = row * columnsNow();
    return planted.weights === base ? ranks.ranked : replaceRanked(ranks.ranked, size, place, base[place], planted.weights[place]);
  };

  const update = () => {
    if (!base.length || base.length % columnsNow()) return;
    const now = settings(), columns = columnsNow(), rows = rowsNow(), size = sharedBy(now.group, rows, columns);
    if (!(size >= 1) || base.length % size) return;
    const { weights, end, counts } = weightsFor(now);
    const rounding = { bits: now.bits, method: now.method, size, clip: now.clip, ranked: ranksFor(size, now.clip, now.row) };
    if (spare?.length !== weights.length) spare = new Float32Array(weights.length);
    const rounded = roundWeights(weights, rounding, spare), cells = pool(), errors = weightErrors(weights, rounded.values, columns, cells);
    const first = now.row * columns + now.column, place = Math.floor(first / size);
    showControls(now, rows);
    showFigures(now, weights, end, errors, rounded, size, place);
    const grid = levels(now, rounded, place), half = end || 1;
    spread.show({
      counts: [{ name: "before", values: counts }, { name: "after", values: countWeights(rounded.values, half, BINS) }],
      edges: Array.from({ length: BINS + 1 }, (_, edge) => -half + (2 * half * edge) / BINS), xName: "weight", yName: "how many", marks: grid.length <= MOST_MARKS ? grid : [],
    });
    const groupName = now.group === "tensor" ? "the tensor" : now.group === "channel" ? `row ${now.row}` : `the group of row ${now.row}, column ${now.column}`;
    marks.textContent = grid.length <= MOST_MARKS ? `Dashed: the ${grid.length} values that ${groupName} can take.` : `The ${grid.length} values that ${groupName} can take lie too close to be drawn; their step is ${shortNumber(rounded.scales[place])}.`;
    const high = errors.pooled.reduce((most, one) => Math.max(most, one), 0);
    heat.show({
      rows: cells.high, columns: cells.wide, values: errors.pooled, low: 0, high: high || 1, ends: ["0", shortNumber(high)],
      selected: { row: Math.floor((now.row * cells.high) / rows), column: Math.floor((now.column * cells.wide) / columns) },
      describe: (row, column) => `rows ${Math.ceil((row * rows) / cells.high)} to ${Math.ceil(((row + 1) * rows) / cells.high) - 1}, columns ${Math.ceil((column * columns) / cells.wide)} to ${Math.ceil(((column + 1) * columns) / cells.wide) - 1}: RMSE ${shortNumber(errors.pooled[row * cells.wide + column])}`,
    });
    heatNote.textContent = cells.high < rows || cells.wide < columns ? `Root mean square error, pooled: a cell stands for about ${Math.round(rows / cells.high)} × ${Math.round(columns / cells.wide)} weights.` : "Root mean square error of each weight.";
    showRow(now, weights, rounded.values, columns);
    byBits.now = { ...rounding, weights };
    const key = `${planted.key}|${now.method}|${now.group}|${now.clip}`;
    if (byBits.key !== key) byBits = { ...byBits, key, errors: [] };
    byBits.errors[now.bits] = errors.relative;
    showCurve(now.bits);
    measured.show();
  };

  // The errors of the other numbers of bits are worked out one a frame, so that no frame waits for all of them.
  const showCurve = (chosen) => {
    const xs = [2, 3, 4, 5, 6, 7, 8].filter((one) => byBits.errors[one] !== undefined), ys = xs.map((one) => byBits.errors[one]);
    curve.show({ series: [{ name: "relative error", x: xs, y: ys, points: true }], xName: "bits", yName: "", yLog: ys.every((value) => value > 0), marker: chosen, yText: percentText });
    if (xs.length < 7) laterBits();
  };
  const laterBits = inNextFrame(() => {
    const next = [2, 3, 4, 5, 6, 7, 8].find((one) => byBits.errors[one] === undefined);
    if (next === undefined || !byBits.now) return;
    const { weights } = byBits.now, { values } = roundWeights(weights, { ...byBits.now, bits: next });
    byBits.errors[next] = weightErrors(weights, values, columnsNow()).relative;
    showCurve(model.get("bits"));
  });

  const showControls = (now, rows) => {
    const live = model.get("live"), sizes = new Set(model.get("groups"));
    matrix.node.hidden = model.get("matrices").length === 0;
    matrix.set(model.get("matrix"));
    matrix.disable(!live);
    matrix.node.title = live ? "" : "Another matrix needs a running kernel";
    method.set(now.method);
    group.set(now.group);
    group.node.querySelectorAll("option").forEach((option, place) => { option.disabled = !sizes.has(GROUP_NAMES[place][0]); });
    bits.set(now.bits);
    clip.set(now.clip);
    outlier.set(now.outlier);
    rowSlider.node.querySelectorAll("input").forEach((input) => { input.max = String(rows - 1); });
    rowSlider.set(now.row);
    rowSlider.node.hidden = rows < 2;
    const all = model.get("all_rows"), size = `${rows.toLocaleString("en")} × ${columnsNow().toLocaleString("en")} weights`;
    title.replaceChildren(element("b", { class: "llmc-token" }, tokenLabel(model.get("name"), 80)), ` · ${size}${rows < all ? `: a sample, evenly spaced from ${all.toLocaleString("en")} rows` : ", all of them"}`);
  };

  const showFigures = (now, weights, end, errors, rounded, size, place) => {
    const real = realBits(now.bits, now.method, size), sigma = model.get("deviation"), low = rounded.lows, high = rounded.highs;
    let clipped = 0;
    if (now.clip > 0) for (let at = 0; at < weights.length; at++) { const one = Math.floor(at / size); if (weights[at] < low[one] || weights[at] > high[one]) clipped++; }
    const facts = [
      ["Bits a weight", real.toFixed(real % 1 ? 3 : 0), `${now.bits} and its share of scale${now.method === "zeropoint" ? " and zero point" : ""}`],
      ["Size", `${((real * weights.length) / 8e3).toLocaleString("en", { maximumSignificantDigits: 4 })} kB`, `in float16 ${((2 * weights.length) / 1e3).toLocaleString("en", { maximumSignificantDigits: 4 })} kB`],
      ["Relative error", percentText(errors.relative), `RMSE ${shortNumber(errors.rmse)}`],
      ["Largest error", shortNumber(errors.largest), `step ${shortNumber(rounded.scales[place])}${now.method === "zeropoint" ? `, zero point ${rounded.zeros[place]}` : ""}`],
      ["Signal to noise", Number.isFinite(errors.snr) ? `${errors.snr.toFixed(2)} dB` : "no noise", "each bit adds about 6 dB"],
      ["Largest weight", `${sigma ? (end / sigma).toFixed(1) : 0} σ`, `${planted.far.toLocaleString("en")} beyond 4 σ${now.clip ? `, ${clipped.toLocaleString("en")} clipped` : ""}`],
    ];
    figures.replaceChildren(...facts.map(([name, value, note]) => element("div", {}, element("dt", { class: "llmc-muted" }, name), element("dd", { class: "llmc-number" }, element("b", {}, value), element("small", { class: "llmc-muted" }, note)))));
  };

  const showRow = (now, weights, values, columns) => {
    const from = Math.floor(now.column / CLOSE) * CLOSE, to = Math.min(from + CLOSE, columns), start = now.row * columns;
    const x = Array.from({ length: to - from }, (_, place) => from + place);
    close.show({
      series: [{ name: "before", x, y: Array.from(weights.subarray(start + from, start + to)) }, { name: "after", x, y: Array.from(values.subarray(start + from, start + to)), dashed: true }],
      xName: "column", yName: "", marker: now.column,
    });
    const before = weights[start + now.column], after = values[start + now.column];
    closeNote.textContent = `Columns ${from} to ${to - 1} of ${columns.toLocaleString("en")}. Row ${now.row}, column ${now.column}: ${shortNumber(before)} becomes ${shortNumber(after)}, moved by ${shortNumber(after - before)}.`;
  };

  const soon = onTraits(model, [...SETTINGS, "points", "progress", "live", "name", "groups", "error"], update, stops);
  stops.push(
    onBytes(model, "weights_data", (bytes) => { base = numbersFrom(bytes, Float32Array); version++; planted = ranks = null; soon(); }),
    followTheme(root, () => [spread, heat, curve, close, measured].forEach((view) => view.measure())),
    ...[spread, heat, curve, close, measured].map((view) => view.stop),
  );
  el.append(root);
  update();
  return () => {
    if (saving !== null) save();
    stops.forEach((stop) => stop());
  };
}

// The values that a group can take, in order.
function levels({ bits, method }, { scales, zeros }, place) {
  const from = method === "absmax" ? -(2 ** (bits - 1) - 1) : 0, to = method === "absmax" ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
  return Array.from({ length: to - from + 1 }, (_, code) => (from + code - zeros[place]) * scales[place]);
}

function percentText(share) {
  return `${Number((share * 100).toPrecision(3))}%`;
}

export default { render };
