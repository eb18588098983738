// EmbeddingExplorer: a map of vectors; neighbours in all dimensions, analogies and a query are computed here, in the page.
import { element, errorLine, followTheme, numbersFrom, onBytes, onTraits, shortNumber } from "./common.js";
import { choice, pushButton, slider, textBox } from "./controls.js";
import { barList } from "./bar_list.js";
import { embeddingCanvas } from "./embedding_canvas.js";
import { labelFinder, pointLabel } from "./embedding_find.js";
import { embeddingSpace, fromHalf, principalPlane } from "./embedding_space.js";
import { groupLegend } from "./embedding_legend.js";

const SAVE_MS = 150; // a resting hand: then the choice goes to the kernel
const MAP_NAMES = { pca: "PCA", given: "as given", "t-sne": "t-SNE" };
const METRIC_NAMES = { cosine: "cosine similarity", euclidean: "Euclidean distance", dot: "dot product" };
const WATCHED = ["selected", "metric", "k", "mode", "terms", "query_at", "projection", "maps", "labels", "group_of", "group_names", "explained", "asks_text", "query_text", "live"];

function render({ model, el }) {
  const stops = [];
  let space = null, plane = null, query = null, maps = [], mapSpaces = [], bytes = {}, view = null, slot = 0, pointed = -1, matches = [], saving = null;
  const labels = () => model.get("labels");
  const name = (index, longest = 40) => `“${pointLabel(labels()[index] ?? "", longest)}”`;
  const set = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    clearTimeout(saving);
    saving = setTimeout(() => model.save_changes(), SAVE_MS);
  };
  stops.push(() => { if (saving !== null) clearTimeout(saving); });

  const pick = (index) => {
    pointed = -1;
    if (model.get("mode") !== "analogy") { set({ selected: index, mode: "point" }); return; }
    if (index < 0) { slot = 0; set({ terms: [-1, -1, -1] }); return; }
    fill(slot, index);
    slot = (slot + 1) % 3;
  };
  const fill = (place, index) => set({ terms: model.get("terms").map((row, at) => (at === place ? index : row)), selected: index });
  const canvas = embeddingCanvas({
    label: "Map of the points. Arrow keys go from point to point, plus and minus enlarge and shrink, 0 shows all, Shift and an arrow move the map.",
    pick, place: (x, y) => set({ query_at: [x, y], mode: "query" }), hover: (index) => { hovered.textContent = index < 0 ? "" : describe(index); },
  });
  stops.push(canvas.stop);

  const finder = labelFinder({ label: "Find a point", labels, pick: (index) => pick(index), matches: (rows) => { matches = rows; soon(); } });
  const terms = ["a", "b", "c"].map((term, place) => labelFinder({ label: term, labels, pick: (index) => { fill(place, index); slot = (place + 1) % 3; }, focus: () => { slot = place; } }));
  const mapChoice = element("select", { "aria-label": "Map", onchange: () => set({ projection: mapChoice.value }) });
  const modes = [["point", "Neighbours"], ["analogy", "Analogy"], ["query", "Query"]].map(([mode, text]) => {
    const button = pushButton(text, () => { pointed = -1; if (mode === "analogy") startAnalogy(); set({ mode }); });
    return { mode, button };
  });
  const startAnalogy = () => { // the point chosen before becomes a
    const at = model.get("selected");
    slot = 0;
    if (at >= 0 && model.get("terms").every((row) => row < 0)) { set({ terms: [at, -1, -1] }); slot = 1; }
  };
  const metric = choice({ label: "by", options: Object.entries(METRIC_NAMES), change: (value) => set({ metric: value }) });
  const k = slider({ label: "k", min: 1, max: 50, change: (value) => set({ k: value }) });
  const asked = textBox({ label: "Text of the query", rows: 2, change: (text) => { model.set("query_text", text); model.save_changes(); } });
  stops.push(asked.stop);
  const analogyRow = element("div", { class: "llmc-analogy" }, terms[0].node, element("span", {}, "−"), terms[1].node, element("span", {}, "+"), terms[2].node, element("span", {}, "= ?"));
  const how = element("div", { class: "llmc-muted llmc-map-how" });
  const bars = barList({
    label: "Nearest neighbours",
    pick: (place, key) => { if (!view?.found[place]) return; if (key === "Enter") { pointed = -1; set({ selected: view.found[place].index, mode: "point" }); } else { pointed = view.found[place].index; soon(); } },
  });
  const story = element("div", { class: "llmc-map-story", "aria-live": "polite" });
  const hovered = element("div", { class: "llmc-muted llmc-map-hover" });
  const legend = groupLegend();
  const scale = element("span", { class: "llmc-muted" });
  const root = element("div", { class: "llmc llmc-embedding-explorer" },
    errorLine(model, stops),
    element("div", { class: "llmc-map-halves" },
      element("div", { class: "llmc-map-left" },
        element("div", { class: "llmc-row llmc-map-tools" }, finder.node, mapChoice,
          element("span", { class: "llmc-map-zoom", role: "group", "aria-label": "Size of the map" },
            labelled(pushButton("−", () => canvas.zoom(1 / 1.5)), "Shrink"), labelled(pushButton("+", () => canvas.zoom(1.5)), "Enlarge"), pushButton("Show all", canvas.fit))),
        canvas.node, element("div", { class: "llmc-map-below" }, legend.node, scale), hovered),
      element("div", { class: "llmc-map-right" },
        element("div", { class: "llmc-row", role: "group", "aria-label": "What is near to" }, ...modes.map(({ button }) => button)),
        analogyRow, asked.node, how,
        element("div", { class: "llmc-row" }, metric.node, k.node), bars.node, story)));

  // The vector whose neighbours are shown, the rows it is made of, and its place on the map; null for no vector.
  const centreOf = (mode, map) => {
    const onPlane = (vector) => (model.get("projection") === "pca" ? plane.project(vector) : null);
    if (mode === "query") {
      const [x, y] = model.get("query_at"), vector = x === undefined ? query : plane.point(x, y);
      return vector?.length === space.width ? { vector, rows: [], place: onPlane(vector) } : null;
    }
    if (mode === "analogy") {
      const rows = model.get("terms");
      if (rows.length !== 3 || !rows.every(isRow)) return null;
      const vector = space.analogy(...rows, model.get("metric"));
      return { vector, rows, place: onPlane(vector) };
    }
    const row = model.get("selected");
    return isRow(row) ? { vector: space.row(row), rows: [row], place: [map[2 * row], map[2 * row + 1]] } : null;
  };
  const isRow = (row) => Number.isInteger(row) && row >= 0 && row < space.count;

  const compute = () => {
    const mode = model.get("mode"), kind = model.get("metric"), wanted = Math.max(1, model.get("k"));
    const at = Math.max(model.get("maps").indexOf(model.get("projection")), 0), map = maps[at];
    const centre = centreOf(mode, map), found = centre ? space.nearest(centre.vector, kind, wanted, centre.rows) : [];
    let near = null, circle = null;
    if (centre?.place && found.length) {
      const closest = (mapSpaces[at] ??= embeddingSpace(map, 2)).nearest(centre.place, "euclidean", wanted, centre.rows);
      near = new Set(closest.map(({ index }) => index));
      circle = closest.at(-1).value;
    }
    return { mode, kind, map, centre, found, near, circle };
  };

  const draw = () => {
    if (!space || !plane || !maps.length || labels().length !== space.count) return; // half arrived
    view = compute();
    const { mode, kind, map, centre, found, near, circle } = view, selected = model.get("selected"), rows = model.get("terms");
    drawControls(mode, kind, rows);
    if (found.every(({ index }) => index !== pointed)) pointed = -1;
    const chosen = mode === "analogy" ? rows.flatMap((index, place) => (isRow(index) ? [{ index, name: "abc"[place] }] : [])) : mode === "point" && isRow(selected) ? [{ index: selected, name: "" }] : [];
    canvas.show({
      points: map, labels: labels(), groupOf: model.get("group_of"), selected, chosen, neighbours: found.map(({ index }) => index),
      centre: centre?.place ?? null, cross: mode !== "point", circle, placing: mode === "query" && model.get("projection") === "pca", pointed, matches,
    });
    const groups = model.get("group_of"), names = model.get("group_names");
    bars.show({
      rows: found.map(({ index, value }) => ({
        name: pointLabel(labels()[index]), value, text: value.toFixed(Math.abs(value) < 100 ? 4 : 1), series: groups.length ? groups[index] % 6 : 0,
        note: near && !near.has(index) ? "far on map" : "",
        spoken: `${pointLabel(labels()[index])}, ${shortNumber(value)}${groups.length ? `, ${names[groups[index]]}` : ""}${near && !near.has(index) ? ", not among the nearest on the map" : ""}`,
      })),
      longest: kind === "cosine" ? 1 : Math.max(...found.map(({ value }) => Math.abs(value)), 0),
      selected: found.findIndex(({ index }) => index === pointed),
    });
    const told = sentences(view);
    if (story.textContent !== told) story.textContent = told;
  };
  const drawControls = (mode, kind, rows) => {
    for (const { mode: own, button } of modes) button.setAttribute("aria-pressed", String(own === mode));
    analogyRow.hidden = mode !== "analogy";
    asked.node.hidden = mode !== "query" || !model.get("asks_text");
    asked.set(model.get("query_text"));
    asked.disable(!model.get("live"), "A text becomes a vector in the kernel: run the cell");
    metric.set(kind);
    k.set(model.get("k"));
    finder.set(model.get("selected"));
    terms.forEach((term, place) => term.set(isRow(rows[place]) ? rows[place] : -1));
    const offered = [...new Set([...model.get("maps"), ...(model.get("live") ? ["t-sne"] : [])])];
    if (mapChoice.dataset.offered !== offered.join()) {
      mapChoice.dataset.offered = offered.join();
      mapChoice.replaceChildren(...offered.map((map) => element("option", { value: map }, `Map: ${MAP_NAMES[map] ?? map}`)));
    }
    mapChoice.value = model.get("projection");
    mapChoice.hidden = offered.length < 2;
    how.textContent = mode === "analogy" ? `Type a label or click on the map: the next point becomes ${"abc"[slot]}.`
      : mode === "query" ? (model.get("projection") === "pca" ? "Click or drag on the map to move the query; with the map in focus, arrow keys move it." : "The PCA map lets you move the query by hand.") : "";
    how.hidden = how.textContent === "";
    legend.show(model.get("group_names"));
    const [first = 0, second = 0] = model.get("explained");
    scale.textContent = !model.get("maps").includes(model.get("projection")) ? "The kernel is drawing this map …" : model.get("projection") === "pca" ? `PCA keeps ${percentOf(first + second)} of the variance: → ${percentOf(first)}, ↑ ${percentOf(second)}` : "Axes have no unit: only who is near whom.";
  };

  const sentences = ({ mode, kind, centre, found, near }) => {
    if (!centre) return mode === "analogy" ? "Choose three points: a − b + c." : mode === "query" ? "No query yet." : "Choose a point on the map, or find one by its label.";
    if (!found.length) return "There is no other point.";
    const many = `${space.width} dimension${space.width === 1 ? "" : "s"}`, told = [];
    const [a, b, c] = centre.rows.map((row) => name(row, 24));
    told.push(`Nearest to ${mode === "point" ? a : mode === "query" ? "the query" : `${a} − ${b} + ${c}`}: ${name(found[0].index, 24)}.`);
    if (mode === "analogy") {
      const [first] = space.nearest(centre.vector, kind, 1);
      if (centre.rows.includes(first.index)) told.push(`The three are left out of the answers, as is usual; with them the nearest would be ${name(first.index, 24)} itself.`);
      if (kind === "cosine") told.push("Each of the three counts with length 1.");
    }
    if (near === null) told.push(`Found in all ${many}. This vector has no place on this map.`);
    else {
      const both = found.filter(({ index }) => near.has(index)).length;
      told.push(`Found in all ${many}. Of these ${found.length}, ${both} ${both === 1 ? "is" : "are"} also among the ${found.length} nearest on the map (inside the dashed circle)${both < found.length && space.width > 2 ? ": two dimensions cannot show all distances" : ""}.`);
    }
    if (model.get("number_format") === "float16") told.push("The vectors are kept as float16, about 3 digits, in Python too.");
    return told.join(" ");
  };
  const describe = (index) => {
    const groups = model.get("group_of"), group = groups.length ? `, ${pointLabel(model.get("group_names")[groups[index]] ?? "", 30)}` : "";
    const found = view?.found.findIndex((one) => one.index === index) ?? -1;
    return `${name(index, 60)}${group}${found >= 0 ? `, neighbour ${found + 1}` : ""}`;
  };

  const soon = onTraits(model, WATCHED, draw, stops);
  const load = () => {
    const { vectors_data, plane_data, maps_data, query_data } = bytes, width = model.get("width");
    if (!vectors_data || !plane_data || !maps_data || !width) return;
    const half = model.get("number_format") === "float16";
    if (space?.of !== vectors_data) space = Object.assign(embeddingSpace(half ? fromHalf(numbersFrom(vectors_data, Uint16Array)) : numbersFrom(vectors_data, Float32Array), width), { of: vectors_data });
    plane = principalPlane(numbersFrom(plane_data, Float64Array), width);
    query = query_data?.length ? numbersFrom(query_data, Float64Array) : null;
    if (maps.of !== maps_data) {
      const all = numbersFrom(maps_data, Float64Array), each = 2 * space.count;
      maps = Object.assign(Array.from({ length: all.length / each }, (_, place) => all.subarray(place * each, (place + 1) * each)), { of: maps_data });
      mapSpaces = [];
    }
    soon();
  };
  for (const trait of ["vectors_data", "plane_data", "maps_data", "query_data"]) stops.push(onBytes(model, trait, (data) => { bytes[trait] = data; load(); }));
  el.append(root);
  stops.push(followTheme(root, () => { canvas.measure(); legend.redraw(); }));
  load();
  return () => stops.forEach((stop) => stop());
}

function labelled(button, label) {
  button.setAttribute("aria-label", label);
  return button;
}

function percentOf(share) {
  return `${(100 * share).toFixed(share > 0.9995 || share < 0.0005 ? 0 : 1)} %`;
}

export default { render };
