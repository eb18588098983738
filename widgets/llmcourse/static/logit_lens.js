// LogitLens: layers × tokens, each cell what the model would say there; one cell's tokens; one token through the layers.
import { element, errorLine, followTheme, inNextFrame, onBytes, onTraits, shortNumber, tokenLabel } from "./common.js";
import { choice, textBox } from "./controls.js";
import { heatMap } from "./heat_map.js";
import { barList } from "./bar_list.js";
import { lineChart } from "./line_chart.js";
import { lensColours, readLens, readLensTrack } from "./lens_data.js";
import { namesFromBytes, share } from "./lens_words.js";

const TYPING_MS = 500, ROW_HIGH = 17;
const COLOURS = [["probability", "probability of the cell's token"], ["entropy", "entropy"], ["rank", "rank of the final answer"], ["divergence", "divergence from the last layer"]];

function render({ model, el }) {
  const get = (name) => model.get(name);
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  let lens = null, track = null, names = new Map(), coloured = null;
  const stops = [];

  const box = textBox({ label: "Text that the model reads", pause: TYPING_MS, change: (text) => set({ text }) });
  const note = element("div", { class: "llmc-muted", role: "status" });
  const colour = choice({ label: "Colour", options: COLOURS, change: (value) => set({ colour: value }) });
  const wanted = element("input", { type: "text", "aria-label": "Token to follow", placeholder: "the final answer", spellcheck: "false", size: 14 });
  let typing = null;
  wanted.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => set({ target_text: wanted.value }), TYPING_MS);
  });
  const grid = heatMap({ label: "Logit lens: a row is a layer, a column a token", pick: ({ row, column }) => set({ layer: row, position: column }) });
  const cellTitle = element("h3", {});
  const list = barList({ label: "Likeliest tokens of the selected cell", pick: (place) => set({ target: cell().ids[place] }) });
  const figures = element("div", { class: "llmc-muted llmc-number" });
  const followTitle = element("h3", { "aria-live": "polite" });
  const missing = element("div", { class: "llmc-muted", role: "status" });
  const pickLayer = (layer) => set({ layer });
  const probability = lineChart({ label: "Probability of the followed token after each layer", height: 132, pick: pickLayer });
  const rank = lineChart({ label: "Rank of the followed token after each layer", height: 132, pick: pickLayer });
  const root = element("div", { class: "llmc llmc-logit-lens" },
    box.node, note, errorLine(model, stops),
    element("div", { class: "llmc-row" }, colour.node, element("label", { class: "llmc-control" }, element("span", { class: "llmc-control-name" }, "Follow"), wanted)),
    element("div", { class: "llmc-lens-parts" }, element("div", { class: "llmc-lens-grid" }, grid.node),
      element("div", { class: "llmc-lens-cell" }, cellTitle, list.node, figures),
      element("div", { class: "llmc-lens-follow" }, followTitle, missing, probability.node, rank.node)));

  const name = (id) => names.get(id) ?? (id === get("target") ? get("target_name") : `<${id}>`);
  const label = (id, longest = 16) => tokenLabel(name(id), longest);
  const layerName = (row) => (row === 0 ? "embedding" : `layer ${row}`);
  // The cell as the model's state says, also between two frames.
  const cell = () => {
    const column = lens.columns[get("position")], row = get("layer"), from = row * lens.shown;
    return { column, row, ids: Array.from(column.ids.subarray(from, from + lens.shown)), probs: Array.from(column.probs.subarray(from, from + lens.shown)) };
  };
  const answerOf = (column) => column.ids[(lens.rows - 1) * lens.shown];
  const inside = (place, count) => Number.isInteger(place) && place >= 0 && place < count;
  const fits = () => lens?.number === get("lens_number") && inside(get("position"), lens.columns.length) && inside(get("layer"), lens.rows);
  const describe = (row, position) => {
    const column = lens.columns[position], from = row * lens.shown;
    const likeliest = Array.from(column.ids.subarray(from, from + 3), (id, at) => `“${label(id)}” ${share(column.probs[from + at])}`).join(", ");
    return `${layerName(row)}, ${get("causal") ? "after" : "at"} “${tokenLabel(get("tokens")[position] ?? "")}”: ${likeliest}; the final answer has rank ${column.rank[row].toLocaleString("en")}`;
  };

  const drawGrid = () => {
    if (coloured?.lens !== lens || coloured.name !== get("colour")) coloured = { lens, name: get("colour"), ...lensColours(lens, get("colour")) };
    const bits = get("colour") === "entropy" || get("colour") === "divergence";
    grid.show({
      rows: lens.rows, columns: lens.columns.length, values: coloured.values, low: coloured.low, high: coloured.high, textHigh: ROW_HIGH,
      ends: get("colour") === "rank" ? [`rank ${Math.round(10 ** -coloured.low).toLocaleString("en")}`, "rank 1"] : bits ? ["0 bits", `${coloured.high.toFixed(1)} bits`] : ["0 %", "100 %"],
      rowNames: Array.from({ length: lens.rows }, (_, row) => (row === 0 ? "embedding" : String(row))), columnNames: get("tokens").map((token) => tokenLabel(token)),
      cellText: (row, position) => label(lens.columns[position].ids[row * lens.shown]), describe, selected: { row: get("layer"), column: get("position") },
    });
  };
  const drawCell = () => {
    const { column, row, ids, probs } = cell(), target = followed(), answer = answerOf(column);
    cellTitle.replaceChildren(row === 0 ? "The embedding" : `Layer ${row}`, get("causal") ? ", after " : ", at ", element("bdi", { class: "llmc-token" }, tokenLabel(get("tokens")[get("position")] ?? "")));
    list.show({
      rows: ids.map((id, place) => ({ name: label(id), value: probs[place], text: share(probs[place]), note: id === answer ? "final" : "", series: id === target ? 1 : 0 })),
      longest: Math.max(...probs), selected: ids.indexOf(target),
    });
    figures.textContent = `Entropy ${column.entropy[row].toFixed(2)} bits; divergence from the last layer ${column.divergence[row].toFixed(2)} bits; the final answer has rank ${column.rank[row].toLocaleString("en")} of ${get("vocab").toLocaleString("en")}.`;
  };
  const followed = () => (get("target") >= 0 ? get("target") : answerOf(lens.columns[get("position")]));
  const wayOf = (id) => lens.columns[get("position")].followed.get(id)
    ?? (track?.number === lens.number && track.position === get("position") && track.id === id ? track : null);
  const drawFollowed = () => {
    const target = followed(), answer = answerOf(lens.columns[get("position")]), way = wayOf(target);
    const layers = Array.from({ length: lens.rows }, (_, row) => row);
    const chosen = (values) => ({ name: label(target), x: layers, y: Array.from(values) });
    const final = target === answer ? [] : [answer];
    const series = (pick) => [way ? chosen(pick(way)) : { name: label(target), x: layers, y: layers.map(() => NaN) },
      ...final.map((id) => ({ name: `${label(id)} (final answer)`, x: layers, y: Array.from(pick(wayOf(id))), dashed: true }))];
    followTitle.replaceChildren("Followed: ", element("bdi", { class: "llmc-token" }, label(target, 24)), target === answer ? ", the final answer" : "");
    missing.textContent = way ? "" : get("live") ? "The model looks for this token …" : "This saved page does not follow this token here: run the notebook to see it.";
    const shared = { xName: "layer", marker: get("layer"), xText: (row) => (row === 0 ? "0 (embedding)" : String(row)) };
    probability.show({ ...shared, series: series(({ probs }) => probs), yName: "probability", yText: share });
    rank.show({ ...shared, series: series(({ ranks }) => ranks), yName: "rank (1 is the likeliest)", yLog: true, yText: (value) => (value >= 1 ? value.toLocaleString("en") : shortNumber(value)) });
  };
  const draw = () => {
    box.set(get("text"));
    box.node.hidden = note.hidden = !get("editable");
    box.disable(!get("live"), "Editing needs a running kernel");
    note.textContent = get("busy") ? "The model is reading the text …" : get("live") ? `${get("tokens").length} tokens` : "Editing the text needs a running kernel.";
    colour.set(get("colour"));
    if (document.activeElement !== wanted && wanted.value !== get("target_text")) wanted.value = get("target_text");
    wanted.disabled = !get("live");
    wanted.title = get("live") ? "Its first token is followed; empty: the final answer" : "Naming a token needs a running kernel: choose one of a cell's list";
    root.setAttribute("aria-busy", String(get("busy")));
    if (!fits()) return;
    drawGrid();
    drawCell();
    drawFollowed();
  };
  const soon = inNextFrame(draw);
  stops.push(
    onBytes(model, "names_data", (bytes) => { names = namesFromBytes(get("name_ids"), bytes); soon(); }),
    onBytes(model, "columns_data", (bytes) => { if (bytes.length) lens = readLens(bytes); soon(); }),
    onBytes(model, "track_data", (bytes) => { track = readLensTrack(bytes); soon(); }),
    followTheme(root, inNextFrame(() => { for (const chart of [grid, probability, rank]) chart.measure(); })),
    box.stop, grid.stop, probability.stop, rank.stop, () => clearTimeout(typing),
  );
  onTraits(model, ["layer", "position", "target", "target_name", "target_text", "colour", "tokens", "lens_number", "causal", "text", "editable", "busy", "live"], draw, stops);
  el.append(root);
  soon();
  return () => stops.forEach((stop) => stop());
}

export default { render };
