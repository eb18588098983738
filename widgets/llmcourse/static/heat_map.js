// A heat map: a table of numbers as coloured cells, with words in them where they fit, walked through by mouse or keys.
import { colourRamp, element, inNextFrame, shortNumber } from "./common.js";
import { chartCanvas } from "./chart_canvas.js";

const NAME_GAP = 6, COLUMN_NAMES = 20, TEXT_CELL = { wide: 68, high: 22 }, PLAIN_CELL = { least: 2, most: 28 }, TALLEST = 420;

// `pick({ row, column })` is called for a click or an arrow key, `hover(place or null)` for the mouse. `show({ rows, columns,
// values, low, high, diverging, rowNames, columnNames, cellText, describe, selected })` draws: `values` are row-major and
// not finite where there is none; `low … high` is the range of the colours (symmetric about 0 when `diverging`);
// `cellText(row, column)` gives a cell its word, `describe(row, column)` the sentence that is read out; `textHigh` makes
// cells with words lower or higher, `ends` are words for both ends of the colours instead of `low` and `high`.
export function heatMap({ label, pick, hover = () => {} }) {
  let state = { rows: 0, columns: 0, values: [] }, pointed = null, layout = null, ramp = null, place = 0, image = null;
  const chart = chartCanvas({
    height: 40, draw,
    attributes: { class: "llmc-heat", tabindex: "0", role: "slider", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0 },
  });
  const { canvas } = chart;
  const scroller = element("div", { class: "llmc-heat-scroller" }, canvas);
  const bar = element("canvas", { width: 256, height: 1, class: "llmc-heat-ramp", "aria-hidden": "true" });
  const [least, most] = [element("span", { class: "llmc-number" }), element("span", { class: "llmc-number" })];
  const scale = element("div", { class: "llmc-heat-scale llmc-muted" }, least, bar, most);
  const readout = element("div", { class: "llmc-chart-readout llmc-muted" });
  const node = element("div", { class: "llmc-chart-place" }, scroller, scale, readout);

  const cellAt = ({ offsetX, offsetY }) => {
    const column = Math.floor((offsetX - layout.left) / layout.wide), row = Math.floor((offsetY - layout.top) / layout.high);
    return column >= 0 && row >= 0 && column < state.columns && row < state.rows ? { row, column } : null;
  };
  canvas.addEventListener("pointermove", (event) => {
    const cell = cellAt(event);
    if (cell?.row === pointed?.row && cell?.column === pointed?.column) return;
    pointed = cell;
    hover(cell);
    soon();
  });
  canvas.addEventListener("pointerleave", () => { pointed = null; hover(null); soon(); });
  canvas.addEventListener("click", (event) => { const cell = cellAt(event); if (cell) pick(cell); });
  canvas.addEventListener("keydown", (event) => {
    if (!state.rows || !state.columns || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = state.selected ?? { row: 0, column: -1 };
    const moved = {
      ArrowRight: { ...at, column: at.column + 1 }, ArrowLeft: { ...at, column: at.column - 1 },
      ArrowDown: { column: Math.max(at.column, 0), row: at.row + 1 }, ArrowUp: { column: Math.max(at.column, 0), row: at.row - 1 },
      Home: { ...at, column: 0 }, End: { ...at, column: state.columns - 1 },
    }[event.key];
    if (!moved) return;
    event.preventDefault();
    state.selected = { row: clamped(moved.row, state.rows), column: clamped(moved.column, state.columns) };
    pick(state.selected);
    soon();
  });

  const sentence = ({ row, column }) => {
    if (state.describe) return state.describe(row, column);
    const name = [state.rowNames?.[row] ?? `row ${row + 1}`, state.columnNames?.[column] ?? `column ${column + 1}`].join(", ");
    return `${name}: ${shortNumber(state.values[row * state.columns + column])}`;
  };
  const arrange = () => {
    if (place === 0) return;
    const context = canvas.getContext("2d");
    context.font = chartFont();
    const left = state.rowNames ? Math.min(140, Math.max(0, ...sampled(state.rowNames).map((name) => context.measureText(name).width))) + NAME_GAP : 0;
    const top = state.columnNames ? COLUMN_NAMES : 0, free = Math.max(place - left - 2, 20);
    const side = Math.max(PLAIN_CELL.least, Math.min(PLAIN_CELL.most, free / state.columns, TALLEST / state.rows));
    const wide = state.cellText ? Math.max(TEXT_CELL.wide, Math.min(120, free / state.columns)) : side;
    layout = { left, top, wide, high: state.cellText ? state.textHigh ?? TEXT_CELL.high : side };
    canvas.style.width = `${Math.ceil(left + wide * state.columns) + 2}px`;
    chart.resize(Math.ceil(top + layout.high * state.rows) + 2);
  };
  const chartFont = () => `11px ${getComputedStyle(canvas).fontFamily}`;
  const paintCells = () => {
    const { rows, columns, values, low, high } = state;
    const pixels = new ImageData(columns, rows), span = high - low || 1;
    for (let at = 0; at < rows * columns; at++) {
      const value = values[at];
      const [red, green, blue] = ramp[Math.max(0, Math.min(255, Math.round(((value - low) / span) * 255)))] ?? [0, 0, 0];
      pixels.data.set([red, green, blue, Number.isFinite(value) ? 255 : 0], at * 4);
    }
    image = Object.assign(document.createElement("canvas"), { width: columns, height: rows });
    image.getContext("2d").putImageData(pixels, 0, 0);
  };
  function draw(context, { colours }) {
    if (!layout || !image || !state.rows || !state.columns) return;
    const { left, top, wide, high } = layout;
    context.imageSmoothingEnabled = false;
    context.drawImage(image, left, top, wide * state.columns, high * state.rows);
    context.font = `11px ${colours.font}`;
    context.textBaseline = "middle";
    context.fillStyle = colours.muted;
    if (state.rowNames) {
      context.textAlign = "right";
      const every = Math.max(1, Math.ceil(12 / high));
      for (let row = 0; row < state.rows; row += every) fitText(context, state.rowNames[row], left - NAME_GAP, top + (row + 0.5) * high, 140);
    }
    if (state.columnNames) {
      const every = Math.max(1, Math.ceil(30 / wide));
      context.textAlign = "center";
      for (let column = 0; column < state.columns; column += every) fitText(context, state.columnNames[column], left + (column + 0.5) * wide, top / 2, wide * every - 4);
    }
    if (state.cellText) {
      context.textAlign = "center";
      for (let row = 0; row < state.rows; row++) {
        for (let column = 0; column < state.columns; column++) {
          context.fillStyle = inkOn(ramp, (state.values[row * state.columns + column] - state.low) / (state.high - state.low || 1), colours);
          fitText(context, state.cellText(row, column), left + (column + 0.5) * wide, top + (row + 0.5) * high, wide - 6);
        }
      }
    }
    context.strokeStyle = colours.line;
    context.lineWidth = 1;
    context.strokeRect(left + 0.5, top + 0.5, wide * state.columns, high * state.rows);
    for (const [cell, colour, thick] of [[pointed, colours.muted, 1.5], [state.selected, colours.accent, 3]]) {
      if (!cell || cell.row >= state.rows || cell.column >= state.columns) continue;
      context.strokeStyle = colour; context.lineWidth = thick;
      context.strokeRect(left + cell.column * wide, top + cell.row * high, Math.max(wide, 4), Math.max(high, 4));
    }
    const told = pointed ?? state.selected;
    const text = told ? sentence(told) : "";
    if (readout.textContent !== text) readout.textContent = text;
  }
  const soon = inNextFrame(chart.paint);

  const speak = () => {
    const at = state.selected;
    canvas.setAttribute("aria-valuemax", String(Math.max(state.rows * state.columns - 1, 0)));
    canvas.setAttribute("aria-valuenow", String(at ? at.row * state.columns + at.column : 0));
    canvas.setAttribute("aria-valuetext", at ? sentence(at) : "no cell chosen");
    if (!at || !layout || layout.wide * state.columns <= place) return;
    const from = layout.left + at.column * layout.wide;
    if (from < scroller.scrollLeft) scroller.scrollLeft = from;
    else if (from + layout.wide > scroller.scrollLeft + place) scroller.scrollLeft = from + layout.wide - place;
  };
  const show = (latest) => {
    const same = latest.values === state.values && latest.rows === state.rows && latest.columns === state.columns
      && latest.low === state.low && latest.high === state.high && Boolean(latest.diverging) === Boolean(state.diverging);
    state = { ...latest };
    if (!same) colour();
    arrange();
    chart.paint();
    speak();
  };
  const colour = () => {
    const dark = canvas.closest(".llmc-dark") !== null;
    ramp = state.diverging ? divergingRamp(dark) : colourRamp(dark);
    const context = bar.getContext("2d"), pixels = context.createImageData(256, 1);
    ramp.forEach(([red, green, blue], at) => pixels.data.set([red, green, blue, 255], at * 4));
    context.putImageData(pixels, 0, 0);
    scale.hidden = !state.rows || !state.columns;
    least.textContent = state.ends?.[0] ?? shortNumber(state.low ?? 0);
    most.textContent = state.ends?.[1] ?? shortNumber(state.high ?? 0);
    if (state.rows && state.columns) paintCells();
  };
  const measure = () => {
    place = scroller.clientWidth || place;
    colour();
    arrange();
    chart.measure();
    speak();
  };
  const seen = new ResizeObserver(measure);
  seen.observe(scroller);
  return { node, show, measure, stop: () => { seen.disconnect(); chart.stop(); } };
}

// Below zero orange, above zero blue, paper (or night) at zero: told apart by colour-blind eyes, and by lightness.
export function divergingRamp(dark) {
  const stops = dark
    ? [[255, 186, 105], [166, 92, 30], [24, 27, 33], [44, 104, 170], [150, 205, 255]]
    : [[140, 62, 4], [236, 160, 90], [255, 255, 255], [110, 168, 220], [8, 60, 120]];
  return Array.from({ length: 256 }, (_, position) => {
    const place = (position / 255) * (stops.length - 1), low = Math.min(Math.floor(place), stops.length - 2);
    return stops[low].map((value, channel) => Math.round(value + (stops[low + 1][channel] - value) * (place - low)));
  });
}

// Black or white, whichever can be read on this place of the ramp; the page's own ink where there is no colour.
function inkOn(ramp, share, colours) {
  if (!Number.isFinite(share)) return colours.fg;
  const [red, green, blue] = ramp[Math.max(0, Math.min(255, Math.round(share * 255)))].map((value) => (value / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 ? "#101318" : "#ffffff";
}

function fitText(context, text, x, y, most) {
  let shown = text ?? "";
  if (most < 8) return;
  if (context.measureText(shown).width > most) {
    const characters = Array.from(shown);
    let low = 0, high = characters.length;
    while (high - low > 1) { const middle = (low + high) >> 1; if (context.measureText(characters.slice(0, middle).join("") + "…").width <= most) low = middle; else high = middle; }
    shown = low > 0 ? characters.slice(0, low).join("") + "…" : "";
  }
  context.fillText(shown, x, y);
}

function sampled(names) {
  return names.length <= 200 ? names : names.filter((_, at) => at % Math.ceil(names.length / 200) === 0);
}

function clamped(value, count) {
  return Math.max(0, Math.min(count - 1, value));
}
