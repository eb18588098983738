// A table that is sorted by its headings, filtered by a word, and walked through with the arrow keys.
import { element, tokenLabel } from "./common.js";

const MOST_ROWS = 500;

// `columns`: [{ name, text(row), order(row), number }]; `pick(row's place)`. `show(rows, chosen)` draws: `rows` keep their
// places whatever the order on the screen; the first column is what is filtered and clicked.
export function sortedTable({ label, columns, pick, current }) {
  let rows = [], chosen = -1, sorted = { column: -1, falling: false }, shown = [], buttons = new Map();
  const filter = element("input", { type: "search", "aria-label": `Filter ${label.toLowerCase()}`, placeholder: "Filter", spellcheck: "false", autocomplete: "off" });
  const count = element("span", { class: "llmc-muted", "aria-live": "polite" });
  const body = element("tbody");
  const heads = columns.map(({ name, number }, column) => element("th", { scope: "col", class: number ? "llmc-gguf-number" : null },
    element("button", { type: "button", onclick: () => { sorted = { column, falling: sorted.column === column && !sorted.falling }; fill(); } }, name)));
  const table = element("table", { class: "llmc-gguf-table", "aria-label": label }, element("thead", {}, element("tr", {}, ...heads)), body);
  const scroller = element("div", { class: "llmc-gguf-scroller" }, table);
  const node = element("div", {}, element("div", { class: "llmc-row" }, filter, count), scroller);
  filter.addEventListener("input", () => fill());
  body.addEventListener("click", (event) => {
    const place = event.target.closest?.("tr")?.dataset.place;
    if (place !== undefined) pick(Number(place));
  });
  body.addEventListener("keydown", (event) => {
    const at = shown.indexOf(current()), last = shown.length - 1;
    const next = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last }[event.key];
    if (next === undefined || last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    pick(shown[next]);
    mark(shown[next]);
    buttons.get(shown[next])?.focus();
  });

  const fill = () => {
    const word = filter.value.trim().toLowerCase(), { column, falling } = sorted;
    const found = rows.map((_, place) => place).filter((place) => columns[0].text(rows[place]).toLowerCase().includes(word));
    if (column >= 0) {
      const order = columns[column].order ?? columns[column].text;
      found.sort((one, two) => { const [a, b] = [order(rows[one]), order(rows[two])]; return (a < b ? -1 : a > b ? 1 : one - two) * (falling ? -1 : 1); });
    }
    heads.forEach((head, place) => (place === column ? head.setAttribute("aria-sort", falling ? "descending" : "ascending") : head.removeAttribute("aria-sort")));
    shown = found.slice(0, MOST_ROWS);
    buttons = new Map();
    body.replaceChildren(...shown.map((place) => {
      const button = element("button", { type: "button", tabindex: "-1", class: "llmc-token", title: columns[0].text(rows[place]) }, tokenLabel(columns[0].text(rows[place]), 60));
      buttons.set(place, button);
      return element("tr", { "data-place": place }, element("th", { scope: "row" }, button),
        ...columns.slice(1).map((one) => element("td", { class: one.number ? "llmc-gguf-number llmc-number" : null }, one.text(rows[place]))));
    }));
    count.textContent = found.length > MOST_ROWS ? `the first ${MOST_ROWS} of ${found.length.toLocaleString("en")}: filter to see others` : found.length === rows.length ? `${rows.length.toLocaleString("en")} rows` : `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
    mark(chosen);
  };
  const mark = (place) => {
    chosen = place;
    const entry = buttons.has(place) ? place : shown[0]; // one row is reached by Tab
    for (const [one, button] of buttons) {
      button.tabIndex = one === entry ? 0 : -1;
      button.setAttribute("aria-pressed", String(one === place));
    }
    const row = buttons.get(place)?.closest("tr");
    if (!row || scroller.clientHeight === 0) return; // only the table scrolls, never the page
    const top = row.offsetTop - table.tHead.offsetHeight, bottom = row.offsetTop + row.offsetHeight;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (bottom > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = bottom - scroller.clientHeight;
  };
  const show = (latest, place) => {
    if (latest !== rows) { rows = latest; chosen = place; fill(); } else if (place !== chosen) mark(place);
  };
  return { node, show };
}
