// NumberFormat: the bits of a number as switches, what they mean, and the same number in every format; all computed here.
import { element, errorLine, followTheme, onTraits, shortNumber } from "./common.js";
import { choice, pushButton, slider } from "./controls.js";
import { bitFormula, neighbourSteps } from "./number_format_words.js";
import { numberLine } from "./number_format_line.js";
import { decodeBits, encodeNumber, exactDecimal, formatLimits, neighbourBits, numberKinds, parseNumber, splitBits } from "./number_formats.js";

function render({ model, el }) {
  const kinds = numberKinds(), stops = [];
  const kindNow = () => kinds[model.get("format")] ?? kinds.bf16;
  const scaleOf = (kind) => (kind.exponent ? 1 : model.get("absmax") / kind.largest);
  const valueNow = () => parseNumber(model.get("entered")) ?? 0;
  const fail = (sentence) => { model.set("error", sentence); model.save_changes(); };
  const set = (changes) => {
    for (const [name, value] of Object.entries({ ...changes, error: "" })) model.set(name, value);
    model.save_changes();
  };

  // A new number, or the number in another format or scale: the bits follow it.
  const store = (changes) => {
    const kind = kinds[changes.format ?? model.get("format")], value = parseNumber(changes.entered ?? model.get("entered"));
    const absmax = changes.absmax ?? model.get("absmax");
    const bits = encodeNumber(value, kind, kind.exponent ? 1 : absmax / kind.largest);
    if (bits === null) fail(`${kind.label} has no pattern for NaN.`);
    else set({ ...changes, bits });
  };
  // New bits: the number follows them.
  const setBits = (bits) => {
    const kind = kindNow(), before = valueNow(), value = decodeBits(bits, kind, scaleOf(kind));
    const same = Number.isNaN(value) ? Number.isNaN(before) : encodeNumber(before, kind, scaleOf(kind)) === bits;
    set(same ? { bits } : { bits, entered: numberText(value) });
  };
  const flip = (place) => {
    const kind = kindNow(), bits = model.get("bits"), worth = 2 ** place;
    if (place < kind.bits) setBits(Math.floor(bits / worth) % 2 ? bits - worth : bits + worth);
  };
  const step = (by) => {
    const next = neighbourBits(model.get("bits"), kindNow(), by);
    if (next !== null) setBits(next);
  };

  const entry = element("input", { type: "text", "aria-label": "Number to store", autocomplete: "off", spellcheck: "false" });
  entry.addEventListener("input", () => {
    const value = entry.value.length > 400 ? null : parseNumber(entry.value);
    entry.setAttribute("aria-invalid", String(value === null));
    if (value === null) fail("Type a number such as 3.14, -2e-3, inf or nan.");
    else store({ entered: numberText(value, entry.value) });
  });
  entry.addEventListener("blur", () => { entry.setAttribute("aria-invalid", "false"); if (model.get("error")) set({}); soon(); });
  const formats = choice({ label: "Format", options: Object.values(kinds).map(({ name, label, bits }) => [name, `${label} (${bits} bits)`]), change: (format) => store({ format }) });
  const absmax = element("input", { type: "number", "aria-label": "Largest magnitude that the integers cover (absmax)", min: 1e-30, max: 1e30, step: "any" });
  absmax.addEventListener("input", () => {
    const value = Number(absmax.value), good = absmax.value !== "" && value >= 1e-30 && value <= 1e30;
    absmax.setAttribute("aria-invalid", String(!good));
    if (good) store({ absmax: value });
  });
  absmax.addEventListener("blur", () => { absmax.setAttribute("aria-invalid", "false"); soon(); });
  const bits = bitSwitches(flip);
  const formula = element("div", { class: "llmc-bit-formula", "aria-live": "polite" });
  const back = pushButton("← Previous", () => step(-1), "The next representable number down");
  const forth = pushButton("Next →", () => step(1), "The next representable number up");
  const figures = element("dl", { class: "llmc-bit-figures" });
  const table = formatTable(kinds, (format) => store({ format }));
  const range = numberLine({ label: "The magnitudes that each format can hold, by powers of two", pick: (format) => store({ format }) });
  const near = numberLine({ label: "The representable numbers around the value, evenly", pick: (format) => store({ format }) });
  const zoom = slider({ label: "Steps to each side", min: 2, max: 4096, values: Array.from({ length: 12 }, (_, power) => 2 ** (power + 1)), format: (steps) => `${steps} steps`, change: (steps) => set({ zoom: Math.min(Math.max(Math.round(Math.log2(steps)), 1), 12) }) });
  const nearTitle = element("div", { class: "llmc-bit-title" });
  const root = element("div", { class: "llmc llmc-number-format" },
    element("div", { class: "llmc-row" },
      element("label", { class: "llmc-control" }, element("span", { class: "llmc-control-name" }, "Number"), entry), formats.node,
      element("label", { class: "llmc-control" }, element("span", { class: "llmc-control-name" }, "Integers cover ±"), absmax)),
    errorLine(model, stops), bits.node, formula,
    element("div", { class: "llmc-row", role: "group", "aria-label": "Neighbours" }, back, forth), figures,
    element("div", { class: "llmc-bit-title" }, "The same number in every format"), table.node,
    element("div", { class: "llmc-bit-title" }, "Where the numbers lie: magnitudes by powers of two, subnormal ones paler; a dot is what the format stores"), range.node,
    nearTitle, zoom.node, near.node);

  const update = () => {
    const kind = kindNow(), scale = scaleOf(kind), value = valueNow(), pattern = model.get("bits") % 2 ** kind.bits;
    const stored = decodeBits(pattern, kind, scale);
    if (document.activeElement !== entry) entry.value = model.get("entered").replace(/\.0$/, "");
    if (document.activeElement !== absmax && Number(absmax.value) !== model.get("absmax")) absmax.value = String(model.get("absmax"));
    formats.set(kind.name);
    bits.show(pattern, kind);
    formula.replaceChildren(...bitFormula(pattern, kind, scale));
    const { below, above } = neighbourSteps(pattern, kind, scale);
    back.disabled = neighbourBits(pattern, kind, -1) === null;
    forth.disabled = neighbourBits(pattern, kind, 1) === null;
    showFacts(figures, { kind, scale, value, stored, below, above });
    table.show(value, kind, scaleOf);
    range.show({ value, format: kind.name, scaleOf, log: true });
    const centre = Number.isFinite(stored) ? stored : 0, gap = Math.min(...[below, above].filter((one) => one > 0 && Number.isFinite(one)), Infinity);
    const steps = 2 ** Math.max(1, Math.min(12, model.get("zoom"))), reach = (Number.isFinite(gap) && Number.isFinite(stored) ? gap : formatLimits(kind, scale).smallest) * steps;
    zoom.set(steps);
    nearTitle.textContent = `Close up: ${steps.toLocaleString("en")} steps of ${kind.label} to each side of ${withMinus(shortNumber(centre))}, evenly`;
    near.show({ value, format: kind.name, scaleOf, low: centre - reach, high: centre + reach, log: false });
  };
  const soon = onTraits(model, ["entered", "format", "bits", "absmax", "zoom"], update, stops);
  stops.push(followTheme(root, () => { range.measure(); near.measure(); }), range.stop, near.stop);
  el.append(root);
  update();
  return () => stops.forEach((stop) => stop());
}

// What Python's float() reads back; a text that was typed stays as it was typed.
function numberText(value, typed = null) {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (typed !== null) return typed.trim().replace("−", "-");
  return Object.is(value, -0) ? "-0.0" : String(value);
}

// One button a bit, under the names of its parts; built anew only for another format.
function bitSwitches(flip) {
  const node = element("div", { class: "llmc-bits", role: "group", "aria-label": "Bits, the highest first" });
  let built = null, buttons = [];
  const build = (kind) => {
    built = kind;
    buttons = [];
    const part = (name, tint, first, count, worth) => element("div", { class: `llmc-bit-part llmc-bit-${tint}` },
      element("div", { class: "llmc-bit-name" }, `${name} · ${count} ${count === 1 ? "bit" : "bits"}`),
      element("div", { class: "llmc-bit-row" }, ...Array.from({ length: count }, (_, place) => {
        const [shown, said] = worth(place), at = first - place;
        const button = element("button", { type: "button", onclick: () => flip(at), "aria-label": `${name} bit ${place + 1}, ${said}`, title: said }, "0");
        buttons[at] = button;
        return element("div", { class: "llmc-bit" }, button, element("small", { "aria-hidden": "true" }, ...shown));
      })));
    const top = kind.bits - 1, power = (exponent) => ["2", element("sup", {}, String(exponent).replace("-", "−"))];
    node.replaceChildren(...(kind.exponent
      ? [part("sign", "sign", top, 1, () => [["±"], "minus when it is 1"]),
        part("exponent", "exponent", top - 1, kind.exponent, (place) => { const worth = 2 ** (kind.exponent - 1 - place); return [[String(worth)], `worth ${worth}`]; }),
        part("fraction", "fraction", kind.fraction - 1, kind.fraction, (place) => [power(-place - 1), `worth 2 to the ${-place - 1}`])]
      : [part("sign", "sign", top, 1, () => [[`−${2 ** kind.fraction}`], `worth −${2 ** kind.fraction}`]),
        part("integer", "fraction", top - 1, kind.fraction, (place) => { const worth = 2 ** (kind.fraction - 1 - place); return [[String(worth)], `worth ${worth}`]; })]));
  };
  const show = (bits, kind) => {
    if (built !== kind) build(kind);
    buttons.forEach((button, place) => {
      const on = Math.floor(bits / 2 ** place) % 2 === 1;
      button.textContent = on ? "1" : "0";
      button.setAttribute("aria-pressed", String(on));
    });
  };
  return { node, show };
}

function showFacts(list, { kind, scale, value, stored, below, above }) {
  const { largest, smallest_normal, smallest, epsilon } = formatLimits(kind, scale);
  const spacing = below === above || above === null || below === null ? shortNumber(above ?? below ?? NaN) : `${shortNumber(below)} below, ${shortNumber(above)} above`;
  const facts = [
    ["Stored, every digit", exactDecimal(stored), "wide"],
    ["Relative error", errorText(stored, value)],
    ["Absolute error", Number.isFinite(stored - value) ? shortNumber(Math.abs(stored - value)) : "—"],
    ["To its neighbours", below === null && above === null ? "—" : spacing],
    ["Largest", largestText(largest)],
    ...(kind.exponent
      ? [["Smallest normal", shortNumber(smallest_normal)], ["Smallest subnormal", shortNumber(smallest)], ["Epsilon (step above 1)", shortNumber(epsilon)]]
      : [["Scale (every step)", shortNumber(scale)], ["Lowest", withMinus(shortNumber(-(kind.largest + 1) * scale))]]),
  ];
  list.replaceChildren(...facts.map(([name, text, wide]) => element("div", { class: wide ? "llmc-bit-wide" : null }, element("dt", { class: "llmc-muted" }, name), element("dd", { class: "llmc-number" }, text))));
}

// 65504 and not 65500: the largest number of a format is known by all its digits.
function largestText(largest) {
  return largest < 1e6 && Number.isInteger(largest) ? largest.toLocaleString("en") : shortNumber(largest);
}

function withMinus(text) {
  return text.replace("-", "−");
}

function errorText(stored, value) {
  if (stored === value) return "0: exact";
  if (!Number.isFinite(stored) || !Number.isFinite(value) || value === 0) return "—";
  const error = Math.abs(stored - value) / Math.abs(value);
  return error >= 1e-4 ? `${(error * 100).toPrecision(3)}%` : error.toExponential(2);
}

function formatTable(kinds, pick) {
  const rows = Object.values(kinds).map((kind) => {
    const button = element("button", { type: "button", onclick: () => pick(kind.name) }, kind.label);
    const [pattern, stored, error, gap, largest] = ["pattern", "stored", "error", "gap", "largest"].map((name) => element("td", { class: `llmc-number llmc-bit-${name}` }));
    return { kind, button, pattern, stored, error, gap, largest, row: element("tr", {}, element("th", { scope: "row" }, button), pattern, stored, error, gap, largest) };
  });
  const head = [["", "Format"], ["pattern", "Bits"], ["stored", "Stored"], ["error", "Relative error"], ["gap", "Step here"], ["largest", "Largest"]];
  const node = element("table", { class: "llmc-bit-table" },
    element("thead", {}, element("tr", {}, ...head.map(([name, text]) => element("th", { scope: "col", class: name && `llmc-bit-${name}` }, text)))),
    element("tbody", {}, ...rows.map(({ row }) => row)));
  const show = (value, chosen, scaleOf) => {
    for (const { kind, button, pattern, stored, error, gap, largest, row } of rows) {
      const scale = scaleOf(kind), bits = encodeNumber(value, kind, scale), number = bits === null ? NaN : decodeBits(bits, kind, scale);
      button.setAttribute("aria-pressed", String(kind === chosen));
      row.classList.toggle("llmc-bit-chosen", kind === chosen);
      const { sign, exponent, fraction } = splitBits(bits ?? 0, kind), padded = (part, count) => (count ? part.toString(2).padStart(count, "0") : "");
      pattern.textContent = bits === null ? "—" : [String(sign), padded(exponent, kind.exponent), padded(fraction, kind.fraction)].filter(Boolean).join(" ");
      stored.textContent = bits === null ? "has no NaN" : Number.isFinite(number) ? withMinus(String(Number(number.toPrecision(9)))) : exactDecimal(number);
      error.textContent = errorText(number, value);
      const { above, below } = bits === null ? {} : neighbourSteps(bits, kind, scale);
      gap.textContent = Number.isFinite(above ?? below ?? NaN) ? shortNumber(above ?? below) : "—";
      largest.textContent = largestText(formatLimits(kind, scale).largest);
    }
  };
  return { node, show };
}

export default { render };
