// A text in pieces: boxes with a caption below (tokens), or running text with tinted stretches (chunks), walked by keys.
import { element, tokenLabel } from "./common.js";

// `pick(place)` is called for a click or an arrow key, with -1 for Escape. `show({ spans: [{ text, tint, kind, caption, title,
// spoken }], selected, boxed })` draws: `tint` 0–4 colours a span, `kind` is a class of the widget's own instead. Boxes show tokens by
// their label; running text keeps its line breaks.
export function spanText({ label, pick = () => {} }) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const list = element("div", { class: "llmc-spans", role: "listbox", "aria-label": label, "aria-orientation": "horizontal", tabindex: "0" });
  let state = { spans: [], selected: -1 }, drawn = null, marked = null;
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item && list.contains(item)) choose(Number(item.dataset.place));
  });
  list.addEventListener("keydown", (event) => {
    const at = state.selected, last = state.spans.length - 1;
    if (last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = { ArrowRight: Math.min(at + 1, last), ArrowLeft: Math.max(at - 1, 0), Home: 0, End: last, Escape: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  });
  const choose = (place) => { state.selected = place; pick(place); mark(); };
  const mark = () => {
    marked?.setAttribute("aria-selected", "false");
    marked = list.children[state.selected] ?? null;
    if (marked) {
      marked.setAttribute("aria-selected", "true");
      list.setAttribute("aria-activedescendant", marked.id);
      scrollTo(marked);
    } else list.removeAttribute("aria-activedescendant");
  };
  // Only the list scrolls: scrollIntoView would move the page under the reader.
  const scrollTo = (item) => {
    const [inner, outer] = [item.getBoundingClientRect(), list.getBoundingClientRect()];
    if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top;
    else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
  };
  const show = (latest) => {
    state = { selected: -1, ...latest };
    if (drawn !== latest.spans || list.classList.contains("llmc-spans-boxed") !== Boolean(latest.boxed)) {
      drawn = latest.spans;
      marked = null;
      list.classList.toggle("llmc-spans-boxed", Boolean(latest.boxed));
      list.replaceChildren(...latest.spans.map((span, place) => (latest.boxed ? spanBox : spanRun)(span, place, prefix)));
    }
    mark();
  };
  return { node: list, show };
}

function spanAttributes({ tint, kind, title, spoken }, place, prefix) {
  return {
    class: `${kind ?? (tint === undefined || tint === null ? "" : `llmc-tint-${tint % 5}`)}`.trim(),
    role: "option", id: `${prefix}-${place}`, "data-place": place, "aria-selected": "false", title, "aria-label": spoken,
  };
}

function spanBox(span, place, prefix) {
  const attributes = spanAttributes(span, place, prefix);
  return element("div", { ...attributes, class: `llmc-box ${attributes.class}` },
    element("span", { class: "llmc-token" }, tokenLabel(span.text)),
    span.caption === undefined ? null : element("small", { class: "llmc-number" }, span.caption));
}

function spanRun(span, place, prefix) {
  return element("span", { ...spanAttributes(span, place, prefix) }, span.text);
}
