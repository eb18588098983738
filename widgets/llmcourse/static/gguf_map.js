// GGUFMap: a model file as a ladder of bars to scale, its metadata and tensors as tables, and a block down to its bits.
import { element, errorLine, followTheme, numbersFrom, onBytes, onTraits, tokenLabel } from "./common.js";
import { pushButton } from "./controls.js";
import { blockView } from "./gguf_block_view.js";
import { byteBar, byteSize } from "./gguf_ladder.js";
import { sortedTable } from "./gguf_table.js";

const SECTIONS = ["header", "metadata", "tensor infos", "padding", "tensor data"];
const SECTION_COLOURS = ["series-5", "series-1", "series-0", "muted", "series-2"];
const TYPE_COLOURS = ["series-2", "series-0", "series-1", "series-3", "series-4", "series-5"];
const HEADER_FIELDS = [["magic", 0, 4], ["version", 4, 8], ["number of tensors", 8, 16], ["number of metadata entries", 16, 24]];
const [NAME, TYPE, SHAPE, START, SIZE, INFO_START, INFO_END] = [0, 1, 2, 3, 4, 5, 6];

const commas = (number) => number.toLocaleString("en");
const bytesFrom = (start, end) => (end > start ? `bytes ${commas(start)} to ${commas(end - 1)} · ${byteSize(end - start)}` : "no bytes");

function render({ model, el }) {
  const stops = [];
  let firstBlocks = new Uint8Array(0), firstValues = new Float32Array(0), asked = null, answer = null;
  const tensors = () => model.get("tensors"), entries = () => model.get("entries"), bounds = () => model.get("bounds");
  const within = (name, count) => Math.max(0, Math.min(Math.floor(model.get(name)) || 0, count - 1));
  const sectionNow = () => within("section", SECTIONS.length), tensorNow = () => within("tensor", tensors().length), entryNow = () => within("entry", entries().length);
  const unitOf = (type) => model.get("units")[type] ?? [1, 1, 0, false];
  const blockCount = (tensor) => Math.ceil(tensor[SIZE] / unitOf(tensor[TYPE])[1]);
  const blockNow = () => (tensors().length ? within("block", blockCount(tensors()[tensorNow()])) : 0);
  const infoOrder = () => tensors().map((_, place) => place).sort((one, two) => tensors()[one][INFO_START] - tensors()[two][INFO_START]);
  const set = (changes) => {
    for (const [name, value] of Object.entries(changes)) model.set(name, value);
    model.save_changes();
  };
  const pickTensor = (tensor, section = 4) => set({ section, tensor, block: 0, weight: 0 });
  const pickItem = (place) => {
    const section = sectionNow();
    if (section === 1) set({ entry: place });
    else if (section === 2) pickTensor(infoOrder()[place], 2);
    else if (section === 4) pickTensor(place);
  };
  const pickBlock = (block) => { if (tensors().length) set({ block: Math.max(0, Math.min(block, blockCount(tensors()[tensorNow()]) - 1)), weight: 0 }); };

  const fileBar = byteBar({ label: "Sections of the file", pick: (section) => set({ section }) });
  const partBar = byteBar({ label: "Parts of the section", pick: pickItem });
  const tensorBar = byteBar({ label: "Blocks of the tensor", pick: pickBlock });
  const bars = [fileBar, partBar, tensorBar];
  const keys = SECTIONS.map((name, section) => element("button", { type: "button", onclick: () => set({ section }) },
    element("span", { class: "llmc-gguf-swatch", style: `background: var(--llmc-${SECTION_COLOURS[section]})`, "aria-hidden": "true" }), element("span", {}, name), element("small", { class: "llmc-muted" }, "")));
  const header = element("table", { class: "llmc-gguf-table", "aria-label": "The header" });
  const typeKeys = element("div", { class: "llmc-gguf-types" });
  const note = element("div", { class: "llmc-muted" });
  const value = element("div", { class: "llmc-gguf-value llmc-token", tabindex: "0", role: "region", "aria-label": "Value of the chosen metadata entry" });
  const valueTitle = element("div", { class: "llmc-gguf-sub" });
  const entryTable = sortedTable({
    label: "Metadata", pick: (entry) => set({ section: 1, entry }), current: entryNow,
    columns: [
      { name: "Key", text: (row) => row[0] }, { name: "Type", text: (row) => row[1] },
      { name: "Value", text: (row) => oneLine(row[2]) }, { name: "From byte", text: (row) => commas(row[3]), order: (row) => row[3], number: true },
      { name: "Bytes", text: (row) => commas(row[4] - row[3]), order: (row) => row[4] - row[3], number: true },
    ],
  });
  const weightsOf = (row) => row[SHAPE].reduce((product, size) => product * size, 1);
  const bitsOf = (row) => { const [weights, size] = unitOf(row[TYPE]); return (8 * size) / weights; };
  const tensorTable = sortedTable({
    label: "Tensors", pick: (tensor) => pickTensor(tensor, sectionNow() === 2 ? 2 : 4), current: tensorNow,
    columns: [
      { name: "Name", text: (row) => row[NAME] }, { name: "Type", text: (row) => row[TYPE] },
      { name: "Shape", text: (row) => row[SHAPE].map(commas).join(" × "), order: weightsOf, number: true },
      { name: "From byte", text: (row) => commas(row[START]), order: (row) => row[START], number: true },
      { name: "Bytes", text: (row) => commas(row[SIZE]), order: (row) => row[SIZE], number: true },
      { name: "Bits a weight", text: (row) => String(bitsOf(row)), order: bitsOf, number: true },
    ],
  });
  const blockTitle = element("div", { class: "llmc-gguf-sub" });
  const blockNumber = element("input", { type: "number", min: 0, step: 1, "aria-label": "Number of the block" });
  blockNumber.addEventListener("input", () => {
    const wanted = Number(blockNumber.value), good = blockNumber.value !== "" && Number.isInteger(wanted) && wanted >= 0 && tensors().length > 0 && wanted < blockCount(tensors()[tensorNow()]);
    blockNumber.setAttribute("aria-invalid", String(!good));
    if (good) pickBlock(wanted);
  });
  blockNumber.addEventListener("blur", () => { blockNumber.setAttribute("aria-invalid", "false"); soon(); });
  const back = pushButton("←", () => pickBlock(blockNow() - 1), "The block before"), forth = pushButton("→", () => pickBlock(blockNow() + 1), "The next block");
  back.setAttribute("aria-label", "The block before");
  forth.setAttribute("aria-label", "The next block");
  const block = blockView({ pick: (weight) => set({ weight }), current: () => within("weight", Infinity) });
  const blockPart = element("div", { class: "llmc-gguf-block" }, blockTitle, element("div", { class: "llmc-row" }, element("label", { class: "llmc-row" }, "Block", blockNumber), back, forth), block.node);
  const panes = [element("div", { class: "llmc-gguf-pane", tabindex: "0", role: "region", "aria-label": "Fields of the header" }, header), element("div", {}, entryTable.node, valueTitle, value), element("div", {}, tensorTable.node), blockPart];
  const title = element("div", { class: "llmc-gguf-title" });
  const root = element("div", { class: "llmc llmc-gguf-map" }, title, errorLine(model, stops),
    element("div", { class: "llmc-row llmc-gguf-keys", role: "group", "aria-label": "Sections" }, ...keys), fileBar.node, partBar.node, typeKeys, tensorBar.node, note, ...panes);

  const showBars = (section) => {
    const ends = bounds(), size = Math.max(model.get("size"), 1);
    const [from, to] = [ends[section], ends[section + 1]];
    fileBar.show({
      start: 0, end: size, count: 5, at: (place) => [ends[place], ends[place + 1]], colour: (place) => SECTION_COLOURS[place], chosen: section, current: sectionNow,
      funnel: null, title: "The whole file", words: `${SECTIONS[section]}: ${bytesFrom(from, to)}`,
    });
    const order = section === 2 ? infoOrder() : null, types = Object.keys(model.get("units")).sort();
    const colourOf = (type) => TYPE_COLOURS[types.indexOf(type) % TYPE_COLOURS.length];
    const parts = [
      { count: 4, at: (place) => HEADER_FIELDS[place].slice(1), chosen: 0, current: () => 0, name: (place) => HEADER_FIELDS[place][0] },
      { count: entries().length, at: (place) => entries()[place].slice(3, 5), chosen: entryNow(), current: entryNow, name: (place) => entries()[place][0] },
      { count: tensors().length, at: (place) => tensors()[order[place]].slice(INFO_START, INFO_END + 1), chosen: order?.indexOf(tensorNow()) ?? 0, current: () => infoOrder().indexOf(tensorNow()), name: (place) => tensors()[order[place]][NAME] },
      { count: to > from ? 1 : 0, at: () => [from, to], chosen: 0, current: () => 0, name: () => "padding" },
      { count: tensors().length, at: (place) => [tensors()[place][START], tensors()[place][START] + tensors()[place][SIZE]], chosen: tensorNow(), current: tensorNow, name: (place) => tensors()[place][NAME], colour: (place) => colourOf(tensors()[place][TYPE]) },
    ][section];
    typeKeys.hidden = section !== 4;
    typeKeys.replaceChildren(...types.map((type) => {
      const count = tensors().filter((row) => row[TYPE] === type).length;
      return element("span", {}, element("span", { class: "llmc-gguf-swatch", style: `background: var(--llmc-${colourOf(type)})`, "aria-hidden": "true" }), `${type}: ${commas(count)} ${count === 1 ? "tensor" : "tensors"}`);
    }));
    const shades = section === 4 ? [] : [SECTION_COLOURS[section], "line"];
    partBar.show({
      start: from, end: Math.max(to, from + 1), colour: (place) => shades[place % 2], ...parts, funnel: [from / size, to / size],
      title: `The ${SECTIONS[section]}${size >= 2 * (to - from) && to > from ? `, enlarged ${commas(Math.round(size / (to - from)))} times` : ""}`,
      words: parts.count ? `${tokenLabel(parts.name(parts.chosen), 60)}: ${bytesFrom(...parts.at(parts.chosen))}` : "empty",
    });
    if (section !== 4 || !tensors().length) { tensorBar.show(null); return; }
    const tensor = tensors()[tensorNow()], [weights, unit] = unitOf(tensor[TYPE]), count = blockCount(tensor), start = tensor[START], end = start + tensor[SIZE];
    const at = (place) => [start + place * unit, Math.min(start + (place + 1) * unit, end)];
    tensorBar.show({
      start, end, count, at, colour: () => colourOf(tensor[TYPE]), chosen: blockNow(), current: blockNow, funnel: [(start - from) / Math.max(to - from, 1), (end - from) / Math.max(to - from, 1)],
      title: `${tokenLabel(tensor[NAME], 60)}: ${commas(count)} ${count === 1 ? "block" : "blocks"} of ${weights} weights`,
      words: count ? `block ${commas(blockNow())}: ${bytesFrom(...at(blockNow()))}` : "empty",
    });
  };

  const showBlock = () => {
    const place = tensorNow(), at = blockNow(), tensor = tensors()[place], [weights, unit, carried, withValues] = unitOf(tensor[TYPE]);
    const count = blockCount(tensor), size = Math.min(unit, tensor[SIZE] - at * unit), columns = tensor[SHAPE].at(-1) ?? 1, first = at * weights;
    blockTitle.textContent = `Block ${commas(at)} of ${commas(count)}: ${tensor[TYPE]}, ${commas(Math.round((size * weights) / unit))} weights in ${size} bytes, ${bitsOf(tensor)} bits a weight; row ${commas(Math.floor(first / columns))} from column ${commas(first % columns)}`;
    if (document.activeElement !== blockNumber) blockNumber.value = String(at);
    blockNumber.max = Math.max(count - 1, 0);
    back.disabled = at <= 0;
    forth.disabled = at >= count - 1;
    const key = `${place} ${at}`, from = model.get("block_at");
    if (asked !== key || !answer) {
      answer = null;
      asked = key;
      if (count === 0) answer = { bytes: new Uint8Array(0), given: null };
      else if (at < carried) {
        let start = 0, values = 0;
        for (const row of tensors().slice(0, place)) {
          const [, long, held, valued] = unitOf(row[TYPE]);
          start += Math.min(held * long, row[SIZE]);
          if (valued && row[SIZE]) values += Math.min(unitOf(row[TYPE])[0], weightsOf(row));
        }
        answer = { bytes: firstBlocks.slice(start + at * unit, start + at * unit + size), given: withValues ? firstValues.slice(values, values + Math.min(weights, weightsOf(tensor))) : null };
        if (answer.bytes.length < size) answer = null;
      } else if (from[0] === place && from[1] === at && kernelBytes.length === size) {
        answer = { bytes: kernelBytes, given: kernelValues.length ? kernelValues : null };
      }
    }
    block.show({ type: tensor[TYPE], bytes: answer?.bytes ?? null, given: answer?.given, weight: within("weight", Infinity), missing: model.get("live") ? "Reading the block…" : `This block needs a running kernel: the page holds the first ${carried} of each tensor.` });
  };

  let kernelBytes = new Uint8Array(0), kernelValues = new Float32Array(0);
  const update = () => {
    if (!soundMap(model)) return;
    const section = sectionNow(), ends = bounds(), size = model.get("size"), facts = model.get("facts");
    title.replaceChildren(element("b", { class: "llmc-token" }, tokenLabel(model.get("name"), 80)), ` · ${byteSize(size)} · GGUF version ${facts.version} · ${commas(tensors().length)} tensors`);
    keys.forEach((key, place) => {
      key.setAttribute("aria-pressed", String(place === section));
      key.lastChild.textContent = byteSize(ends[place + 1] - ends[place]);
    });
    showBars(section);
    note.textContent = SAID[section](facts);
    panes[0].hidden = section !== 0;
    panes[1].hidden = section !== 1;
    panes[2].hidden = section !== 2 && section !== 4;
    panes[3].hidden = section !== 4 || !tensors().length;
    if (section === 0) showHeader(header, facts.header);
    if (section === 1) {
      entryTable.show(entries(), entryNow());
      const entry = entries()[entryNow()];
      valueTitle.textContent = entry ? `${tokenLabel(entry[0], 80)}: ${entry[1]}, ${bytesFrom(entry[3], entry[4])}` : "No metadata.";
      value.textContent = entry?.[2] ?? "";
      value.hidden = !entry;
    }
    if (section === 2 || section === 4) tensorTable.show(tensors(), tensors().length ? tensorNow() : -1);
    if (!panes[3].hidden) showBlock();
  };
  const soon = onTraits(model, ["section", "entry", "tensor", "block", "weight", "tensors", "entries", "block_at", "live"], update, stops);
  const fresh = () => { answer = null; soon(); };
  stops.push(
    onBytes(model, "first_blocks", (bytes) => { firstBlocks = bytes.slice(); fresh(); }),
    onBytes(model, "first_values", (bytes) => { firstValues = numbersFrom(bytes, Float32Array); fresh(); }),
    onBytes(model, "block_bytes", (bytes) => { kernelBytes = bytes.slice(); fresh(); }),
    onBytes(model, "block_data", (bytes) => { kernelValues = numbersFrom(bytes, Float32Array); fresh(); }),
    followTheme(root, () => bars.forEach((bar) => bar.measure())), ...bars.map((bar) => bar.stop),
  );
  el.append(root);
  update();
  return () => stops.forEach((stop) => stop());
}

const SAID = [
  () => "Four fields name the format and say how much follows. All numbers stand with their lowest byte first.",
  () => "Each entry: the length of its key, the key, a type, the value. Hyperparameters, the whole tokenizer and the chat template stand here.",
  () => "Each info: the length of the name, the name, the number of dimensions, the sizes (innermost first), a type, and where the data begins.",
  ({ alignment }) => `Zeros up to the next multiple of ${alignment} bytes, so that a memory-mapped tensor starts at a round address.`,
  () => "The weights, one tensor after the other. Pick a tensor in the bar or in the table, then a block.",
];

// The start of a text with its spaces as they are and all that cannot be seen made visible.
function oneLine(text) {
  const words = text.slice(0, 80).split(" ").map((word) => tokenLabel(word, 48)).join(" ");
  return words.length > 48 ? `${words.slice(0, 47)}…` : words;
}

// Whether the traits hold what belongs there; while they do not, the last good view stays.
function soundMap(model) {
  const rows = (name, length) => Array.isArray(model.get(name)) && model.get(name).every((row) => Array.isArray(row) && row.length === length);
  const bounds = model.get("bounds");
  return Array.isArray(bounds) && bounds.length === 6 && bounds.every(Number.isFinite) && rows("entries", 5) && rows("tensors", 7)
    && typeof model.get("facts")?.header === "string" && Array.isArray(model.get("block_at")) && Boolean(model.get("units"));
}

function showHeader(table, hex) {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16)), view = new DataView(bytes.buffer);
  const values = ["the letters GGUF", String(view.getUint32(4, true)), commas(Number(view.getBigUint64(8, true))), commas(Number(view.getBigUint64(16, true)))];
  table.replaceChildren(
    element("thead", {}, element("tr", {}, ...["Field", "Bytes", "Hex", "Value"].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...HEADER_FIELDS.map(([name, start, end], place) => element("tr", {}, element("th", { scope: "row" }, name), element("td", { class: "llmc-number" }, `${start} to ${end - 1}`),
      element("td", { class: "llmc-token" }, hex.slice(2 * start, 2 * end).match(/../g).join(" ")), element("td", { class: "llmc-number" }, values[place])))));
}

export default { render };
