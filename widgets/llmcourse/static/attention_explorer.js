// AttentionExplorer: all heads as thumbnails, one head as matrix or lines, one weight taken apart.
import { colourRamp, element, errorLine, followTheme, inNextFrame, onBytes } from "./common.js";
import { keepPart, movedPair, rankedHeads, readBiases, readExact, readOverviews, readQueriesKeys, readWeights, visibleKeys, weightAt, isExact } from "./attention_data.js";
import { levelColours, rampColours, themeColours } from "./attention_canvas.js";
import { headGrid } from "./attention_heads.js";
import { matrixView } from "./attention_matrix.js";
import { linesView } from "./attention_lines.js";
import { insideView } from "./attention_inside.js";
import { headWords, pairWords } from "./attention_words.js";

const TYPING_MS = 500, NARROW = 640, LARGEST_ZOOM = 256;
const STACKS = { self: "self-attention", encoder: "encoder self-attention", decoder: "decoder self-attention", cross: "cross-attention" };
const SORTS = { layer: "by layer", "previous-token": "previous-token score", "first-token": "first-token score (sinks)", induction: "induction score" };

function render({ model, el }) {
  const get = (name) => model.get(name);
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const stops = [];
  const keyTokens = () => (get("key_tokens")?.length ? get("key_tokens") : get("tokens"));
  const numberOf = (layer) => get("layer_numbers")?.[layer] ?? layer;
  const place = () => `${get("layer")}.${get("head")}`;
  let block = null, part = null, vectors = null, biases = null, thumbnails = null, scores = null, hovered = null, hoveredHead = null, zoom = 1;
  let theme = null, ramp = null, colours = null, shadeColours = null, order = null;

  const box = element("textarea", { rows: 2, "aria-label": "Text that the model reads", spellcheck: "false" });
  const targetBox = element("textarea", { rows: 1, "aria-label": "Target text that the decoder reads", placeholder: "Target: empty for the model's own answer", spellcheck: "false" });
  const boxNote = element("div", { class: "llmc-muted", role: "status" });
  const error = errorLine(model, stops);
  const stackChoice = element("select", { "aria-label": "Which attention" });
  const stackRow = element("label", { class: "llmc-row" }, "Attention", stackChoice);
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
  const larger = zoomButton("+", "Larger cells", (now) => (views.matrix.grows(now) ? Math.min(LARGEST_ZOOM, now * 2) : now));
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
    if ((key === "+" || key === "-") && get("view") === "matrix") {
      (key === "+" ? larger : smaller).click();
      return true;
    }
    const next = movedPair({ query: get("query_token"), key: get("key_token") }, key, get("tokens").length, get("square"), keyTokens().length);
    if (next) { hovered = null; set({ query_token: next.query, key_token: next.key }); }
    return next !== null;
  };
  const point = (pair) => {
    if (pair?.query === hovered?.query && pair?.key === hovered?.key) return;
    hovered = pair;
    drawPointed();
  };
  const scrolled = () => askNext();
  const views = { matrix: matrixView({ hover: point, pick, press, scrolled }), lines: linesView({ hover: point, pick: pickInLines, press, scrolled }) };
  const thumbs = headGrid({
    pick: ({ layer, head }) => set({ layer, head }),
    hover: (place) => {
      if (place?.layer === hoveredHead?.layer && place?.head === hoveredHead?.head) return;
      hoveredHead = place;
      drawHeadNote();
    },
  });
  const headNote = element("div", { class: "llmc-muted llmc-head-note llmc-number" });
  const inside = insideView({ pick: (key) => set({ key_token: key }) });
  const panelHeads = element("div", { class: "llmc-panel-heads" }, stackRow, element("label", { class: "llmc-row" }, "Heads", sort), sortNote, thumbs.node, headNote);
  const panelHead = element("div", { class: "llmc-panel-head" },
    element("div", { class: "llmc-row llmc-bar" }, element("div", { class: "llmc-row" }, title, waiting), element("div", { class: "llmc-row", role: "group", "aria-label": "View" }, buttons.matrix, buttons.lines, smaller, larger)),
    words, views.matrix.node, views.lines.node, readout, scale, scaleNote, inside.node);
  const root = element("div", { class: "llmc llmc-attention" },
    box, targetBox, boxNote, error, element("div", { class: "llmc-panels" }, panelHeads, panelHead));

  const valuesOf = (name) => {
    const size = get("layers") * get("heads"), place = Object.keys(SORTS).indexOf(name) - 1;
    const values = place >= 0 && scores?.length >= (place + 1) * size ? scores.subarray(place * size, (place + 1) * size) : null;
    return values && !Number.isNaN(values[0]) ? values : null;
  };
  const drawHeads = () => {
    if (thumbnails?.length !== get("layers") * get("heads") * get("thumbnail_side") ** 2) return;
    const name = get("sort"), values = valuesOf(name);
    sort.value = name;
    const reason = get("stack") === "cross" ? "queries and keys are different texts" : name === "induction" ? "no token of this text repeats" : "the text has one token";
    sortNote.textContent = values || name === "layer" ? "" : `No ${name} score: ${reason}.`;
    const key = `${get("trace_number")} ${name}`;
    if (order?.key !== key || order.values !== values) order = { key, values, heads: values ? rankedHeads(values) : Array.from({ length: get("layers") * get("heads") }, (_, place) => place) };
    thumbs.show({
      layers: get("layers"), heads: get("heads"), layer: get("layer"), head: get("head"), side: get("thumbnail_side"),
      thumbnails, ramp, theme, order: order.heads, values, scoreName: name, numberOf, width: panelHeads.clientWidth,
    });
  };
  const drawHeadNote = () => {
    const pool = get("pool"), { layer, head } = hoveredHead ?? {};
    const values = valuesOf(get("sort"));
    headNote.textContent = hoveredHead
      ? `layer ${numberOf(layer)}, head ${head}${values ? `: ${get("sort")} score ${values[layer * get("heads") + head].toFixed(3)}` : ""}`
      : pool > 1 ? `A pixel is the strongest of ${pool} × ${pool} weights.` : "A pixel is a weight.";
  };
  const drawWords = () => {
    title.textContent = `Layer ${numberOf(get("layer"))}, head ${get("head")}`;
    const values = Object.fromEntries(Object.keys(SORTS).map((name) => [name, valuesOf(name)]));
    words.textContent = headWords(values, get("layer") * get("heads") + get("head"), get("stack") === "cross");
  };
  const shownView = () => (get("view") === "lines" ? views.lines : views.matrix);
  const current = () => (block?.number === get("trace_number") ? block.heads.get(place()) ?? null : null);
  // Of a long text the kernel sends exact weights in parts: first of what is selected, then of what is in view.
  const askNext = () => {
    const one = current();
    if (!one || one.levels || !get("live") || !theme) return;
    const query = get("query_token"), key = get("key_token");
    let next = shownView().lacks();
    if (query >= 0 && !isExact(one, query, 0, 1, one.keys)) next = { query, key: 0, rows: 1, columns: one.keys };
    else if (query < 0 && key >= 0 && !isExact(one, 0, key, one.tokens, 1)) next = { query: 0, key, rows: one.tokens, columns: 1 };
    if (!next) return;
    const wanted = [get("trace_number"), get("layer"), get("head"), next.query, next.key, next.rows, next.columns];
    if (String(wanted) !== String(get("wanted"))) set({ wanted });
  };
  const takePart = () => {
    if (!part || block?.number !== part.number || !block.heads.get(part.place)?.parts) return;
    keepPart(block.heads.get(part.place), part);
    part = null;
  };
  const drawHead = () => {
    const one = current(), lines = get("view") === "lines", name = lines ? "lines" : "matrix";
    for (const [other, view] of Object.entries(views)) {
      view.node.hidden = other !== name;
      buttons[other].setAttribute("aria-pressed", String(other === name));
    }
    smaller.hidden = larger.hidden = lines;
    scale.hidden = lines;
    scaleNote.textContent = lines
      ? "The opacity of a line is its weight; weights below 0.01 are not drawn."
      : `Colour follows the square root of the weight.${get("square") ? "" : " Grey is masked: a token cannot see what follows."}${one?.levels ? " Weights are exact to 0.00001." : ""}`;
    if (one && !one.levels) {
      scaleNote.textContent += lines ? " Lines start from the queries in view." : ` Coarse: a pixel is the strongest of ${one.pool} × ${one.pool} weights.`;
      scaleNote.textContent += get("live") ? (lines ? "" : " Zoom in or select a token for the exact weights (to 0.00001).")
        : " This saved page holds the exact weights of one part; the rest needs a running kernel.";
    }
    views[name].node.classList.toggle("llmc-stale", !one);
    views[name].node.setAttribute("aria-label", `Attention of layer ${numberOf(get("layer"))}, head ${get("head")}. Up and down choose the query, left and right the key, Escape clears.`);
    if (one) {
      views[name].show({ one, tokens: get("tokens"), keyTokens: keyTokens(), query: get("query_token"), key: get("key_token"), hovered, colours, shadeColours, theme, zoom, width: panelHead.clientWidth });
    }
    smaller.disabled = zoom <= 1;
    larger.disabled = zoom >= LARGEST_ZOOM || !views.matrix.grows(zoom);
    const selected = { query: get("query_token"), key: get("key_token") };
    readout.replaceChildren(...pairWords(one, get("tokens"), keyTokens(), hovered ?? selected, lack()));
    askNext();
  };
  const lack = () => (get("live") ? "; zoom in or select it for the exact weight." : "; the exact weight is not in this saved page.");
  const drawInside = () => {
    const query = get("query_token"), key = get("key_token"), one = current(), tokens = get("tokens");
    const pair = vectors?.number === get("trace_number") ? vectors.found.get(place()) : null;
    const bias = biases?.number === get("trace_number") ? biases.found.get(place()) ?? null : null;
    const chosen = query >= 0 && key >= 0 && one && query < tokens.length && key < keyTokens().length && key < visibleKeys(one, query);
    if (get("scaling") === null) inside.explain("This trace holds no queries and keys, so its weights cannot be taken apart.");
    else if (!chosen) inside.explain("Select a query and a key, for instance a cell of the matrix, to see how their weight is made.");
    else if (!pair) inside.explain(get("live") ? "Waiting for the queries and keys of this head …" : "This saved page does not hold the queries and keys of this head: run the notebook to see them.");
    else if (Number.isNaN(weightAt(one, query, key))) inside.explain(get("live") ? "Waiting for the exact weight …" : "This saved page does not hold this weight: run the notebook to see it.");
    else {
      inside.show({
        pair: { ...pair, bias }, query, key, tokens, keyTokens: keyTokens(), theme, cross: get("stack") === "cross", modelNote: get("note") ?? "",
        scaling: get("scaling"), visible: visibleKeys(one, query), weight: weightAt(one, query, key),
      });
    }
  };
  const drawStatus = () => {
    for (const [one, name] of [[box, "text"], [targetBox, "target"]]) {
      if (document.activeElement !== one && one.value !== get(name)) one.value = get(name) ?? "";
      one.disabled = !get("live");
    }
    box.hidden = boxNote.hidden = !get("editable");
    targetBox.hidden = !get("editable") || !get("two_texts");
    const names = get("stacks") || [];
    if (stackChoice.options.length !== names.length || names.some((name, at) => stackChoice.options[at].value !== name)) {
      stackChoice.replaceChildren(...names.map((name) => element("option", { value: name }, STACKS[name])));
    }
    stackChoice.value = get("stack");
    stackRow.hidden = names.length < 2;
    const size = get("stack") === "cross" ? `${get("tokens").length} target tokens, ${keyTokens().length} source tokens` : `${get("tokens").length} tokens`;
    boxNote.textContent = get("busy") ? "The model is reading the text …" : get("live") ? size : "Editing the text needs a running kernel.";
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
    readLate();
    takePart();
    drawStatus();
    drawHeads();
    drawHeadNote();
    drawWords();
    drawHead();
    drawInside();
  };
  const draw = inNextFrame(drawNow);
  const drawPointed = inNextFrame(() => { if (theme && root.clientWidth) drawHead(); });

  const timers = new Map();
  for (const [one, name] of [[box, "text"], [targetBox, "target"]]) {
    one.addEventListener("input", () => {
      clearTimeout(timers.get(name));
      timers.set(name, setTimeout(() => set({ [name]: one.value }), TYPING_MS));
    });
  }
  sort.addEventListener("change", () => set({ sort: sort.value }));
  stackChoice.addEventListener("change", () => set(get("live") ? { stack: stackChoice.value } : savedStack(stackChoice.value)));

  // A saved page holds all its stacks: what the kernel would send for one of them.
  const savedStack = (name) => {
    const { state, binary } = get("saved_stacks")?.[name] ?? { state: { stack: name }, binary: {} }, bytes = {}, sizes = { ...get("_sizes") };
    for (const [trait, text] of Object.entries(binary)) {
      bytes[trait] = new DataView(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer);
      sizes[trait] = bytes[trait].byteLength;
    }
    return { _sizes: sizes, query_token: -1, key_token: -1, layer: 0, head: 0, ...state, ...bytes };
  };
  let overviewBytes = null;
  const readBlock = (fresh) => {
    if (fresh.number === 0) return;
    if (block?.number === fresh.number) fresh.heads.forEach((one, at) => { if (!block.heads.has(at)) block.heads.set(at, one); });
    else block = fresh;
  };
  // The coarse pictures do not say how many tokens there are: they are read when all traits of the message are here.
  const readLate = () => {
    if (!overviewBytes) return;
    readBlock(readOverviews(overviewBytes, get("tokens").length, keyTokens().length, get("square")));
    overviewBytes = null;
  };
  stops.push(
    onBytes(model, "thumbnails", (bytes) => { thumbnails = bytes; draw(); }),
    onBytes(model, "scores", (bytes) => { scores = new Float32Array(bytes.slice().buffer); draw(); }),
    onBytes(model, "weights", (bytes) => { readBlock(readWeights(bytes)); draw(); }),
    onBytes(model, "overviews", (bytes) => { overviewBytes = bytes; draw(); }),
    onBytes(model, "exact", (bytes) => { part = readExact(bytes); takePart(); draw(); }),
    onBytes(model, "queries_keys", (bytes) => { vectors = readQueriesKeys(bytes); draw(); }),
    onBytes(model, "biases", (bytes) => { biases = readBiases(bytes); draw(); }),
    followTheme(root, (dark) => {
      ramp = colourRamp(dark);
      colours = levelColours(ramp);
      shadeColours = rampColours(ramp);
      const context = legend.getContext("2d");
      ramp.forEach(([red, green, blue], at) => { context.fillStyle = `rgb(${red} ${green} ${blue})`; context.fillRect(at, 0, 1, 1); });
      theme = { ...themeColours(root), dark };
      draw();
    }),
  );
  for (const name of ["trace_number", "layer", "head", "query_token", "key_token", "view", "sort", "stack", "stacks", "tokens", "key_tokens", "text", "target", "busy", "live", "editable"]) {
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
  return () => { timers.forEach(clearTimeout); watched.disconnect(); stops.forEach((stop) => stop()); };
}

export default { render };
