// The list of chunks: only the rows in sight exist, so that a hundred thousand chunks scroll as smoothly as ten.
import { element, inNextFrame, tokenLabel } from "./common.js";

const ROW = 48; // pixels

// `pick(chunk)` is called for a click or a key, -1 for Escape. `show({ count, selected, describe })` draws; describe(chunk)
// gives { head, flags, text }.
export function chunkRows({ pick }) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const inner = element("div", { role: "presentation", class: "llmc-chunk-rows-inner" });
  const list = element("div", { class: "llmc-chunk-rows", role: "listbox", tabindex: "0", "aria-label": "Chunks" }, inner);
  let state = { count: 0, selected: -1, describe: null }, rows = [], counted = -1;

  const soon = inNextFrame(draw), seen = new ResizeObserver(soon); // a list without height yet has few rows
  seen.observe(list);
  list.addEventListener("scroll", soon);
  list.addEventListener("click", (event) => {
    const row = event.target.closest("[role=option]");
    if (row) pick(Number(row.dataset.number));
  });
  list.addEventListener("keydown", (event) => {
    const last = state.count - 1, at = state.selected, far = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
    const next = {
      ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last, Escape: -1,
      PageDown: Math.min(at + far, last), PageUp: Math.max(at - far, 0),
    }[event.key];
    if (next === undefined || last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    state.selected = next; // a second key in the same frame goes on from here
    pick(next);
  });

  const show = (latest) => {
    const moved = latest.selected !== state.drawn;
    state = { ...latest, drawn: latest.selected };
    if (counted !== state.count) { counted = state.count; inner.style.height = `${counted * ROW}px`; }
    if (moved && state.selected >= 0) {
      const top = state.selected * ROW;
      if (top < list.scrollTop) list.scrollTop = top;
      else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
    }
    draw();
  };
  function draw() {
    if (!state.describe) return;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 1);
    const count = Math.max(0, Math.min(Math.ceil(list.clientHeight / ROW) + 2, state.count - first));
    while (rows.length < count) rows.push(chunkRow(`${prefix}-${rows.length}`));
    rows = rows.slice(0, Math.max(count, 0));
    if (inner.children.length !== rows.length) inner.replaceChildren(...rows.map((row) => row.node));
    let active = null;
    rows.forEach((row, place) => {
      const number = first + place;
      row.show(number, state.count, number === state.selected, state.describe(number));
      if (number === state.selected) active = row.node.id;
    });
    if (active) list.setAttribute("aria-activedescendant", active);
    else list.removeAttribute("aria-activedescendant");
  }
  return { node: list, show, stop: () => seen.disconnect() };
}

function chunkRow(id) {
  const [number, head, text] = ["llmc-chunk-number llmc-number", "llmc-chunk-head", "llmc-chunk-snippet llmc-muted"].map((kind) => element("span", { class: kind }));
  const flags = element("span", { class: "llmc-chunk-flags" });
  const node = element("div", { class: "llmc-chunk-row", role: "option", id }, number, head, element("span", { class: "llmc-chunk-line" }, flags, text));
  const show = (place, count, selected, it) => {
    node.style.top = `${place * ROW}px`;
    node.dataset.number = place;
    node.setAttribute("aria-setsize", count);
    node.setAttribute("aria-posinset", place + 1);
    node.setAttribute("aria-selected", String(selected));
    number.textContent = String(place);
    number.className = `llmc-chunk-number llmc-number llmc-tint-${place % 5}`;
    head.textContent = it.head;
    flags.replaceChildren(...it.flags.map((flag) => element("span", { class: "llmc-chunk-flag" }, flag)));
    text.textContent = tokenLabel(it.text, 90).replaceAll("·", " ");
  };
  return { node, show };
}
