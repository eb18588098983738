// The controls that widgets share. Each is { node, set(value), disable(flag) }: `set` shows what the model holds and never
// touches an input in which somebody writes; `change(value)` is called with each valid new value.
import { element } from "./common.js";

// A slider with its exact number beside it. `format` says the value in words to a screen reader; `values`, where given,
// are what the slider stops at (uneven steps), and the number may lie between them.
export function slider({ label, min, max, step = 1, values = null, format = String, change }) {
  const range = element("input", { type: "range", "aria-label": label, min: values ? 0 : min, max: values ? values.length - 1 : max, step: values ? 1 : step });
  const number = element("input", { type: "number", "aria-label": `${label}, exact value`, min, max, step: values ? "any" : step });
  const whole = Number.isInteger(step) && Number.isInteger(min);
  const valid = (value) => value >= min && value <= max && (!whole || Number.isInteger(value));
  let shown = null;
  const fromRange = () => (values ? values[Number(range.value)] : Number(range.value));
  const say = (value) => range.setAttribute("aria-valuetext", format(value));
  const give = (value) => { shown = value; say(value); change(value); };
  range.addEventListener("input", () => { const value = fromRange(); number.value = String(value); number.setAttribute("aria-invalid", "false"); give(value); });
  number.addEventListener("input", () => {
    const value = Number(number.value), good = number.value.trim() !== "" && valid(value);
    number.setAttribute("aria-invalid", String(!good));
    number.title = good ? "" : `${label}: ${whole ? "a whole number " : ""}from ${min} to ${max}`;
    if (good) { place(value); give(value); }
  });
  number.addEventListener("blur", () => { number.setAttribute("aria-invalid", "false"); number.title = ""; if (shown !== null) number.value = String(shown); });
  const place = (value) => { range.value = values ? nearest(values, value) : value; };
  const set = (value) => {
    if (value === shown) return;
    shown = value;
    if (fromRange() !== value) place(value);
    if (Number(number.value) !== value || number.value === "") number.value = String(value);
    say(value);
  };
  const disable = (flag) => { range.disabled = number.disabled = flag; };
  const node = element("div", { class: "llmc-control llmc-slider" }, element("span", { class: "llmc-control-name" }, label), range, number);
  return { node, set, disable };
}

// A choice of one of several: `options` are [value, text] pairs.
export function choice({ label, options, change }) {
  const list = element("select", { "aria-label": label }, ...options.map(([value, text]) => element("option", { value }, text)));
  list.addEventListener("change", () => change(options[list.selectedIndex][0]));
  const set = (value) => { list.selectedIndex = options.findIndex(([one]) => one === value); };
  const disable = (flag) => { list.disabled = flag; };
  return { node: element("label", { class: "llmc-control" }, element("span", { class: "llmc-control-name" }, label), list), set, disable };
}

// A box to tick.
export function toggle({ label, change }) {
  const box = element("input", { type: "checkbox" });
  box.addEventListener("change", () => change(box.checked));
  const set = (value) => { box.checked = value; };
  const disable = (flag) => { box.disabled = flag; };
  return { node: element("label", { class: "llmc-control" }, box, label), set, disable };
}

// A text that is given on after a typist's pause of `pause` milliseconds. `stop` ends a pause that still runs.
export function textBox({ label, rows = 2, pause = 300, change }) {
  const box = element("textarea", { rows, "aria-label": label, spellcheck: "false", class: "llmc-text-box" });
  let timer = null;
  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(() => change(box.value), pause); });
  const set = (text) => { if (document.activeElement !== box && box.value !== text) box.value = text; };
  const disable = (flag, why = "") => { box.disabled = flag; box.title = flag ? why : ""; };
  return { node: box, set, disable, stop: () => clearTimeout(timer) };
}

// A button.
export function pushButton(label, onclick, title = null) {
  return element("button", { type: "button", onclick, title }, label);
}

function nearest(values, wanted) {
  let best = 0;
  for (let place = 1; place < values.length; place++) if (Math.abs(values[place] - wanted) < Math.abs(values[best] - wanted)) best = place;
  return best;
}
