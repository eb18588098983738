// The controls of SamplingExplorer: a slider and a number for each rule, in the order in which the rules work.
import { element } from "./common.js";

const NICE = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80]; // from 10 on also ten times larger
const FLAT = { repetition_penalty: 1, temperature: 1, top_k: 0, top_p: 1, min_p: 0, typical_p: 1 };
const KNOBS = [
  { name: "repetition_penalty", label: "Repetition penalty", min: 1, max: 2, step: 0.05, valid: (v) => v >= 0.01 && v <= 100, right: "from 0.01 to 100; 1 is off" },
  { name: "temperature", label: "Temperature", min: 0, max: 2, step: 0.05, valid: (v) => v === 0 || (v >= 0.01 && v <= 100), right: "0 (greedy) or from 0.01 to 100" },
  { name: "top_k", label: "Top-k", step: 1, valid: (v) => Number.isInteger(v) && v >= 0 && v < 2 ** 31, right: "a whole number; 0 is off" },
  { name: "top_p", label: "Top-p", min: 0.01, max: 1, step: 0.01, valid: (v) => v > 0 && v <= 1, right: "above 0 and at most 1; 1 is off" },
  { name: "min_p", label: "Min-p", min: 0, max: 1, step: 0.01, valid: (v) => v >= 0 && v <= 1, right: "from 0 to 1; 0 is off" },
  { name: "typical_p", label: "Typical-p", min: 0.01, max: 1, step: 0.01, valid: (v) => v > 0 && v <= 1, right: "above 0 and at most 1; 1 is off" },
];

// The settings of a model as the mathematics takes them.
export function samplingSettings(model) {
  return Object.fromEntries(KNOBS.map(({ name }) => [name, model.get(name)]));
}

// The settings that leave the model's distribution as it is.
export function flatSettings() {
  return { ...FLAT };
}

// Builds the controls. `change(name, value)` is called with each valid new value. Returns { node, show(cut, seen) }:
// `show` writes the model's settings into the controls and, beside each, what its rule did.
export function samplingControls(model, change) {
  const knobs = KNOBS.map((knob) => buildKnob(model, knob, change));
  const off = element("button", { type: "button", onclick: () => Object.entries(FLAT).forEach(([name, value]) => change(name, value)) }, "All rules off");
  const node = element("div", { class: "llmc-knobs", role: "group", "aria-label": "Rules, in the order in which they work" }, ...knobs.map((knob) => knob.node), element("div", { class: "llmc-row" }, off));
  return { node, show: (cut, seen) => knobs.forEach((knob) => knob.show(cut, seen)) };
}

function buildKnob(model, knob, change) {
  const { name, label, step, valid, right } = knob;
  const slider = element("input", { type: "range", "aria-label": label, min: knob.min ?? 0, max: knob.max ?? 0, step });
  const number = element("input", { type: "number", "aria-label": `${label}, exact value`, step, min: name === "top_k" ? 0 : knob.min });
  const note = element("span", { class: "llmc-muted llmc-knob-note" });
  const swatch = element("span", { class: `llmc-swatch llmc-rule-${name}`, "aria-hidden": "true" });
  const node = element("div", { class: "llmc-knob" }, element("span", { class: "llmc-knob-name" }, swatch, label), number, slider, note);

  let stops = [];
  const fromSlider = () => (name === "top_k" ? stops[Number(slider.value)] : Number(slider.value));
  slider.addEventListener("input", () => { complain(""); change(name, fromSlider()); });
  number.addEventListener("input", () => {
    const value = Number(number.value);
    const good = number.value.trim() !== "" && valid(value);
    complain(good ? "" : `${label} must be ${right}.`);
    if (good) change(name, value);
  });
  number.addEventListener("blur", () => { complain(""); number.value = String(model.get(name)); });
  let complaint = "", said = "";
  const complain = (sentence) => {
    complaint = sentence;
    number.setAttribute("aria-invalid", String(sentence !== ""));
    note.classList.toggle("llmc-error", sentence !== "");
    note.textContent = complaint || said;
  };

  const show = (cut, seen) => {
    const value = model.get(name);
    if (name === "top_k" && stops.length !== stopsFor(cut.ids.length).length) {
      stops = stopsFor(cut.ids.length);
      slider.max = stops.length - 1;
    }
    // Neither control is written to while it says the same: the cursor in a number stays where it is.
    const place = name === "top_k" ? nearestStop(stops, value) : value;
    if (fromSlider() !== value) slider.value = place;
    if (complaint === "" && (number.value === "" || Number(number.value) !== value)) number.value = String(value);
    said = effect(name, value, cut, seen);
    slider.setAttribute("aria-valuetext", `${value}: ${said}`);
    if (name === "repetition_penalty") slider.disabled = number.disabled = seen.length === 0;
    if (complaint === "") note.textContent = said;
    swatch.classList.toggle("llmc-swatch-on", cut.stages.some(([rule]) => rule === name));
  };
  return { node, show };
}

function effect(name, value, cut, seen) {
  if (name === "repetition_penalty") {
    if (seen.length === 0) return "needs a text so far";
    if (value === 1) return "off";
    return `${count(new Set(seen).size)} of the text's tokens ${value > 1 ? "less" : "more"} likely`;
  }
  if (name === "temperature") {
    if (value === 0) return "greedy: only the likeliest token stays";
    if (value === 1) return "off: as the model says";
    return `logits divided by ${value}: ${value < 1 ? "sharper" : "flatter"}`;
  }
  const place = cut.stages.findIndex(([rule]) => rule === name);
  if (place < 0) return value === FLAT[name] ? "off" : "nothing left to remove";
  const [, first, last] = cut.stages[place];
  const before = place === 0 ? cut.count : cut.stages[place - 1][2] - cut.stages[place - 1][1];
  return `removes ${count(before - (last - first))} of ${count(before)}`;
}

function count(value) {
  return value.toLocaleString("en");
}

// What the slider of top-k stops at, finer where it matters; its right end keeps all: 0, off.
function stopsFor(size) {
  const stops = [...NICE];
  for (let scale = 10; scale < size; scale *= 10) stops.push(...NICE.slice(9).map((nice) => nice * scale));
  return [...stops.filter((stop) => stop < size), 0];
}

function nearestStop(stops, value) {
  if (value === 0 || value > stops[stops.length - 2]) return stops.length - 1;
  return stops.findIndex((stop) => stop >= value);
}
