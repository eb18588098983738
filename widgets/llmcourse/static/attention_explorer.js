// AttentionExplorer: all heads as thumbnails, one head as matrix or lines, one weight taken apart.
import { colourRamp, element, followTheme, inNextFrame, onBytes } from "./common.js";
import { movedPair, rankedHeads, readQueriesKeys, readWeights, visibleKeys, weightAt } from "./attention_data.js";
import { levelColours, themeColours } from "./attention_canvas.js";
import { headGrid } from "./attention_heads.js";
import { matrixView } from "./attention_matrix.js";
import { linesView } from "./attention_lines.js";
import { insideView } from "./attention_inside.js";
import { headWords, pairWords } from "./attention_words.js";

const TYPING_MS = 500, NARROW = 640;
const SORTS = { layer: "by layer", "previous-token": "previous-token score", "first-token": "first-token score (sinks)", induction: "induction score" };

function render({ model, el }) {
  const get = (name) => model.get(name);
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  let block = null, vectors = null, thumbnails = null, scores = null, hovered = null, hoveredHead = null, zoom = 1;
  let theme = null, ramp = null, colours = null, order = null;

  const box = element("textarea", { rows: 2, "aria-label": "Text that the model reads", spellcheck: "false" });
  const boxNote = element("div", { class: "llmc-muted", role: "status" });
  const error = element("div", { class: "llmc-error", role: "alert" });
  const waiting = element("span", { class: "llmc-muted", role: "status" });
  const sort = element("select", { "aria-label": "Order of the heads" }, ...Object.entries(SORTS).map(([value, name]) => element("option", { value }, name)));
  const sortNote = element("div", { class: "llmc-muted" });
  const title = element("h3", { "aria-live": "polite" });
  const words = element("p", { class: "llmc-words" });
  const readout = element("div", { class: "llmc-readout llmc-number", "aria-live": "polite" });
  const viewButton = (name, label) => element("button", { type: "button", onclick: () => set({ view: name }) }, label);
  const buttons = { matrix: viewButton("matrix", "Matrix"), lines: viewButton("lines", "Lines") };
  const zoomButton = (label, name, change) => element("button", { type: "button", "aria-label": name, onclick: () => { zoom = change(zoom); draw(); } }, label);
  const smaller = zoomButton("−", "Smaller cells", (now) => Math.max(1, now / 2));
  const larger = zoomButton("+", "Larger cells", (now) => Math.min(16, now * 2));
  const legend = element("canvas", { width: 256, height: 1, class: "llmc-ramp", "aria-hidden": "true" });
  const marks = element("div", { class: "llmc-ramp-marks llmc-muted" }, ...[0, 0.1, 0.25, 0.5, 1].map((weight) => element("span", { style: `left: ${100 * Math.sqrt(weight)}%` }, String(weight))));
  const scale = element("div", { class: "llmc-legend" }, element("span", { class: "llmc-muted" }, "weight"), element("div", {}, legend, marks));
  const scaleNote = element("div", { class: "llmc-muted" });

  const pick = (pair) => {
    if (!pair) return;
    const same = pair.query === get("query_token") && pair.key === get("key_token");
    if (masked(pair)) { hovered = pair; draw(); return; }
    set(same ? { query_token: -1, key_token: -1 } : { query_token: pair.query, key_token: pair.key });
  };
  // In the lines view a token of one column joins the selected token of the other column.
  const pickInLines = (pair) => {
    if (!pair) return;
    const selected = { query: get("query_token"), key: get("key_token") };
    const joined = pair.query >= 0
      ? { query: pair.query === selected.query ? -1 : pair.query, key: selected.key }
      : { query: selected.query, key: pair.key === selected.key ? -1 : pair.key };
    if (masked(joined)) pick(pair);
    else set({ query_token: joined.query, key_token: joined.key });
  };
  const masked = ({ query, key }) => !get("square") && query >= 0 && key > query;
  const press = (key) => {
    const next = movedPair({ query: get("query_token"), key: get("key_token") }, key, get("tokens").length, get("square"));
    if (next) { hovered = null; set({ query_token: next.query, key_token: next.key }); }
    return next !== null;
  };
  const point = (pair) => {
    if (pair?.query === hovered?.query && pair?.key === hovered?.key) return;
    hovered = pair;
    drawPointed();
  };
  const views = { matrix: matrixView({ hover: point, pick, press }), lines: linesView({ hover: point, pick: pickInLines, press }) };
  const thumbs = headGrid({
    pick: ({ layer, head }) => set({ layer, head }),
    hover: (place) => {
      if (place?.layer === hoveredHead?.layer && place?.head === hoveredHead?.head) return;
      hoveredHead = place;
      drawHeadNote();
    },
  });
  const headNote = element("div", { class: "llmc-muted llmc-head-note llmc-number" });
  const inside = insideView({ pick: (pair) => set({ query_token: pair.query, key_token: pair.key }) });
  const panelHeads = element("div", { class: "llmc-panel-heads" }, element("label", { class: "llmc-row" }, "Heads", sort), sortNote, thumbs.node, headNote);
  const panelHead = element("div", { class: "llmc-panel-head" },
    element("div", { class: "llmc-row llmc-bar" }, element("div", { class: "llmc-row" }, title, waiting), element("div", { class: "llmc-row", role: "group", "aria-label": "View" }, buttons.matrix, buttons.lines, smaller, larger)),
    words, views.matrix.node, views.lines.node, readout, scale, scaleNote, inside.node);
  const root = element("div", { class: "llmc llmc-attention" },
    box, boxNote, error, element("div", { class: "llmc-panels" }, panelHeads, panelHead));

  const valuesOf = (name) => {
    const size = get("layers") * get("heads"), place = Object.keys(SORTS).indexOf(name) - 1;
    const values = place >= 0 && scores?.length >= (place + 1) * size ? scores.subarray(place * size, (place + 1) * size) : null;
    return values && !Number.isNaN(values[0]) ? values : null;
  };
  const drawHeads = () => {
    if (thumbnails?.length !== get("layers") * get("heads") * get("thumbnail_side") ** 2) return;
    const name = get("sort"), values = valuesOf(name);
    sort.value = name;
    sortNote.textContent = values || name === "layer" ? "" : `No ${name} score: ${name === "induction" ? "no token of this text repeats" : "the text has one token"}.`;
    const key = `${get("trace_number")} ${name}`;
    if (order?.key !== key || order.values !== values) order = { key, values, heads: values ? rankedHeads(values) : Array.from({ length: get("layers") * get("heads") }, (_, place) => place) };
    thumbs.show({
      layers: get("layers"), heads: get("heads"), layer: get("layer"), head: get("head"), side: get("thumbnail_side"),
      thumbnails, ramp, theme, order: order.heads, values, scoreName: name, width: panelHeads.clientWidth,
    });
  };
  const drawHeadNote = () => {
    const pool = get("pool"), { layer, head } = hoveredHead ?? {};
    const values = valuesOf(get("sort"));
    headNote.textContent = hoveredHead
      ? `layer ${layer}, head ${head}${values ? `: ${get("sort")} score ${values[layer * get("heads") + head].toFixed(3)}` : ""}`
      : pool > 1 ? `A pixel is the strongest of ${pool} × ${pool} weights.` : "A pixel is a weight.";
  };
  const drawWords = () => {
    title.textContent = `Layer ${get("layer")}, head ${get("head")}`;
    const values = Object.fromEntries(Object.keys(SORTS).map((name) => [name, valuesOf(name)]));
    words.textContent = headWords(values, get("layer") * get("heads") + get("head"));
  };
  const current = () => (block?.number === get("trace_number") ? block.heads.get(`${get("layer")}.${get("head")}`) ?? null : null);
  const drawHead = () => {
    const one = current(), name = get("view"), lines = name === "lines";
    for (const [other, view] of Object.entries(views)) {
      view.node.hidden = other !== name;
      buttons[other].setAttribute("aria-pressed", String(other === name));
    }
    smaller.hidden = larger.hidden = lines;
    smaller.disabled = zoom <= 1;
    larger.disabled = zoom >= 16;
    scale.hidden = lines;
    scaleNote.textContent = lines
      ? "The opacity of a line is its weight; weights below 0.01 are not drawn."
      : `Colour follows the square root of the weight.${get("square") ? "" : " Grey is masked: a token cannot see what follows."} Weights are exact to 0.00001.`;
    views[name].node.classList.toggle("llmc-stale", !one);
    views[name].node.setAttribute("aria-label", `Attention of layer ${get("layer")}, head ${get("head")}. Up and down choose the query, left and right the key, Escape clears.`);
    if (one) {
      views[name].show({ one, tokens: get("tokens"), query: get("query_token"), key: get("key_token"), hovered, colours, theme, zoom, width: panelHead.clientWidth });
    }
    const selected = { query: get("query_token"), key: get("key_token") };
    readout.replaceChildren(...pairWords(one, get("tokens"), hovered ?? selected));
  };
  const drawInside = () => {
    const query = get("query_token"), key = get("key_token"), one = current(), tokens = get("tokens");
    const pair = vectors?.number === get("trace_number") ? vectors.found.get(`${get("layer")}.${get("head")}`) : null;
    const chosen = query >= 0 && key >= 0 && one && Math.max(query, key) < tokens.length && key < visibleKeys(one, query);
    if (get("scaling") === null) inside.explain("This trace holds no queries and keys, so its weights cannot be taken apart.");
    else if (!chosen) inside.explain("Select a query and a key, for instance a cell of the matrix, to see how their weight is made.");
    else if (!pair) inside.explain(get("live") ? "Waiting for the queries and keys of this head …" : "This saved page does not hold the queries and keys of this head: run the notebook to see them.");
    else inside.show({ pair, query, key, tokens, theme, scaling: get("scaling"), visible: visibleKeys(one, query), weight: weightAt(one, query, key) });
  };
  const drawStatus = () => {
    if (document.activeElement !== box && box.value !== get("text")) box.value = get("text");
    box.hidden = boxNote.hidden = !get("editable");
    box.disabled = !get("live");
    boxNote.textContent = get("busy") ? "The model is reading the text …"
      : get("live") ? `${get("tokens").length} tokens` : "Editing the text needs a running kernel.";
    if (error.textContent !== get("error")) error.textContent = get("error");
    const missing = !current();
    waiting.textContent = !missing ? "" : get("live") ? "loading …" : "is not in this saved page: run the notebook to see it.";
    root.setAttribute("aria-busy", String(get("busy") || (missing && get("live"))));
  };
  const drawNow = () => {
    if (!theme) return;
    if (!root.clientWidth) { // not in the page yet, or for a moment hidden while JupyterLab changes its theme
      setTimeout(() => { if (root.clientWidth) draw(); });
      return;
    }
    drawStatus();
    drawHeads();
    drawHeadNote();
    drawWords();
    drawHead();
    drawInside();
  };
  const draw = inNextFrame(drawNow);
  const drawPointed = inNextFrame(() => { if (theme && root.clientWidth) drawHead(); });

  let timer = null;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => set({ text: box.value }), TYPING_MS);
  });
  sort.addEventListener("change", () => set({ sort: sort.value }));

  const stops = [
    onBytes(model, "thumbnails", (bytes) => { thumbnails = bytes; draw(); }),
    onBytes(model, "scores", (bytes) => { scores = new Float32Array(bytes.slice().buffer); draw(); }),
    onBytes(model, "weights", (bytes) => {
      const fresh = readWeights(bytes);
      if (block?.number === fresh.number) fresh.heads.forEach((one, place) => block.heads.set(place, one));
      else block = fresh;
      draw();
    }),
    onBytes(model, "queries_keys", (bytes) => { vectors = readQueriesKeys(bytes); draw(); }),
    followTheme(root, (dark) => {
      ramp = colourRamp(dark);
      colours = levelColours(ramp);
      const context = legend.getContext("2d");
      ramp.forEach(([red, green, blue], place) => { context.fillStyle = `rgb(${red} ${green} ${blue})`; context.fillRect(place, 0, 1, 1); });
      theme = { ...themeColours(root), dark };
      draw();
    }),
  ];
  for (const name of ["trace_number", "layer", "head", "query_token", "key_token", "view", "sort", "text", "error", "busy", "live", "editable"]) {
    model.on(`change:${name}`, draw);
    stops.push(() => model.off(`change:${name}`, draw));
  }
  const watched = new ResizeObserver(() => {
    root.classList.toggle("llmc-narrow", root.clientWidth < NARROW);
    theme = theme && { ...themeColours(root), dark: theme.dark }; // now in the page: Jupyter's colours are known
    draw();
  });
  watched.observe(root);
  el.append(root);
  return () => { clearTimeout(timer); watched.disconnect(); stops.forEach((stop) => stop()); };
}

export default { render };
