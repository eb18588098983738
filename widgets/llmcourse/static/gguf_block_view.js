// One block of a tensor: its bytes tinted by field, the weights they become, and the formula of the chosen weight.
import { element, shortNumber } from "./common.js";
import { blockFields, unpackBlock } from "./gguf_blocks.js";
import { bitFormula } from "./number_format_words.js";

// `pick(place)` is called with the place of a weight. `show({ type, bytes, values, weight, fill })` draws: `bytes` are null
// while they are not here, `values` the weights where only Python unpacks the type.
export function blockView({ pick, current }) {
  const legend = element("div", { class: "llmc-gguf-legend" });
  const hex = element("div", { class: "llmc-gguf-hex", role: "img", "aria-label": "Bytes of the block" });
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const list = element("div", { class: "llmc-gguf-weights", role: "listbox", "aria-label": "Weights of the block", "aria-orientation": "horizontal", tabindex: "0" });
  const formula = element("div", { class: "llmc-gguf-formula", "aria-live": "polite" });
  const node = element("div", {}, legend, hex, element("div", { class: "llmc-gguf-sub" }, "The weights that these bytes become"), list, formula);
  let built = null, opened = null, values = [], fields = [];
  list.addEventListener("click", (event) => { const place = Array.from(list.children).indexOf(event.target.closest("[role=option]")); if (place >= 0) pick(place); });
  list.addEventListener("keydown", (event) => {
    const at = current(), last = values.length - 1, line = perLine();
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + line, ArrowUp: at - line, Home: 0, End: last }[event.key];
    if (next === undefined || last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick(Math.max(0, Math.min(last, next)));
  });
  const perLine = () => {
    const items = Array.from(list.children), top = items[0]?.offsetTop;
    const next = items.findIndex((item) => item.offsetTop !== top);
    return next < 0 ? Math.max(items.length, 1) : next;
  };

  const build = (type, bytes, given) => {
    opened = unpackBlock(type, bytes);
    values = opened ? opened.values : given ?? [];
    fields = blockFields(type, bytes.length);
    const wide = opened !== null && opened.story(0).kind !== undefined;
    legend.replaceChildren(...(wide ? [] : fields).map(({ name, start, end, meaning }, place) => element("span", { class: `llmc-gguf-key llmc-tint-${place % 5}` },
      element("b", {}, name), ` ${meaning} · byte${end - start > 1 ? `s ${start}–${end - 1}` : ` ${start}`}`)));
    hex.setAttribute("aria-label", `Bytes of the block: ${fields.map(({ name, start, end }) => `${name} ${hexText(bytes.subarray(start, end))}`).join("; ").slice(0, 2000)}`);
    hex.replaceChildren(...fields.flatMap(({ name, start, end }, place) => Array.from(bytes.subarray(start, end), (byte, at) =>
      element("span", { class: `llmc-gguf-byte llmc-tint-${place % 5}`, title: `byte ${start + at}: ${name}, ${byte}, bits ${byte.toString(2).padStart(8, "0")}` }, byte.toString(16).padStart(2, "0")))));
    list.replaceChildren(...Array.from(values, (value, place) => element("div", { class: "llmc-gguf-weight llmc-number", role: "option", id: `${prefix}-${place}` },
      element("small", { "aria-hidden": "true" }, String(place)), shortNumber(value).replace("-", "−"))));
    list.hidden = values.length === 0;
  };

  const show = ({ type, bytes, given, weight, missing }) => {
    if (!bytes) {
      built = null;
      legend.replaceChildren();
      hex.replaceChildren();
      list.replaceChildren();
      formula.textContent = missing;
      return;
    }
    if (built !== bytes) { built = bytes; build(type, bytes, given); }
    const chosen = Math.max(0, Math.min(weight, values.length - 1));
    Array.from(list.children).forEach((item, place) => item.setAttribute("aria-selected", String(place === chosen)));
    if (values.length) list.setAttribute("aria-activedescendant", `${prefix}-${chosen}`); else list.removeAttribute("aria-activedescendant");
    const story = opened && values.length ? opened.story(chosen) : null;
    Array.from(hex.children).forEach((item, place) => item.classList.toggle("llmc-gguf-used", story !== null && place >= story.bytes[0] && place < story.bytes[1]));
    if (!opened) formula.textContent = values.length ? `weight ${chosen} = ${shortNumber(values[chosen]).replace("-", "−")}; ${type} nests scales inside scales: unpacked by the gguf package in Python` : `The bytes of ${type} are shown as they are: nothing here unpacks them.`;
    else if (story.kind) formula.replaceChildren(element("div", {}, `weight ${chosen}: ${opened.words}`), ...bitFormula(story.bits, story.kind, 1));
    else formula.textContent = story.text;
  };
  return { node, show };
}

function hexText(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
