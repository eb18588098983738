// The contour view of LossLandscape: the same surface from straight above, as colours and lines of equal level.
import { axisScale, chartCanvas, drawAxes } from "./chart_canvas.js";
import { drawCross, drawEnds, drawMinimum, drawPath } from "./loss_marks.js";
import { ISO_LINES } from "./loss_raster.js";

const CONTOUR_LEFT = 52, CONTOUR_RIGHT = 12, CONTOUR_TOP = 22, CONTOUR_BOTTOM = 36;

// `pick(place)` is called for a click or a key (-1 for Escape), `start(x, y)` for a click or a drag while descent is shown,
// `hover(place)` for the point under the mouse, `step(rows, columns)` for an arrow key.
// `chosen()` is the selected point: a key may have moved it after the last frame.
export function lossContour({ label, ramp, pick, start, hover, step, chosen }) {
  let state = null, axes = null, painted = {}, pressed = false;
  const image = document.createElement("canvas"), colours32 = ramp.map(([red, green, blue]) => (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0);
  const lines32 = ramp.map((colour) => { const [red, green, blue] = colour.map((value) => Math.round(value * 0.55)); return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0; });
  const chart = chartCanvas({ height: 360, draw, attributes: { class: "llmc-loss-contour", tabindex: "0", role: "application", "aria-roledescription": "contour map", "aria-label": label } });
  const { canvas } = chart;

  const paintImage = (wide, high) => {
    if (painted.levels === state.levels && painted.wide === wide && painted.high === high) return;
    painted = { levels: state.levels, wide, high };
    image.width = wide; image.height = high;
    const data = new ImageData(wide, high), pixels = new Uint32Array(data.data.buffer), { levels, rows, columns } = state;
    const [acrossStep, alongStep] = [(columns - 1) / wide, (rows - 1) / high];
    for (let y = 0, at = 0; y < high; y++) {
      const along = (rows - 1) * (1 - (y + 0.5) / high), row = Math.min(Math.floor(along), rows - 2), v = along - row;
      for (let x = 0; x < wide; x++, at++) {
        const across = ((x + 0.5) / wide) * (columns - 1), column = Math.min(Math.floor(across), columns - 2), u = across - column, corner = row * columns + column;
        const a = levels[corner], b = levels[corner + 1], c = levels[corner + columns], d = levels[corner + columns + 1];
        const low = a + u * (b - a), up = c + u * (d - c), level = low + v * (up - low);
        if (Number.isNaN(a + b + c + d)) continue; // a hole
        const slope = (Math.abs((b - a) * (1 - v) + (d - c) * v) * acrossStep + Math.abs(up - low) * alongStep) * ISO_LINES;
        const band = level * ISO_LINES, nearest = Math.round(band);
        pixels[at] = (nearest > 0 && nearest < ISO_LINES && Math.abs(band - nearest) < Math.min(0.55 * slope, 0.2) ? lines32 : colours32)[(level * 255) | 0];
      }
    }
    image.getContext("2d").putImageData(data, 0, 0);
  };

  function draw(context, { wide, high, colours }) {
    if (!state) return;
    const area = { left: CONTOUR_LEFT, right: wide - CONTOUR_RIGHT, top: CONTOUR_TOP, bottom: high - CONTOUR_BOTTOM };
    const { xs, ys } = state, ratio = Math.min(globalThis.devicePixelRatio || 1, 2);
    const x = { ...axisScale(xs[0], xs.at(-1), area.left, area.right), low: xs[0], high: xs.at(-1), name: state.names[0] };
    const y = { ...axisScale(ys[0], ys.at(-1), area.bottom, area.top), low: ys[0], high: ys.at(-1), name: state.names[1] };
    axes = { x, y };
    paintImage(Math.max(1, Math.round((area.right - area.left) * ratio)), Math.max(1, Math.round((area.bottom - area.top) * ratio)));
    drawAxes(context, area, x, y, colours);
    context.drawImage(image, area.left, area.top, area.right - area.left, area.bottom - area.top);
    context.save();
    context.beginPath(); context.rect(area.left, area.top, area.right - area.left, area.bottom - area.top); context.clip();
    for (const { points, colour } of state.paths) {
      const places = points.map(([px, py]) => [x.at(px), y.at(py), true]);
      drawPath(context, places, colour, places.length <= 150 ? places : []);
      if (places.length) drawEnds(context, places[0], places.at(-1), colour);
    }
    context.restore();
    const at = (place) => [x.at(xs[place % state.columns]), y.at(ys[Math.floor(place / state.columns)])];
    if (state.lowest >= 0) drawMinimum(context, at(state.lowest));
    if (state.hovered >= 0) drawCross(context, at(state.hovered), false);
    if (state.selected >= 0) drawCross(context, at(state.selected), true);
  }

  const clamp = (value, low, high) => Math.max(low, Math.min(high, value));
  const under = (event) => {
    if (!axes) return null;
    const { xs, ys } = state, place = { x: clamp(axes.x.value(event.offsetX), xs[0], xs.at(-1)), y: clamp(axes.y.value(event.offsetY), ys[0], ys.at(-1)) };
    const column = Math.round(((place.x - xs[0]) / (xs.at(-1) - xs[0])) * (xs.length - 1)), row = Math.round(((place.y - ys[0]) / (ys.at(-1) - ys[0])) * (ys.length - 1));
    return { ...place, place: row * state.columns + column };
  };
  canvas.addEventListener("pointerdown", (event) => {
    const here = under(event);
    if (!here) return;
    pressed = true;
    canvas.setPointerCapture(event.pointerId);
    pick(here.place);
    if (state.descend) start(here.x, here.y);
  });
  canvas.addEventListener("pointermove", (event) => {
    const here = under(event);
    if (!here) return;
    if (!pressed) hover(here.place);
    else if (state.descend) start(here.x, here.y);
    else pick(here.place);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { pressed = false; });
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("keydown", (event) => {
    if (!state || event.ctrlKey || event.metaKey || event.altKey) return;
    const far = event.shiftKey ? 10 : 1, way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }[event.key];
    if (way) step(far * way[0], far * way[1]);
    else if (event.key === "Home") pick(state.lowest);
    else if (event.key === "Escape") pick(-1);
    else if (event.key === "Enter" && state.descend && chosen() >= 0) start(state.xs[chosen() % state.columns], state.ys[Math.floor(chosen() / state.columns)]);
    else return;
    event.preventDefault();
  });
  return { node: canvas, show: (latest) => { state = latest; chart.paint(); }, measure: chart.measure, stop: chart.stop };
}
