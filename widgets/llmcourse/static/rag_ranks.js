// Retrievers side by side: each column lists its best passages, and lines follow a passage from column to column.
import { chartCanvas } from "./chart_canvas.js";
import { element } from "./common.js";

const RANK_ROW = 30, RANK_GAP = 28; // pixels

// `pick(passage)` is called for a click or an arrow key. `show({ columns: [{ name, scores, ranking }], count, best, gold,
// selected })` draws: `count` ranks of each; the passages in `best` keep their colour in all columns.
export function rankColumnsView({ pick }) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const lines = chartCanvas({ height: RANK_ROW, draw, attributes: { class: "llmc-rag-lines", "aria-hidden": "true" } });
  const grid = element("div", { class: "llmc-rag-columns" });
  const node = element("div", { class: "llmc-rag-ranks" }, lines.canvas, grid);
  let state = null, columns = [];

  const show = (latest) => {
    state = latest;
    while (columns.length < state.columns.length) columns.push(rankColumn(`${prefix}-${columns.length}`, pick));
    columns = columns.slice(0, state.columns.length);
    if (grid.children.length !== columns.length) grid.replaceChildren(...columns.map((column) => column.node));
    columns.forEach((column, at) => column.show(state.columns[at], state));
    grid.classList.toggle("llmc-rag-many", columns.length > 2);
    grid.style.gridTemplateColumns = `repeat(${columns.length}, minmax(0, 1fr))`;
    lines.resize((state.count + 1) * RANK_ROW);
    lines.paint();
  };

  function draw(context, { wide, colours }) {
    if (!state) return;
    const { columns: all, count, best, selected } = state, width = (wide - RANK_GAP * (all.length - 1)) / all.length;
    for (let at = 0; at < all.length - 1; at++) {
      const left = at * (width + RANK_GAP) + width, right = left + RANK_GAP;
      const drawn = [...all[at].ranking.slice(0, count)].sort((one, other) => (one === selected) - (other === selected));
      for (const number of drawn) {
        const from = all[at].ranking.indexOf(number), to = all[at + 1].ranking.indexOf(number), colour = best.indexOf(number);
        if (to < 0) continue;
        context.strokeStyle = number === selected ? colours.accent : colour < 0 ? colours.line : colours[`series-${colour % 6}`];
        context.lineWidth = number === selected ? 3.5 : colour < 0 ? 1 : 2;
        context.globalAlpha = colour < 0 && number !== selected ? 0.5 : 1;
        context.beginPath();
        context.moveTo(left, (from + 1.5) * RANK_ROW);
        context.bezierCurveTo(left + RANK_GAP / 2, (from + 1.5) * RANK_ROW, right - RANK_GAP / 2, (Math.min(to, count) + 1.5) * RANK_ROW, right, (Math.min(to, count) + 1.5) * RANK_ROW);
        context.stroke();
      }
    }
    context.globalAlpha = 1;
  }
  return { node, show, measure: lines.measure, stop: lines.stop };
}

function rankColumn(id, pick) {
  const name = element("div", { class: "llmc-rag-column-name", id: `${id}-name` });
  const list = element("div", { role: "listbox", tabindex: "0", "aria-labelledby": `${id}-name`, class: "llmc-rag-column-list" });
  const node = element("div", { class: "llmc-rag-column" }, name, list);
  let items = [], shown = [], at = -1;
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) pick(shown[Number(item.dataset.place)]);
  });
  list.addEventListener("keydown", (event) => {
    const last = shown.length - 1;
    const next = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last, Escape: -1 }[event.key];
    if (next === undefined || last < 0 || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    at = next; // a second key in the same frame goes on from here
    pick(next < 0 ? -1 : shown[next]);
  });
  const show = (column, { count, best, gold, selected }) => {
    shown = column.ranking.slice(0, count);
    at = shown.indexOf(selected);
    name.textContent = name.title = column.name;
    list.dataset.empty = column.scores ? "no passage holds a word of the query" : "needs a running kernel";
    while (items.length < shown.length) items.push(rankItem(`${id}-${items.length}`, items.length));
    items = items.slice(0, shown.length);
    if (list.children.length !== items.length) list.replaceChildren(...items.map((item) => item.node));
    const top = shown.length ? Math.max(Math.abs(column.scores[shown[0]]), 1e-12) : 1;
    items.forEach((item, place) => {
      const number = shown[place];
      item.show(number, column.scores[number], column.scores[number] / top, best.indexOf(number), gold.includes(number), number === selected);
    });
    if (at >= 0) list.setAttribute("aria-activedescendant", items[at].node.id);
    else list.removeAttribute("aria-activedescendant");
  };
  return { node, show };
}

function rankItem(id, place) {
  const [number, score] = [element("span", { class: "llmc-rag-rank-number" }), element("span", { class: "llmc-number" })];
  const bar = element("span", { class: "llmc-rag-rank-bar", "aria-hidden": "true" });
  const node = element("div", { role: "option", id, class: "llmc-rag-rank", "data-place": place }, number, score, bar);
  const show = (passage, value, share, colour, gold, selected) => {
    number.textContent = `#${passage}${gold ? " ★" : ""}`;
    score.textContent = Math.abs(value) < 0.1 ? value.toFixed(4) : value.toFixed(3);
    bar.style.width = `${(100 * Math.max(0, Math.min(1, share))).toFixed(1)}%`;
    node.style.setProperty("--llmc-key", colour < 0 ? "var(--llmc-line)" : `var(--llmc-series-${colour % 6})`);
    node.setAttribute("aria-selected", String(selected));
    node.setAttribute("aria-label", `rank ${place + 1}: passage ${passage}${gold ? ", gold" : ""}, score ${value.toFixed(3)}`);
  };
  return { node, show };
}
