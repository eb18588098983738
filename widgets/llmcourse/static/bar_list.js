// Horizontal bars, one a row, in a list that is walked through with the arrow keys.
import { element } from "./common.js";

// `pick(place, key)` is called for a click or a key: the row's place, and "Enter" where the key was Enter (a double click
// counts as one), else null. `show({ rows: [{ name, value, text, series, note, spoken }], longest, selected })` draws: a bar is
// `value / longest` of its track; `text` is the number beside it, `note` a word after it, `series` (0–5) its colour.
export function barList({ label, pick = () => {} }) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const list = element("div", { class: "llmc-bar-list", role: "listbox", "aria-label": label, tabindex: "0" });
  let rows = [], state = { rows: [], selected: -1 };
  const placeOf = (event) => rows.findIndex((row) => row.node.contains(event.target));
  list.addEventListener("click", (event) => { const place = placeOf(event); if (place >= 0) choose(place, null); });
  list.addEventListener("dblclick", (event) => { const place = placeOf(event); if (place >= 0) choose(place, "Enter"); });
  list.addEventListener("keydown", (event) => {
    const at = state.selected ?? -1, last = state.rows.length - 1;
    if (last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    const next = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last, Enter: at < 0 ? undefined : at }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(next, event.key === "Enter" ? "Enter" : null);
  });
  const choose = (place, key) => { state.selected = place; pick(place, key); };

  const show = (latest) => {
    state = { selected: -1, ...latest };
    while (rows.length < state.rows.length) rows.push(barRow(`${prefix}-${rows.length}`));
    rows = rows.slice(0, state.rows.length);
    if (list.children.length !== rows.length) list.replaceChildren(...rows.map((row) => row.node));
    const longest = state.longest ?? Math.max(0, ...state.rows.map(({ value }) => (Number.isFinite(value) ? value : 0)));
    rows.forEach((row, place) => row.show(state.rows[place], longest, place === state.selected));
    if (state.selected >= 0 && state.selected < rows.length) list.setAttribute("aria-activedescendant", rows[state.selected].node.id);
    else list.removeAttribute("aria-activedescendant");
  };
  return { node: list, show };
}

function barRow(id) {
  const [name, bar, number, note] = ["llmc-bar-list-name llmc-token", "llmc-bar-list-bar", "llmc-bar-list-number llmc-number", "llmc-bar-list-note llmc-muted"].map((kind) => element("span", { class: kind }));
  const node = element("div", { class: "llmc-bar-list-row", role: "option", id }, name, element("span", { class: "llmc-bar-list-track" }, bar), number, note);
  const show = (row, longest, selected) => {
    const share = Number.isFinite(row.value) && longest > 0 ? Math.max(0, Math.min(1, row.value / longest)) : 0;
    name.textContent = row.name;
    name.title = row.name;
    bar.style.width = `${(100 * share).toFixed(2)}%`;
    bar.style.setProperty("--llmc-key", `var(--llmc-series-${(row.series ?? 0) % 6})`);
    number.textContent = row.text ?? "";
    note.textContent = row.note ?? "";
    node.setAttribute("aria-selected", String(selected));
    node.setAttribute("aria-label", row.spoken ?? [row.name, row.text, row.note].filter(Boolean).join(", "));
  };
  return { node, show };
}
