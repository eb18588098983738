// The whole vocabulary on one canvas: probability against rank, both logarithmic, coloured by the rule that removed it.
import { element } from "./common.js";
import { removingRule } from "./sampling.js";

const HEIGHT = 132, LEFT = 46, RIGHT = 8, TOP = 8, BOTTOM = 30, RUG = 6;
const COLOURS = ["kept", "temperature", "top_k", "top_p", "min_p", "typical_p", "share", "grid", "muted", "fg"];
const FLOOR = 1e-10; // probabilities below are drawn at the bottom

// `select(id)` is called for a click, a drag or an arrow key; `selected()` is the id chosen now. Returns { node, show(view), measure() }: `measure` draws anew
// after a change of size or theme. Both are asked for only then: asking makes the browser lay out the page at once.
export function samplingCurve(selected, select) {
  const canvas = element("canvas", { class: "llmc-curve", tabindex: "0", role: "slider", "aria-label": "Inspect a token by its rank", "aria-valuemin": 1 });
  let view = null, wide = 0, colours = {};
  const size = () => view.cut.ids.length;
  const xOf = (rank) => LEFT + (Math.log(rank + 1) / Math.log(Math.max(size(), 2))) * (wide - LEFT - RIGHT);
  const rankAt = (x) => {
    const place = (x - LEFT) / (wide - LEFT - RIGHT);
    return Math.max(0, Math.min(size() - 1, Math.round(Math.max(size(), 2) ** place) - 1));
  };
  const point = (event) => select(view.cut.ids[rankAt(event.offsetX)]);
  canvas.addEventListener("pointerdown", (event) => { canvas.setPointerCapture(event.pointerId); point(event); });
  canvas.addEventListener("pointermove", (event) => { if (event.buttons === 1) point(event); });
  canvas.addEventListener("keydown", (event) => {
    const at = Math.max(view.rankOf(selected()), 0);
    const next = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at * 2 + 1, PageDown: at >> 1, Home: 0, End: size() - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    select(view.cut.ids[Math.max(0, Math.min(size() - 1, next))]);
  });

  const measure = () => {
    wide = canvas.clientWidth || wide; // JupyterLab hides a page for a moment while it changes the theme
    const style = getComputedStyle(canvas);
    colours = Object.fromEntries(COLOURS.map((name) => [name, style.getPropertyValue(`--llmc-${name}`).trim()]));
    draw();
  };
  const draw = () => {
    if (!view || wide === 0) return; // not laid out yet: it is measured when it is
    const ratio = globalThis.devicePixelRatio || 1;
    canvas.width = Math.round(wide * ratio);
    canvas.height = HEIGHT * ratio;
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.font = "11px system-ui, sans-serif";
    const bottom = HEIGHT - BOTTOM;
    const yOf = (p) => TOP + (Math.log(Math.max(p, FLOOR)) / Math.log(FLOOR)) * (bottom - TOP);

    pen.strokeStyle = colours.grid;
    pen.fillStyle = colours.muted;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const [p, label] of [[1, "100 %"], [1e-3, "0.1 %"], [1e-6, "10⁻⁴ %"], [1e-9, "10⁻⁷ %"]]) {
      pen.beginPath(); pen.moveTo(LEFT, yOf(p)); pen.lineTo(wide - RIGHT, yOf(p)); pen.stroke();
      pen.fillText(label, LEFT - 4, yOf(p));
    }
    const end = wide - RIGHT;
    for (let x = LEFT; x < end;) { // one shape for each stretch of the same fate
      const start = x, rule = removingRule(view.cut, rankAt(x));
      pen.beginPath();
      pen.moveTo(start, bottom);
      for (; x < end && removingRule(view.cut, rankAt(x)) === rule; x++) {
        const y = rule === "logits" ? bottom : Math.min(yOf(view.cut.weights[rankAt(x)] / view.cut.total), bottom - 1);
        pen.lineTo(x, y);
        pen.lineTo(x + 1, y);
      }
      pen.lineTo(x, bottom);
      pen.fillStyle = colours[rule || "kept"];
      pen.fill();
    }
    pen.fillStyle = colours.share;
    if (view.draws) view.drawn.counts.forEach((times, place) => { if (times) pen.fillRect(xOf(view.cut.first + place) - 0.5, bottom + 2, 1.5, RUG); });
    pen.fillStyle = colours.muted;
    pen.textAlign = "center";
    for (let tick = 1; tick < size(); tick *= 10) {
      if (wide - RIGHT - xOf(tick - 1) > 60) pen.fillText(tick.toLocaleString("en"), xOf(tick - 1), HEIGHT - 10);
    }
    pen.textAlign = "right";
    pen.fillText(`rank ${size().toLocaleString("en")}`, wide - RIGHT, HEIGHT - 10);
    const chosen = view.rankOf(view.selected);
    if (chosen >= 0) {
      pen.fillStyle = colours.fg;
      pen.fillRect(xOf(chosen) - 0.75, TOP - 4, 1.5, bottom - TOP + 4);
    }
  };
  const show = (latest) => {
    view = latest;
    const rank = view.rankOf(view.selected);
    canvas.setAttribute("aria-valuemax", String(size()));
    canvas.setAttribute("aria-valuenow", String(Math.max(rank, 0) + 1));
    canvas.setAttribute("aria-valuetext", rank < 0 ? "no token selected" : view.sentence(view.describe(rank)));
    draw();
  };
  return { node: canvas, show, measure };
}
