// One timeline: a lane a slot, time to the right; prompt, tokens, held and idle slots in tints and patterns of their own.
import { chartCanvas } from "./chart_canvas.js";

const LEFT = 46, TOP = 14, BOTTOM = 18, LANE = 22, GAP = 3;

// `seek(step)` is called for a click and for the keys that move in time, `pick(request)` for those that choose.
// `show({ requests, placements, slots, step, begin, end, at, selected })` draws; `at` is the step now, `end` for all.
export function batchLanes({ label, seek, pick, play }) {
  let state = null, patterns = {}, patternsOf = null;
  const chart = chartCanvas({
    height: 100, draw: (...given) => draw(...given),
    attributes: { class: "llmc-lanes", tabindex: "0", role: "slider", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 1, "aria-valuenow": 0 },
  });
  const { canvas } = chart;
  const across = () => Math.max(chart.width() - LEFT - 8, 1);
  const stepAt = (x) => Math.round(state.begin + (x - LEFT) / across() * (state.end - state.begin));

  canvas.addEventListener("click", ({ offsetX, offsetY }) => {
    const step = state.begin + (offsetX - LEFT) / across() * (state.end - state.begin), slot = Math.floor((offsetY - TOP) / LANE);
    const hit = state.placements.find((place) => place.slot === slot && step >= place.start && step < place.finish);
    if (hit) pick(hit.request); else seek(stepAt(offsetX));
  });
  canvas.addEventListener("keydown", (event) => {
    if (!state || event.ctrlKey || event.metaKey || event.altKey) return;
    const { begin, end } = state, now = state.now(), far = Math.max(1, Math.round((end - begin) / 10));
    const step = { ArrowRight: now + 1, ArrowLeft: now - 1, PageUp: now + far, PageDown: now - far, Home: begin, End: end }[event.key];
    const order = state.placements.map(({ request }) => request), place = order.indexOf(state.chosen());
    const next = { ArrowDown: order[Math.min(place + 1, order.length - 1)], ArrowUp: order[Math.max(place - 1, 0)], Escape: -1 }[event.key];
    if (step !== undefined) seek(Math.min(Math.max(step, begin), end));
    else if (next !== undefined) pick(next);
    else if (event.key === " ") play();
    else return;
    event.preventDefault();
  });

  const draw = (context, { wide, colours }) => {
    if (!state) return;
    if (patternsOf !== colours) { patternsOf = colours; patterns = makePatterns(context, colours); }
    const { begin, end, slots, placements, at } = state, right = wide - 8, low = TOP + slots * LANE - GAP;
    const x = (step) => LEFT + across() * (step - begin) / (end - begin);
    context.font = `11px ${colours.font}`;
    context.textBaseline = "middle";
    for (let slot = 0; slot < slots; slot++) {
      const y = TOP + slot * LANE;
      context.textAlign = "right";
      context.fillStyle = colours.muted;
      context.fillText(`slot ${slot + 1}`, LEFT - 6, y + (LANE - GAP) / 2);
      context.fillStyle = patterns.idle;
      context.fillRect(LEFT, y, right - LEFT, LANE - GAP);
    }
    for (const place of placements) {
      const y = TOP + place.slot * LANE, left = x(place.start), stop = x(place.finish);
      const stages = [[place.start, place.prefill, "held"], [place.prefill, place.first, "prefill"], [place.first, place.done, "decode"], [place.done, place.finish, "held"]];
      context.fillStyle = colours.bg;
      context.fillRect(left, y, stop - left, LANE - GAP);
      for (const [from, to, stage] of stages) {
        context.fillStyle = patterns[stage];
        context.fillRect(x(from), y, x(to) - x(from), LANE - GAP);
      }
      context.fillStyle = colours.bg;
      context.fillRect(left - 0.5, y, 1, LANE - GAP);
      const name = String(place.request + 1), room = x(place.done) - x(place.first);
      if (room > context.measureText(name).width + 6) {
        context.textAlign = "left";
        context.fillText(name, x(place.first) + 4, y + (LANE - GAP) / 2 + 0.5);
      }
      if (place.request === state.selected) {
        context.strokeStyle = colours.fg;
        context.lineWidth = 2.5;
        context.strokeRect(left + 1, y + 1, Math.max(stop - left - 2, 2), LANE - GAP - 2);
      }
    }
    drawArrivals(context, x, colours);
    if (at < end) {
      context.globalAlpha = 0.78;
      context.fillStyle = colours.bg;
      context.fillRect(x(at), TOP, right - x(at) + 8, low - TOP);
      context.globalAlpha = 1;
      context.fillStyle = colours.fg;
      context.fillRect(x(at) - 1, TOP - 4, 2, low - TOP + 8);
    }
    drawSeconds(context, x, right, low, colours);
  };
  // A small triangle where a request arrives; that of the chosen one is filled.
  const drawArrivals = (context, x, colours) => {
    state.requests.forEach(([arrival], request) => {
      const middle = x(arrival * 1000 / state.step);
      context.beginPath();
      context.moveTo(middle - 4, 3); context.lineTo(middle + 4, 3); context.lineTo(middle, TOP - 3); context.closePath();
      context.lineWidth = 1;
      context.strokeStyle = context.fillStyle = request === state.selected ? colours.fg : colours.muted;
      if (request === state.selected) context.fill(); else context.stroke();
    });
  };
  const drawSeconds = (context, x, right, low, colours) => {
    const { begin, end, step } = state, span = (end - begin) * step / 1000;
    const unit = 10 ** Math.floor(Math.log10(span / Math.max(2, across() / 90)));
    const every = [1, 2, 5, 10].map((times) => times * unit).find((size) => span / size <= Math.max(2, across() / 70));
    context.fillStyle = colours.muted;
    context.textAlign = "center";
    for (let tick = Math.ceil(begin * step / 1000 / every - 1e-9); tick * every <= end * step / 1000 + 1e-9; tick++) {
      const middle = x(tick * every * 1000 / step), text = `${Number((tick * every).toPrecision(9))} s`, half = context.measureText(text).width / 2;
      context.fillRect(Math.round(middle), low + 1, 1, 3);
      context.fillText(text, Math.min(middle, right + 6 - half), low + 11);
    }
  };

  const show = (latest) => {
    state = latest;
    const { begin, end, at, step } = state;
    for (const [name, value] of [["min", 0], ["max", end - begin], ["now", at - begin]]) canvas.setAttribute(`aria-value${name}`, String(value));
    canvas.setAttribute("aria-valuetext", `step ${at - begin} of ${end - begin}, ${(at * step / 1000).toFixed(2)} seconds: ${state.spoken}`);
    const high = TOP + state.slots * LANE + BOTTOM;
    if (canvas.style.height !== `${high}px`) chart.resize(high);
    chart.paint();
  };
  return { node: canvas, show, measure: chart.measure, stop: chart.stop };
}

// The fills: idle and held slots are hatched, so that they differ without colour as well.
function makePatterns(context, colours) {
  const tile = (paint) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 8;
    paint(canvas.getContext("2d"));
    return context.createPattern(canvas, "repeat");
  };
  const lines = (brush, colour, slopes, width = 1) => {
    brush.strokeStyle = colour;
    brush.lineWidth = width;
    for (const slope of slopes) for (const shift of [-8, 0, 8]) {
      brush.beginPath();
      brush.moveTo(shift, slope > 0 ? 0 : 8); brush.lineTo(shift + 8, slope > 0 ? 8 : 0);
      brush.stroke();
    }
  };
  const ground = (brush, colour) => { brush.fillStyle = colour; brush.fillRect(0, 0, 8, 8); };
  return {
    decode: colours["series-0"],
    prefill: tile((brush) => { ground(brush, colours["series-1"]); lines(brush, colours.bg, [-1], 1.2); }),
    held: tile((brush) => { ground(brush, colours.soft); lines(brush, colours.muted, [1, -1], 0.9); }),
    idle: tile((brush) => { ground(brush, colours.bg); lines(brush, colours.soft, [1], 1.6); }),
  };
}
