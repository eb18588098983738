// RankExplorer: a weight matrix at a lower rank, and LoRA of that rank; every number is computed here.
import { element, errorLine, followTheme, numbersFrom, onBytes, onTraits, shortNumber, tokenLabel } from "./common.js";
import { choice, slider } from "./controls.js";
import { approximatePatch, rankForEnergy, relativeErrors } from "./low_rank.js";
import { loraTable } from "./rank_explorer_lora.js";
import { heatMap } from "./heat_map.js";
import { lineChart } from "./line_chart.js";

const RANK_STOPS = [0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024, 1536, 2048, 3072, 4096];
const MAPS = ["W, the matrix", "Its approximation", "The difference"];

function render({ model, el }) {
  const stops = [];
  let bytes = null, view = null, rankControl = null;

  const set = (changes) => { for (const [name, value] of Object.entries(changes)) model.set(name, value); model.save_changes(); };
  const setRank = (rank) => set({ rank: Math.round(rank) });
  const names = model.get("names"), stored = model.get("stored") ?? {};
  const matrix = choice({ label: "Matrix", options: names.map((name, at) => [at, tokenLabel(name, 60)]), change: (at) => set({ matrix: at, cell: [] }) });
  const options = matrix.node.querySelectorAll("option");
  const rankPlace = element("div", { class: "llmc-rank-slider" });
  const figures = element("dl", { class: "llmc-rank-figures" });
  const spectrum = lineChart({ label: "Singular values", height: 210, pick: setRank });
  const errors = lineChart({ label: "Relative error by rank", height: 210, pick: setRank });
  const maps = MAPS.map((label) => heatMap({ label, pick: ({ row, column }) => set({ cell: [row, column] }) }));
  const titles = MAPS.map((label) => element("div", { class: "llmc-rank-title" }, label));
  const note = element("div", { class: "llmc-muted llmc-rank-note" });
  const spoken = element("div", { class: "llmc-hidden-text", "aria-live": "polite" });
  const lora = loraTable(model, set);
  const root = element("div", { class: "llmc llmc-rank-explorer" },
    element("div", { class: "llmc-row" }, matrix.node, rankPlace), errorLine(model, stops), figures,
    element("div", { class: "llmc-rank-charts" }, spectrum.node, errors.node),
    note,
    element("div", { class: "llmc-rank-maps" }, ...maps.map((map, at) => element("div", {}, titles[at], map.node))),
    lora.node, spoken);

  // The factors of the chosen matrix: from the kernel, or from what an exported page took along; null while they come.
  const read = () => {
    const wanted = model.get("matrix"), shown = model.get("shown");
    if (shown.matrix === wanted) return bytes && { shown, source: bytes };
    return stored[wanted] ? { shown: stored[wanted], source: model.get(`factors_${wanted}`) } : null;
  };
  const unpack = () => {
    const found = read();
    if (!found || (view && view.source === found.source && view.shown === found.shown)) return;
    const content = new Uint8Array(found.source.buffer, found.source.byteOffset, found.source.byteLength);
    const { shown } = found, rows = shown.row_places.length, columns = shown.column_places.length, k = Math.min(shown.rows, shown.columns);
    if (content.length !== 8 * k + 4 * k * (rows + columns)) return; // the size has come before the factors
    const singular = numbersFrom(content.subarray(0, 8 * k), Float64Array);
    const left = numbersFrom(content.subarray(8 * k, 8 * k + 4 * rows * k), Float32Array);
    const right = numbersFrom(content.subarray(8 * k + 4 * rows * k), Float32Array);
    view = { ...found, singular, left, right, rows, columns, k, errors: relativeErrors(singular) };
    view.whole = approximatePatch(view, k);
    view.most = view.whole.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    view.ranks = Float64Array.from({ length: k + 1 }, (_, rank) => rank);
    rankControl = slider({ label: "Rank r", min: 0, max: k, values: [...RANK_STOPS.filter((stop) => stop < k), k], change: setRank });
    rankPlace.replaceChildren(rankControl.node);
  };

  const update = () => {
    unpack();
    matrix.set(model.get("matrix"));
    if (!model.get("live")) options.forEach((option, at) => { option.disabled = !stored[at] && at !== model.get("shown").matrix; option.title = option.disabled ? "Needs a running kernel" : ""; });
    lora.update();
    if (!view) return;
    const { shown, k } = view, rank = Math.min(model.get("rank"), k), error = view.errors[rank];
    rankControl.set(model.get("rank"));
    root.setAttribute("aria-busy", String(shown.matrix !== model.get("matrix")));
    const full = shown.rows * shown.columns, kept = rank * (shown.rows + shown.columns), even = Math.floor(full / (shown.rows + shown.columns));
    showRankFigures(figures, [
      ["Relative error", rankPercent(error), "‖W − Wᵣ‖ / ‖W‖, Frobenius"],
      ["Energy kept", rankPercent(1 - error ** 2), `90 % at rank ${rankForEnergy(view.errors, 0.9).toLocaleString("en")}, 99 % at ${rankForEnergy(view.errors, 0.99).toLocaleString("en")}`],
      ["Numbers", `${kept.toLocaleString("en")} of ${full.toLocaleString("en")}`, `r · (m + n) = ${rank} · (${shown.rows} + ${shown.columns}); up to rank ${even} no more than m · n`],
      ["Share of the numbers", rankPercent(kept / full), kept > full ? "more than the matrix itself" : "stored as two thin factors"],
    ]);
    spectrum.show({ series: [{ name: "singular value", x: view.ranks.subarray(1), y: view.singular, points: k <= 40 }], xName: "number", yName: "singular value", yLog: view.singular[0] > 0, marker: rank > 0 ? rank : null });
    errors.show({ series: [{ name: "relative error", x: view.ranks, y: view.errors, points: k <= 40 }], xName: "rank", yName: "relative error", marker: rank, yText: rankPercent });
    const approximation = approximatePatch(view, rank), difference = view.whole.map((value, at) => value - approximation[at]);
    const cell = model.get("cell"), selected = cell.length === 2 && cell[0] < view.rows && cell[1] < view.columns ? { row: cell[0], column: cell[1] } : null;
    [view.whole, approximation, difference].forEach((values, at) => maps[at].show({
      rows: view.rows, columns: view.columns, values, low: -view.most, high: view.most, diverging: true, rowNames: null, columnNames: null, cellText: null, selected,
      describe: (row, column) => `row ${shown.row_places[row]}, column ${shown.column_places[column]}: ${shortNumber(values[row * view.columns + column])}`,
    }));
    titles[1].textContent = `Wᵣ, rank ${rank}`;
    titles[2].textContent = `W − Wᵣ, error ${rankPercent(error)}`;
    const cut = view.rows < shown.rows || view.columns < shown.columns;
    note.textContent = cut
      ? `Shown: ${view.rows} of ${shown.rows.toLocaleString("en")} rows and ${view.columns} of ${shown.columns.toLocaleString("en")} columns, evenly spaced; each cell is one weight. All other numbers are of the whole matrix.`
      : `All ${shown.rows} × ${shown.columns} weights are shown.`;
    spoken.textContent = `Rank ${rank}: relative error ${rankPercent(error)}, energy kept ${rankPercent(1 - error ** 2)}`;
  };
  const soon = onTraits(model, ["rank", "matrix", "cell", "shown", "targets_on", "alpha", "number", "live"], update, stops);
  stops.push(
    onBytes(model, "factors", (content) => { bytes = content; soon(); }),
    followTheme(root, () => { for (const chart of [spectrum, errors, ...maps]) chart.measure(); }));
  update();
  el.append(root);
  return () => { stops.forEach((stop) => stop()); for (const chart of [spectrum, errors, ...maps]) chart.stop(); };
}

function showRankFigures(list, rows) {
  while (list.children.length < rows.length) list.append(element("div", {}, element("dt", { class: "llmc-muted" }), element("dd", { class: "llmc-number" }), element("dd", { class: "llmc-muted llmc-rank-small" })));
  rows.forEach((texts, at) => texts.forEach((text, part) => { list.children[at].children[part].textContent = text; }));
}

function rankPercent(share) {
  const value = 100 * share;
  return `${value === 0 || value >= 99.995 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value >= 0.01 ? value.toFixed(2) : value.toExponential(1)} %`;
}

export default { render };
