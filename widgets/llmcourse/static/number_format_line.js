// Where the representable numbers lie, a row a format: by powers of two over the whole range, or evenly around the value.
import { axisTicks, chartCanvas, tickLabel } from "./chart_canvas.js";
import { decodeBits, encodeNumber, floorPlace, numberKinds } from "./number_formats.js";

const LINE_ROW = 19, LINE_LEFT = 74, LINE_TOP = 4, LINE_FOOT = 24;
const LOWEST = -152, HIGHEST = 130; // powers of two: below FP32's smallest number, above its largest

// One picture. `pick(name)` is called for a click on a row. `show({ value, format, scaleOf, low, high, log })` draws: from
// `low` to `high` evenly, or, with `log`, the magnitudes of the whole range.
export function numberLine({ label, pick }) {
  const kinds = Object.values(numberKinds());
  let state = null;
  const chart = chartCanvas({
    height: LINE_TOP + kinds.length * LINE_ROW + LINE_FOOT,
    attributes: { role: "img", "aria-label": label, class: "llmc-number-line" },
    draw: (context, place) => { if (state) drawLine(context, place, state, kinds); },
  });
  chart.canvas.addEventListener("click", (event) => {
    const row = Math.floor((event.offsetY - LINE_TOP) / LINE_ROW);
    if (kinds[row]) pick(kinds[row].name);
  });
  return { node: chart.canvas, measure: chart.measure, stop: chart.stop, show: (next) => { state = next; chart.paint(); } };
}

function drawLine(context, { wide, colours }, state, kinds) {
  const right = wide - 10, span = right - LINE_LEFT, bottom = LINE_TOP + kinds.length * LINE_ROW;
  const from = (place) => (state.log ? 2 ** (LOWEST + (place / span) * (HIGHEST - LOWEST)) : state.low + (place / span) * (state.high - state.low));
  const at = (value) => LINE_LEFT + span * (state.log ? (Math.log2(value) - LOWEST) / (HIGHEST - LOWEST) : (value - state.low) / (state.high - state.low));
  drawLineAxis(context, state, at, right, bottom, colours);
  const edges = Array.from({ length: Math.floor(span) + 2 }, (_, place) => from(place - 0.5));
  context.textAlign = "right";
  context.textBaseline = "middle";
  kinds.forEach((kind, row) => {
    const y = LINE_TOP + row * LINE_ROW, chosen = kind.name === state.format, scale = state.scaleOf(kind);
    if (chosen) { context.fillStyle = colours.soft; context.fillRect(0, y, wide, LINE_ROW - 1); }
    context.font = `${chosen ? "bold " : ""}11px ${colours.font}`;
    context.fillStyle = chosen ? colours.fg : colours.muted;
    context.fillText(kind.label, LINE_LEFT - 8, y + LINE_ROW / 2);
    context.fillStyle = chosen ? colours.accent : colours.line;
    const normal = kind.exponent ? 2 ** kind.fraction : 0; // the place of the smallest normal number
    let before = floorPlace(edges[0], kind, scale);
    for (let place = 1; place < edges.length; place++) {
      const here = floorPlace(edges[place], kind, scale);
      context.globalAlpha = state.log && here < normal ? 0.45 : 1;
      if (here > before) context.fillRect(LINE_LEFT + place - 1, y + 5, 1, LINE_ROW - 10);
      before = here;
    }
    context.globalAlpha = 1;
    const bits = encodeNumber(state.value, kind, scale), stored = bits === null ? NaN : decodeBits(bits, kind, scale);
    const x = at(state.log ? Math.abs(stored) : stored);
    if (x >= LINE_LEFT - 1 && x <= right + 1) {
      context.fillStyle = chosen ? colours["series-1"] || colours.fg : colours.fg;
      context.beginPath(); context.arc(x, y + LINE_ROW / 2, chosen ? 4.5 : 3, 0, 7); context.fill();
    }
  });
  const x = at(state.log ? Math.abs(state.value) : state.value);
  if (x >= LINE_LEFT && x <= right) {
    context.strokeStyle = colours.fg;
    context.setLineDash([3, 3]);
    context.beginPath(); context.moveTo(x, LINE_TOP); context.lineTo(x, bottom); context.stroke();
    context.setLineDash([]);
  }
}

function drawLineAxis(context, state, at, right, bottom, colours) {
  const count = Math.max(3, Math.floor((right - LINE_LEFT) / 90));
  const ticks = state.log ? axisTicks(2 ** LOWEST, 2 ** HIGHEST, count, true) : axisTicks(state.low, state.high, count);
  context.font = `11px ${colours.font}`;
  context.textBaseline = "top";
  context.strokeStyle = colours.line;
  context.fillStyle = colours.muted;
  context.beginPath(); context.moveTo(LINE_LEFT, bottom + 0.5); context.lineTo(right, bottom + 0.5); context.stroke();
  for (const tick of ticks) {
    const x = Math.round(at(tick)) + 0.5, text = state.log ? `1e${Math.round(Math.log10(tick))}` : tickText(tick, state);
    context.beginPath(); context.moveTo(x, bottom); context.lineTo(x, bottom + 4); context.stroke();
    const half = context.measureText(text).width / 2;
    context.textAlign = "left";
    context.fillText(text, Math.min(Math.max(x - half, LINE_LEFT - 30), right + 10 - 2 * half), bottom + 7);
  }
}

// Enough digits to tell neighbouring ticks of a narrow window apart.
function tickText(tick, { low, high }) {
  const size = Math.max(Math.abs(low), Math.abs(high)), digits = Math.ceil(Math.log10(size / (high - low))) + 2;
  return digits > 4 && size < 1e5 && size > 1e-3 ? tick.toFixed(Math.max(0, digits - 1 - Math.floor(Math.log10(size)))) : tickLabel(tick);
}
