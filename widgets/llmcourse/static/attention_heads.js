// All heads of a model as thumbnails: one canvas, and above it a grid that a keyboard and a screen reader can walk.
import { element } from "./common.js";
import { rampColours } from "./attention_canvas.js";

const GAP = 2, ROW_NUMBER = 30, SMALLEST = 26, LARGEST = 40;

export function headGrid({ pick, hover }) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const grid = element("div", { role: "grid", "aria-label": "All heads: a row is a layer" });
  const board = element("div", { class: "llmc-board" }, canvas, grid);
  const node = element("div", { class: "llmc-thumbnails" }, board);
  const atlas = element("canvas"); // every thumbnail at its natural size, layers down, heads across
  let shown = null, cells = [], made = "", drawn = "", reachable = 0;

  const make = ({ layers, heads, cell }) => {
    cells = Array.from({ length: layers * heads }, () => element("div", { role: "gridcell", tabindex: "-1" }));
    const numbers = Array.from({ length: heads }, () => element("span", { role: "columnheader" }));
    grid.replaceChildren(element("div", { role: "row" }, element("span", { role: "rowheader" }), ...numbers), ...Array.from({ length: layers }, (_, layer) => element("div", { role: "row" },
      element("span", { role: "rowheader" }), ...cells.slice(layer * heads, (layer + 1) * heads))));
    board.style.setProperty("--llmc-cell", `${cell}px`);
  };
  const colour = ({ thumbnails, layers, heads, side, ramp }) => {
    atlas.width = heads * side;
    atlas.height = layers * side;
    const context = atlas.getContext("2d"), image = context.createImageData(atlas.width, atlas.height);
    const pixels = new Uint32Array(image.data.buffer);
    const shades = rampColours(ramp);
    for (let layer = 0, place = 0; layer < layers; layer += 1) {
      for (let head = 0; head < heads; head += 1) {
        for (let y = 0; y < side; y += 1) {
          const row = (layer * side + y) * atlas.width + head * side;
          for (let x = 0; x < side; x += 1, place += 1) pixels[row + x] = shades[thumbnails[place]];
        }
      }
    }
    context.putImageData(image, 0, 0);
  };
  const draw = ({ layers, heads, side, order, values, cell, theme }) => {
    const dots = globalThis.devicePixelRatio || 1, inner = cell - GAP, bar = values ? 4 : 0;
    canvas.width = heads * cell * dots;
    canvas.height = layers * cell * dots;
    canvas.style.width = `${heads * cell}px`;
    canvas.style.height = `${layers * cell}px`;
    canvas.style.left = `${ROW_NUMBER}px`;
    const context = canvas.getContext("2d");
    context.scale(dots, dots);
    context.imageSmoothingEnabled = false;
    order.forEach((number, place) => {
      const x = (place % heads) * cell, y = Math.floor(place / heads) * cell;
      const head = number % heads, layer = Math.floor(number / heads);
      context.drawImage(atlas, head * side, layer * side, side, side, x, y, inner, inner);
      if (!bar) return;
      context.fillStyle = theme.paper; // the score as a bar below each thumbnail
      context.fillRect(x, y + inner - bar, inner, bar);
      context.fillStyle = theme.accent;
      context.fillRect(x, y + inner - bar + 1, inner * values[number], bar - 1);
    });
  };
  const describe = ({ layers, heads, order, values, scoreName, numberOf }) => {
    order.forEach((number, place) => {
      const score = values ? `, ${scoreName} score ${values[number].toFixed(2)}` : "";
      cells[place].setAttribute("aria-label", `layer ${numberOf(Math.floor(number / heads))}, head ${number % heads}${score}`);
    });
    for (let row = 0; row < layers; row += 1) {
      grid.children[row + 1].firstChild.textContent = values ? `#${row * heads + 1}` : String(numberOf(row));
    }
    Array.from(grid.firstChild.children).forEach((heading, place) => {
      heading.textContent = values ? "" : place === 0 ? "layer" : String(place - 1);
    });
    grid.setAttribute("aria-label", values ? `All heads, highest ${scoreName} score first` : "All heads: a row is a layer");
  };
  const reach = (place) => {
    cells[reachable]?.setAttribute("tabindex", "-1");
    reachable = place;
    cells[place]?.setAttribute("tabindex", "0");
  };
  const headAt = (place) => ({ layer: Math.floor(shown.order[place] / shown.heads), head: shown.order[place] % shown.heads });
  const placeOf = (event) => cells.indexOf(event.target.closest("[role=gridcell]"));

  grid.addEventListener("click", (event) => {
    const place = placeOf(event);
    if (place < 0) return;
    reach(place);
    pick(headAt(place));
  });
  grid.addEventListener("pointermove", (event) => { const place = placeOf(event); hover(place < 0 ? null : headAt(place)); });
  grid.addEventListener("pointerleave", () => hover(null));
  grid.addEventListener("focusout", () => hover(null));
  grid.addEventListener("keydown", (event) => {
    const at = placeOf(event), { heads, layers } = shown, last = layers * heads - 1;
    if (at < 0) return;
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(headAt(at)); return; }
    const row = at - (at % heads);
    const next = {
      ArrowRight: at + 1, ArrowLeft: at - 1, ArrowDown: at + heads, ArrowUp: at - heads,
      Home: event.ctrlKey ? 0 : row, End: event.ctrlKey ? last : row + heads - 1,
      PageUp: at % heads, PageDown: last - heads + 1 + (at % heads),
    }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    if (next < 0 || next > last) return;
    reach(next);
    cells[next].focus();
    hover(headAt(next));
  });

  return {
    node,
    show(state) {
      const cell = Math.max(SMALLEST, Math.min(LARGEST, Math.floor((state.width - ROW_NUMBER) / state.heads)));
      const before = shown;
      shown = { ...state, cell };
      const shape = `${state.layers} ${state.heads} ${cell}`;
      if (made !== shape) { make(shown); made = shape; }
      if (before?.thumbnails !== state.thumbnails || before?.ramp !== state.ramp) { colour(shown); drawn = ""; }
      const key = `${shape} ${state.order} ${state.scoreName}`;
      if (drawn !== key) { draw(shown); describe(shown); drawn = key; }
      const selected = state.order.indexOf(state.layer * state.heads + state.head);
      cells.forEach((one, place) => one.setAttribute("aria-selected", String(place === selected)));
      if (!node.contains(document.activeElement)) reach(selected);
      const same = before?.layer === state.layer && before.head === state.head && before.order === state.order && before.cell === cell;
      if (!same && cells[selected]) {
        const top = cells[selected].offsetTop;
        if (top < node.scrollTop || top + cell > node.scrollTop + node.clientHeight) node.scrollTop = top - node.clientHeight / 2;
      }
    },
  };
}
