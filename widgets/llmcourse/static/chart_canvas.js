// What the drawn charts share: a canvas as sharp as the screen, colours of the theme, and round numbers on axes.
import { element, shortNumber } from "./common.js";

const CHART_COLOURS = ["bg", "fg", "muted", "line", "soft", "accent", "series-0", "series-1", "series-2", "series-3", "series-4", "series-5"];

// A canvas of a fixed height that is as wide as its place. `draw(context, { wide, high, colours })` is called by `paint()`,
// in pixels of the page; `measure()` reads size and theme anew first. Reading them makes the browser lay out the page, so
// it happens when one of them changes and not when a slider moves.
export function chartCanvas({ height, attributes, draw }) {
  const canvas = element("canvas", { style: `width: 100%; height: ${height}px`, ...attributes });
  let wide = 0, high = height, colours = {};
  const paint = () => {
    if (wide === 0) return; // not laid out yet: the observer below comes back
    const ratio = globalThis.devicePixelRatio || 1;
    const [x, y] = [Math.round(wide * ratio), Math.round(high * ratio)];
    if (canvas.width !== x || canvas.height !== y) { canvas.width = x; canvas.height = y; }
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, wide, high);
    draw(context, { wide, high, colours });
  };
  const measure = () => {
    wide = canvas.clientWidth || wide; // JupyterLab hides a page for a moment while it changes the theme
    const style = getComputedStyle(canvas);
    colours = Object.fromEntries(CHART_COLOURS.map((name) => [name, style.getPropertyValue(`--llmc-${name}`).trim()]));
    colours.font = style.fontFamily;
    paint();
  };
  const resize = (pixels) => { high = pixels; canvas.style.height = `${pixels}px`; };
  const seen = new ResizeObserver(measure);
  seen.observe(canvas);
  return { canvas, paint, measure, resize, width: () => wide, stop: () => seen.disconnect() };
}

// A chart that is read like a slider: its canvas with a legend above and a line below that says what is at the marker.
// Returns what chartCanvas does, with { node, legend, readout }.
export function readableChart({ label, height, draw }) {
  const chart = chartCanvas({
    height, draw,
    attributes: { class: "llmc-chart", tabindex: "0", role: "slider", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0 },
  });
  const legend = element("div", { class: "llmc-chart-legend" });
  const readout = element("div", { class: "llmc-chart-readout llmc-muted llmc-number" });
  return { ...chart, legend, readout, node: element("div", { class: "llmc-chart-place" }, legend, chart.canvas, readout) };
}

// Where the axes of a chart stand on a canvas of this size, in pixels.
export function chartArea(wide, high) {
  return { left: 52, right: wide - 10, top: 22, bottom: high - 36 };
}

// Round numbers between low and high, about `count` of them: 0, 0.5, 1; on a logarithmic axis powers of ten.
export function axisTicks(low, high, count, log = false) {
  if (!(high > low)) return [low];
  if (log) {
    const first = Math.ceil(Math.log10(low) - 1e-9), last = Math.floor(Math.log10(high) + 1e-9);
    const every = Math.max(1, Math.ceil((last - first + 1) / count));
    const powers = [];
    for (let power = first; power <= last; power += every) powers.push(10 ** power);
    return powers.length > 1 ? powers : axisTicks(low, high, count);
  }
  const rough = (high - low) / Math.max(count, 1), unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * [1, 2, 5, 10].find((factor) => factor * unit >= rough * 0.999);
  const ticks = [];
  for (let place = Math.ceil(low / step - 1e-9); place * step <= high + step * 1e-9; place++) ticks.push(Number((place * step).toPrecision(12)));
  return ticks;
}

// A number on an axis: 1,200 · 2M · 0.05 · 1e-7.
export function tickLabel(value) {
  const size = Math.abs(value);
  if (size >= 1e4 && size < 1e15) {
    const [unit, name] = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "k"]].find(([one]) => size >= one);
    return `${Number((value / unit).toPrecision(4))}${name}`;
  }
  if (size >= 1000 && size < 1e4) return value.toLocaleString("en");
  return shortNumber(value).replace(/\.?0+e/, "e");
}

// Draws the frame of a chart: grid, ticks and names of both axes. `x` and `y` are { low, high, log, name, at(value) }.
export function drawAxes(context, { left, right, top, bottom }, x, y, colours) {
  context.font = `11px ${colours.font}`;
  context.lineWidth = 1;
  context.strokeStyle = colours.soft;
  context.fillStyle = colours.muted;
  context.textBaseline = "middle";
  context.textAlign = "right";
  for (const tick of axisTicks(y.low, y.high, Math.max(2, Math.floor((bottom - top) / 40)), y.log)) {
    const at = Math.round(y.at(tick)) + 0.5;
    context.beginPath(); context.moveTo(left, at); context.lineTo(right, at); context.stroke();
    context.fillText(tickLabel(tick), left - 6, at);
  }
  context.textBaseline = "top";
  context.textAlign = "center";
  for (const tick of axisTicks(x.low, x.high, Math.max(2, Math.floor((right - left) / 80)), x.log)) {
    const at = Math.round(x.at(tick)) + 0.5;
    context.beginPath(); context.moveTo(at, top); context.lineTo(at, bottom); context.stroke();
    context.fillText(tickLabel(tick), Math.min(at, right - 8), bottom + 5);
  }
  context.fillText(x.name ?? "", (left + right) / 2, bottom + 19);
  context.textAlign = "left";
  context.textBaseline = "bottom";
  context.fillText(y.name ?? "", Math.max(left - 40, 2), top - 4);
  context.strokeStyle = colours.line;
  context.beginPath(); context.moveTo(left + 0.5, top); context.lineTo(left + 0.5, bottom + 0.5); context.lineTo(right, bottom + 0.5); context.stroke();
}

// The place of values on an axis from `from` to `to` pixels: { at(value), value(pixel) }.
export function axisScale(low, high, from, to, log = false) {
  const forth = log ? Math.log : (value) => value, back = log ? Math.exp : (value) => value;
  const [a, b] = [forth(low), forth(high)], span = b - a || 1;
  return {
    at: (value) => from + ((forth(value) - a) / span) * (to - from),
    value: (pixel) => back(a + ((pixel - from) / (to - from)) * span),
  };
}
