// The list of examples in DatasetViewer: pages of a listbox that is walked by click and arrow keys.
import { element } from "./common.js";
import { pushButton } from "./controls.js";

const ROWS = 6;

// `pick(number)` is called with the number of an example. `show({ order, selected, titles, index, names, partly })` draws the
// page that holds the selected example, or the page turned to; `partly` says how many examples were searched, 0 for all.
export function datasetList(pick) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const rows = Array.from({ length: ROWS }, (_, place) => {
    const [number, title, size, trouble] = ["llmc-number llmc-muted", "llmc-data-words", "llmc-number llmc-muted", "llmc-data-flag"].map((kind) => element("span", { class: kind }));
    return { node: element("div", { role: "option", id: `${prefix}-${place}` }, number, title, size, trouble), number, title, size, trouble };
  });
  const list = element("div", { class: "llmc-data-list", role: "listbox", "aria-label": "Examples", tabindex: "0" }, ...rows.map((row) => row.node));
  const place = element("span", { class: "llmc-muted llmc-number", "aria-live": "polite" });
  const before = pushButton("‹", () => turn(-1), "Earlier examples"), after = pushButton("›", () => turn(1), "Later examples");
  before.setAttribute("aria-label", "Earlier examples");
  after.setAttribute("aria-label", "Later examples");
  let state = { order: [] }, page = 0, followed = -1;

  const turn = (by) => { page += by; draw(); };
  list.addEventListener("click", (event) => {
    const row = rows.findIndex(({ node }) => node.contains(event.target));
    const number = state.order[page * ROWS + row];
    if (row >= 0 && number !== undefined) pick(number);
  });
  list.addEventListener("keydown", (event) => {
    const last = state.order.length - 1, at = state.order.indexOf(state.selected);
    if (last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + ROWS, PageUp: at - ROWS, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    state.selected = state.order[Math.max(0, Math.min(next, last))]; // two keys in one frame both count
    pick(state.selected);
  });

  const draw = () => {
    const { order, selected, titles, index, names, partly } = state, pages = Math.max(1, Math.ceil(order.length / ROWS));
    page = Math.max(0, Math.min(page, pages - 1));
    list.removeAttribute("aria-activedescendant");
    rows.forEach(({ node, number, title, size, trouble }, row) => {
      const at = order[page * ROWS + row], there = at !== undefined;
      node.hidden = !there;
      node.setAttribute("aria-selected", String(at === selected));
      if (!there) return;
      const { kept, bits } = index.at(at), wrong = names(bits).join(", ");
      number.textContent = String(at);
      title.textContent = titles[at] || "(no text)";
      size.textContent = kept.toLocaleString("en-US");
      trouble.textContent = wrong ? "!" : "";
      trouble.title = wrong;
      node.setAttribute("aria-label", `Example ${at}: ${titles[at] || "no text"}; ${kept} tokens${wrong ? `; ${wrong}` : ""}`);
      if (at === selected) list.setAttribute("aria-activedescendant", node.id);
    });
    before.disabled = page === 0;
    after.disabled = page >= pages - 1;
    const many = (number) => number.toLocaleString("en-US");
    place.textContent = (order.length ? `page ${many(page + 1)} of ${many(pages)}, ${many(order.length)} ${order.length === 1 ? "example" : "examples"}` : "nothing found")
      + (partly ? ` (only the first ${partly} examples are in this page)` : "");
  };
  const show = (latest) => {
    const at = latest.order.indexOf(latest.selected);
    const moved = latest.selected !== followed || latest.order.length !== state.order.length;
    state = latest;
    if (moved && at >= 0) page = Math.floor(at / ROWS);
    followed = latest.selected;
    draw();
  };
  return { node: element("div", {}, list, element("div", { class: "llmc-row" }, before, place, after)), show };
}
