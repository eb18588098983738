// A line chart: up to six series over one x axis, with a marker that follows the mouse or the arrow keys.
import { element, shortNumber } from "./common.js";
import { axisScale, chartArea, drawAxes, readableChart } from "./chart_canvas.js";

// `pick(x)` is called with the x value of a click, a drag or an arrow key; without it the marker is the chart's own.
// `show({ series: [{ name, x, y, dashed, points }], xName, yName, xLog, yLog, marker, xText, yText })` draws; values that
// are not finite (or not positive on a logarithmic axis) leave a gap. `xText` and `yText` format values in the readout.
// A series may name its `colour` (0–5, else its place); a `faint` one is a pale background without legend and readout.
export function lineChart({ label, height = 220, pick = null }) {
  let state = { series: [] }, hovered = null, frame = null;
  const chart = readableChart({ label, height, draw }), { canvas, legend, readout, node } = chart;

  const xs = () => frame?.xs ?? [];
  const nearestTo = (wanted) => {
    const all = xs();
    let low = 0, high = all.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; if (all[middle] < wanted) low = middle; else high = middle; }
    return Math.abs(all[low] - wanted) <= Math.abs(all[high] - wanted) ? low : high;
  };
  const xAt = (event) => (xs().length && frame.x ? xs()[nearestTo(frame.x.value(event.offsetX))] : null);
  const choose = (value) => { if (value === null || value === undefined) return; if (pick) pick(value); else { state.marker = value; chart.paint(); speak(); } };
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); choose(xAt(event)); });
  canvas.addEventListener("pointermove", (event) => { hovered = xAt(event); if (event.buttons === 1) choose(hovered); chart.paint(); });
  canvas.addEventListener("pointerleave", () => { hovered = null; chart.paint(); });
  canvas.addEventListener("keydown", (event) => {
    const all = xs();
    if (!all.length || event.ctrlKey || event.metaKey || event.altKey) return;
    const marker = state.marker ?? null, at = marker === null ? -1 : nearestTo(marker), page = Math.max(1, Math.round(all.length / 10)), last = all.length - 1;
    const next = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at + page, PageDown: at - page, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    state.marker = all[Math.max(0, Math.min(last, next))];
    choose(state.marker);
  });

  const words = (value) => state.series.map(({ name, x, y, faint }) => {
    const place = faint ? -1 : placeOf(x, value);
    return place < 0 ? null : `${name} ${(state.yText ?? shortNumber)(y[place])}`;
  }).filter(Boolean).join(", ");
  const sentence = (value) => `${state.xName ?? "x"} ${(state.xText ?? shortNumber)(value)}: ${words(value) || "no value"}`;
  const speak = () => {
    const all = xs(), marker = state.marker ?? null;
    canvas.setAttribute("aria-valuemax", String(Math.max(all.length - 1, 0)));
    canvas.setAttribute("aria-valuenow", String(marker === null || !all.length ? 0 : nearestTo(marker)));
    canvas.setAttribute("aria-valuetext", marker === null ? (all.length ? "no place chosen" : "no values yet") : sentence(marker));
  };

  function draw(context, { wide, high, colours }) {
    const area = chartArea(wide, high);
    if (!frame.xs.length || frame.yLow === Infinity) {
      context.fillStyle = colours.muted; context.font = `12px ${colours.font}`; context.textAlign = "center"; context.textBaseline = "middle";
      context.fillText("No values yet", wide / 2, high / 2);
      return;
    }
    const x = { ...axisScale(frame.xLow, frame.xHigh, area.left, area.right, state.xLog), low: frame.xLow, high: frame.xHigh, log: state.xLog, name: state.xName };
    const y = { ...axisScale(frame.yLow, frame.yHigh, area.bottom, area.top, state.yLog), low: frame.yLow, high: frame.yHigh, log: state.yLog, name: state.yName };
    frame.x = x;
    drawAxes(context, area, x, y, colours);
    context.save();
    context.beginPath(); context.rect(area.left, area.top - 4, area.right - area.left + 4, area.bottom - area.top + 8); context.clip();
    state.series.forEach((series, place) => drawSeries(context, series, place, x, y, colours));
    context.restore();
    for (const [value, colour, dash] of [[hovered, colours.muted, [2, 3]], [state.marker ?? null, colours.fg, []]]) {
      if (value === null || !(value >= frame.xLow && value <= frame.xHigh)) continue;
      const at = Math.round(x.at(value)) + 0.5;
      context.strokeStyle = colour; context.setLineDash(dash); context.lineWidth = 1;
      context.beginPath(); context.moveTo(at, area.top); context.lineTo(at, area.bottom); context.stroke();
      context.setLineDash([]);
    }
    const told = hovered ?? state.marker ?? null;
    const text = told === null ? "" : sentence(told);
    if (readout.textContent !== text) readout.textContent = text;
  }
  const drawSeries = (context, series, place, x, y, colours) => {
    context.strokeStyle = context.fillStyle = colours[`series-${(series.colour ?? place) % 6}`];
    context.lineWidth = series.faint ? 1 : 2;
    context.globalAlpha = series.faint ? 0.35 : 1;
    context.setLineDash(series.dashed ? [5, 4] : []);
    context.beginPath();
    let drawing = false;
    for (let at = 0; at < series.x.length; at++) {
      if (!drawable(series.x[at], state.xLog) || !drawable(series.y[at], state.yLog)) { drawing = false; continue; }
      const [px, py] = [x.at(series.x[at]), y.at(series.y[at])];
      if (drawing) context.lineTo(px, py); else context.moveTo(px, py);
      drawing = true;
    }
    context.stroke();
    context.setLineDash([]);
    if (!series.points && series.x.length > 1) return;
    for (let at = 0; at < series.x.length; at++) {
      if (!drawable(series.x[at], state.xLog) || !drawable(series.y[at], state.yLog)) continue;
      context.beginPath(); context.arc(x.at(series.x[at]), y.at(series.y[at]), 3, 0, 7); context.fill();
    }
  };

  const show = (latest) => {
    state = { ...latest };
    frame = rangeOf(state);
    const named = state.series.map((series, place) => ({ colour: place, ...series })).filter(({ faint }) => !faint);
    const names = named.map(({ name, dashed, colour }) => `${name}\u0000${dashed ? 1 : 0}${colour}`).join("\u0001");
    if (legend.dataset.names !== names) {
      legend.dataset.names = names;
      legend.replaceChildren(...named.map(({ name, dashed, colour }) => element("span", {},
        element("span", { class: `llmc-chart-key${dashed ? " llmc-chart-dashed" : ""}`, style: `--llmc-key: var(--llmc-series-${colour % 6})`, "aria-hidden": "true" }), name)));
    }
    if (state.marker === null || state.marker === undefined) readout.textContent = "";
    chart.paint();
    speak();
  };
  show(state);
  return { node, show, measure: chart.measure, stop: chart.stop };
}

function drawable(value, log) {
  return Number.isFinite(value) && (!log || value > 0);
}

// What is to be drawn: every x once and in order, and the ranges with a little air above and below.
function rangeOf({ series, xLog, yLog }) {
  const all = new Set();
  let yLow = Infinity, yHigh = -Infinity;
  for (const { x, y } of series) {
    for (let at = 0; at < x.length; at++) {
      if (!drawable(x[at], xLog)) continue;
      all.add(x[at]);
      if (drawable(y[at], yLog)) { yLow = Math.min(yLow, y[at]); yHigh = Math.max(yHigh, y[at]); }
    }
  }
  const xs = Float64Array.from(all).sort();
  const air = yLog ? 0 : (yHigh - yLow) * 0.05 || Math.abs(yHigh) * 0.1 || 1;
  if (yLow !== Infinity) {
    [yLow, yHigh] = yLog ? (yHigh > yLow ? [yLow, yHigh] : [yLow / 2, yHigh * 2]) : [yLow >= 0 && yLow < air * 2 ? 0 : yLow - air, yHigh + air];
  }
  const [first, last] = [xs[0] ?? 0, xs.at(-1) ?? 1];
  const [xLow, xHigh] = last > first ? [first, last] : xLog ? [first / 2, first * 2] : [first - 1, first + 1];
  return { xs, xLow, xHigh, yLow, yHigh };
}

function placeOf(x, value) {
  let low = 0, high = x.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (x[middle] === value) return middle;
    if (x[middle] < value) low = middle + 1; else high = middle - 1;
  }
  return -1;
}
