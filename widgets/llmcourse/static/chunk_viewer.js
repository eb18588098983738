// ChunkViewer: a document cut into chunks; the splitters run here, so that a slider answers in one frame.
import { CHUNK_FLAGS, chunkFlags, phrasePlaces } from "./chunk_report.js";
import { chunkRows } from "./chunk_rows.js";
import { chunkText } from "./chunk_text.js";
import { element, errorLine, followTheme, inNextFrame, numbersFrom, onBytes, onTraits, tokenLabel } from "./common.js";
import { choice, pushButton, slider, textBox } from "./controls.js";
import { histogram } from "./histogram.js";
import { lineChart } from "./line_chart.js";
import { countedText, lowerBound, sentenceBounds, splitText } from "./splitters.js";
import { textStamp } from "./text_stamp.js";

const LONGEST = 1000000, LARGEST = 100000, MOST_PLACES = 8, BINS = 20;
const SIZES = [20, 40, 60, 80, 100, 120, 160, 200, 250, 300, 350, 400, 450, 500, 600, 700, 800, 1000, 1200, 1500, 2000, 3000, 4000];
const OVERLAPS = [0, 5, 10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 150, 200, 300, 400, 600, 800, 1000];
const FLAG_TEXTS = {
  word: "cut inside a word", sentence: "cut inside a sentence", short: "short", heading: "heading without its text", long: "longer than the size",
};

function render({ model, el }) {
  const stops = [], set = (name, value) => { model.set(name, value); model.save_changes(); };
  const data = {};
  let text = null, cut = null, stamped = { string: null, stamp: 0 };

  const box = textBox({ label: "Text to cut; paste your own", rows: 6, change: (value) => set("text", value) });
  box.node.maxLength = LONGEST;
  const splitter = choice({ label: "Splitter", options: model.get("choices"), change: (value) => set("splitter", value) });
  const size = slider({ label: "Size", min: 1, max: LARGEST, values: SIZES, change: (value) => {
    model.set("overlap", Math.min(model.get("overlap"), value - 1));
    set("size", value);
  } });
  const overlap = slider({ label: "Overlap", min: 0, max: LARGEST, values: OVERLAPS, change: (value) => set("overlap", Math.min(value, model.get("size") - 1)) });
  const shortest = slider({ label: "Short below", min: 0, max: 500, step: 5, change: (value) => set("shortest", value) });
  const threshold = slider({ label: "Cut below cosine", min: -1, max: 1, step: 0.01, change: (value) => set("threshold", value) });
  const phrase = element("input", { type: "search", "aria-label": "Find a phrase in the chunks", placeholder: "Find a phrase", spellcheck: "false" });
  phrase.addEventListener("input", () => set("phrase", phrase.value));

  const select = (number) => set("selected", number);
  const figures = chunkFigures(), warnings = chunkWarnings((bit) => { if (cut) select(nextChunk(cut, model.get("selected"), (number) => cut.flags[number] >> bit & 1)); });
  const lengths = histogram({ label: "Lengths of the chunks", pick: (bin) => {
    if (cut) select(nextChunk(cut, model.get("selected"), (number) => binOf(cut, number) === bin));
  } });
  const cosines = lineChart({ label: "Cosine of each sentence with the next", height: 170, pick: (sentence) => {
    if (cut) select(lowerBound(cut.ends, sentenceBounds(text)[sentence] + 1));
  } });
  const document_ = chunkText({ pick: select }), rows = chunkRows({ pick: select });
  const places = element("div", { class: "llmc-row llmc-chunk-places" });
  const unit = element("div", { class: "llmc-muted" });
  const story = element("div", { class: "llmc-chunk-story", "aria-live": "polite" });
  const root = element("div", { class: "llmc llmc-chunk-viewer" },
    element("details", {}, element("summary", {}, "The text (paste your own)"), box.node),
    element("div", { class: "llmc-chunk-controls" }, splitter.node, size.node, overlap.node, threshold.node, shortest.node),
    unit, errorLine(model, stops), figures.node, warnings.node,
    element("div", { class: "llmc-row" }, phrase, places),
    element("div", { class: "llmc-chunk-halves" }, document_.node,
      element("div", { class: "llmc-chunk-side" }, rows.node, lengths.node)),
    story, cosines.node);

  const split = () => {
    const string = model.get("text");
    if (text?.string !== string) { text = countedText(string); cut = null; }
    if (stamped.string !== string) stamped = { string, stamp: textStamp(string) };
    const has = (name) => stamped.stamp === model.get("stamp") && model.get("measured").includes(name);
    const measured = {
      token_starts: has("tokens") ? data.token_starts : null,
      similarities: has("semantic") ? data.similarities : null, own: has("own") ? data.own : null,
    };
    const settings = { size: within(model.get("size"), 1), overlap: within(model.get("overlap"), 0), threshold: model.get("threshold") };
    settings.overlap = Math.min(settings.overlap, settings.size - 1);
    const key = JSON.stringify([settings, model.get("splitter"), model.get("shortest"), has("tokens"), has("semantic"), has("own"), data.arrived]);
    if (cut?.key === key) return;
    const chunks = splitText(text, model.get("splitter"), settings, measured);
    cut = chunks && { key, ...reportOf(text, chunks, measured, settings, model.get("splitter") === "tokens", model.get("shortest")) };
  };
  const reportOf = (text, chunks, { token_starts, similarities }, settings, byTokens, shortest) => {
    const count = chunks.length / 2, starts = new Uint32Array(count), ends = new Uint32Array(count);
    for (let number = 0; number < count; number++) { starts[number] = chunks[2 * number]; ends[number] = chunks[2 * number + 1]; }
    const tokens = token_starts && ((number) => lowerBound(token_starts, ends[number]) - lowerBound(token_starts, starts[number]));
    const sizes = Uint32Array.from(starts, (start, number) => (byTokens ? tokens(number) : ends[number] - start));
    const flags = chunkFlags(text, chunks, settings.size, shortest, sizes);
    const longest = sizes.reduce((most, one) => Math.max(most, one), 1), wide = Math.max(1, Math.ceil(longest / BINS));
    return { chunks, count, starts, ends, tokens, sizes, flags, wide, similarities, settings, byTokens };
  };

  const draw = () => {
    split();
    const selected = within(model.get("selected"), -1, cut ? cut.count - 1 : -1);
    box.set(model.get("text"));
    splitter.set(model.get("splitter"));
    size.set(within(model.get("size"), 1));
    overlap.set(within(model.get("overlap"), 0));
    shortest.set(model.get("shortest"));
    threshold.set(model.get("threshold"));
    threshold.node.hidden = cosines.node.hidden = model.get("splitter") !== "semantic";
    if (document.activeElement !== phrase && phrase.value !== model.get("phrase")) phrase.value = model.get("phrase");
    unit.textContent = unitOf(model.get("splitter"), model.get("live"), cut !== null, model.get("error"));
    root.setAttribute("aria-busy", String(cut === null && model.get("live")));
    if (!cut) return; // the last good view stays
    const found = phrasePlaces(text, cut.chunks, model.get("phrase"));
    figures.show(text, cut);
    warnings.show(cut);
    showPlaces(found);
    document_.show({ text, starts: cut.starts, ends: cut.ends, selected, places: found, unheld: found.map(({ whole }) => whole.length === 0) });
    rows.show({ count: cut.count, selected, describe: (number) => rowOf(text, cut, number) });
    const sentence = selected < 0 ? "Select a chunk, in the text or in the list." : storyOf(text, cut, selected);
    if (story.textContent !== sentence) story.textContent = sentence;
    drawLengths(selected);
    if (!cosines.node.hidden && cut.similarities) drawCosines(selected);
  };
  const drawLengths = (selected) => {
    const values = new Array(BINS).fill(0);
    for (let number = 0; number < cut.count; number++) values[binOf(cut, number)]++;
    lengths.show({
      counts: [{ name: "chunks", values }], edges: Array.from({ length: BINS + 1 }, (_, bin) => bin * cut.wide), marks: [cut.settings.size],
      xName: `length in ${cut.byTokens ? "tokens" : "characters"} (dashed: the size)`, yName: "chunks", selected: selected < 0 ? -1 : binOf(cut, selected),
    });
  };
  const drawCosines = (selected) => {
    const x = Array.from(cut.similarities.keys()), limit = model.get("threshold");
    cosines.show({
      series: [{ name: "cosine with the next sentence", x, y: Array.from(cut.similarities), points: true }, { name: "cut below", x: [0, x.length - 1], y: [limit, limit], dashed: true }],
      xName: "sentence", yName: "cosine", marker: selected < 0 ? null : Math.min(lowerBound(sentenceBounds(text), cut.starts[selected]), x.length - 1),
    });
  };
  const showPlaces = (found) => {
    const asked = model.get("phrase"), lost = found.filter(({ whole }) => whole.length === 0).length;
    if (!asked) { places.replaceChildren(); return; }
    const many = found.length === 1 ? "1 place" : `${found.length.toLocaleString("en")} places`;
    const told = found.length === 0 ? "Not in the text." : lost === 0 ? `${many}, each whole in a chunk.` : `${many}, ${lost.toLocaleString("en")} of them cut: no chunk holds the phrase whole.`;
    places.replaceChildren(element("span", {}, told), ...found.slice(0, MOST_PLACES).map(({ start, whole, cut: cutting }) => {
      const where = whole.length ? `whole in ${whole.slice(0, 4).join(", ")}${whole.length > 4 ? " …" : ""}` : cutting.length ? `cut by ${cutting.slice(0, 4).join(" and ")}` : "in no chunk";
      return pushButton(where, () => { if (whole.length + cutting.length) select(whole[0] ?? cutting[0]); document_.goTo(start); }, `the phrase at character ${start}`);
    }), found.length > MOST_PLACES ? element("span", { class: "llmc-muted" }, `and ${(found.length - MOST_PLACES).toLocaleString("en")} more`) : "");
  };

  const names = ["text", "splitter", "size", "overlap", "threshold", "shortest", "phrase", "selected", "stamp", "measured", "live", "error"];
  const soon = onTraits(model, names, draw, stops);
  const arrive = (name, Type) => (bytes) => { data[name] = numbersFrom(bytes, Type); data.arrived = (data.arrived ?? 0) + 1; soon(); };
  const measure = inNextFrame(() => { document_.measure(); lengths.measure(); cosines.measure(); });
  el.append(root);
  stops.push(
    onBytes(model, "token_data", arrive("token_starts", Uint32Array)),
    onBytes(model, "similarity_data", arrive("similarities", Float32Array)),
    onBytes(model, "own_data", arrive("own", Uint32Array)),
    followTheme(root, measure), box.stop, document_.stop, rows.stop, lengths.stop, cosines.stop);
  soon();
  return () => stops.forEach((stop) => stop());
}

function within(value, low, high = LARGEST) {
  return Math.max(low, Math.min(Math.round(Number(value)) || 0, high));
}

function binOf(cut, number) {
  return Math.min(Math.floor(cut.sizes[number] / cut.wide), BINS - 1);
}

// The next chunk after `from` that has what is wanted, around the end; `from` where none has.
function nextChunk(cut, from, wanted) {
  for (let step = 1; step <= cut.count; step++) {
    const number = (Math.max(from, -1) + step) % cut.count;
    if (wanted(number)) return number;
  }
  return from;
}

function flagNames(cut, number) {
  return CHUNK_FLAGS.filter((_, bit) => cut.flags[number] >> bit & 1);
}

function rowOf(text, cut, number) {
  const { starts, ends, tokens } = cut, start = starts[number];
  return {
    head: `${(ends[number] - start).toLocaleString("en")} characters${tokens ? `, ${tokens(number).toLocaleString("en")} tokens` : ""}`,
    flags: flagNames(cut, number), text: text.slice(start, Math.min(ends[number], start + 100)).trimStart(),
  };
}

function storyOf(text, cut, number) {
  const { starts, ends, tokens } = cut, start = starts[number], end = ends[number];
  const shared = number > 0 ? Math.max(0, ends[number - 1] - start) : 0;
  const warned = flagNames(cut, number).map((name) => FLAG_TEXTS[name]);
  return [
    `Chunk ${number} of 0 to ${cut.count - 1}: characters ${start.toLocaleString("en")} to ${end.toLocaleString("en")}, ${(end - start).toLocaleString("en")} long${tokens ? `, ${tokens(number)} tokens` : ""}.`,
    shared ? `It repeats the last ${shared.toLocaleString("en")} characters of chunk ${number - 1}.` : "",
    warned.length ? `Warnings: ${warned.join(", ")}.` : "No warnings.",
    `It ends: “${tokenLabel(text.slice(Math.max(start, end - 40), end), 60).replaceAll("·", " ")}”`,
  ].filter(Boolean).join(" ");
}

function unitOf(splitter, live, cut, error) {
  if (!cut) return error ? "" : live ? "The kernel reads the new text …" : "This splitter needs a running kernel for another text; the last cut stays in view.";
  if (splitter === "tokens") return "Size and overlap in tokens, counted once over the whole text.";
  if (splitter === "sentences" || splitter === "semantic") return "Size and overlap in characters, in whole sentences; a longer sentence stays whole.";
  if (splitter === "own") return "The chunks of your own splitter; size and overlap do not change them.";
  return "Size and overlap in characters.";
}

function chunkFigures() {
  const names = ["Chunks", "Characters each", "Tokens each", "Stored", "In no chunk"];
  const cells = names.map((name) => {
    const value = element("div", { class: "llmc-chunk-value llmc-number" }), note = element("div", { class: "llmc-muted llmc-number" });
    return { value, note, node: element("div", { class: "llmc-chunk-figure" }, element("div", { class: "llmc-muted" }, name), value, note) };
  });
  const put = (at, value, note) => { cells[at].value.textContent = value; cells[at].note.textContent = note; };
  const show = (text, { count, starts, ends, tokens }) => {
    let stored = 0, covered = 0, past = 0, least = Infinity, most = 0, held = 0;
    for (let number = 0; number < count; number++) {
      const long = ends[number] - starts[number];
      stored += long;
      covered += ends[number] - Math.max(starts[number], past);
      past = ends[number];
      least = Math.min(least, long);
      most = Math.max(most, long);
      if (tokens) held += tokens(number);
    }
    const round = (value) => Math.round(value).toLocaleString("en");
    put(0, count.toLocaleString("en"), `of ${text.length.toLocaleString("en")} characters`);
    put(1, count ? round(stored / count) : "–", count ? `${round(least)} to ${round(most)}` : "");
    put(2, tokens && count ? round(held / count) : "–", tokens ? "on average" : "no tokenizer for this text");
    put(3, text.length ? `${(100 * stored / text.length).toFixed(0)} %` : "–", "of the text, overlaps counted twice");
    put(4, (text.length - covered).toLocaleString("en"), "characters");
    cells[4].node.hidden = covered === text.length;
  };
  return { node: element("div", { class: "llmc-chunk-figures" }, ...cells.map(({ node }) => node)), show };
}

function chunkWarnings(next) {
  const buttons = CHUNK_FLAGS.map((name, bit) => pushButton("", () => next(bit), "Goes to the next such chunk"));
  const node = element("div", { class: "llmc-row", role: "group", "aria-label": "Warnings: how many chunks" }, ...buttons);
  const show = ({ flags, count }) => buttons.forEach((button, bit) => {
    let found = 0;
    for (let number = 0; number < count; number++) found += flags[number] >> bit & 1;
    button.textContent = `${found.toLocaleString("en")} ${FLAG_TEXTS[CHUNK_FLAGS[bit]]}`;
    button.disabled = found === 0;
  });
  return { node, show };
}

export default { render };
