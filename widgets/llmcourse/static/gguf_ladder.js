// A bar of bytes to scale, with a funnel above it that shows which piece of the bar over it it enlarges.
import { element } from "./common.js";
import { chartCanvas } from "./chart_canvas.js";

const FUNNEL = 16, BAR = 28, MOST_EDGES = 2000;

// `pick(place)` is called for a click or a key with the place of a piece. `show({ start, end, count, at(place) → [start,
// end], colour(place), chosen, funnel: [from, to] as shares of the bar above or null, title, words })` draws: the pieces
// stand in order, `words` say the chosen one.
export function byteBar({ label, pick }) {
  let state = null;
  const chart = chartCanvas({
    height: FUNNEL + BAR + 2, draw,
    attributes: { class: "llmc-byte-bar", tabindex: "0", role: "slider", "aria-label": label, "aria-valuemin": 0, "aria-valuemax": 0, "aria-valuenow": 0 },
  });
  const { canvas } = chart;
  const title = element("div", { class: "llmc-byte-title" }), words = element("div", { class: "llmc-muted llmc-number llmc-byte-words" });
  const node = element("div", { class: "llmc-byte-level" }, element("div", { class: "llmc-byte-head" }, title, words), canvas);

  const placeAt = (offset) => {
    const byte = state.start + (offset / chart.width()) * (state.end - state.start);
    let low = 0, high = state.count - 1;
    while (low < high) { const middle = (low + high + 1) >> 1; if (state.at(middle)[0] <= byte) low = middle; else high = middle - 1; }
    return low;
  };
  const choose = (place) => { if (state?.count) pick(Math.max(0, Math.min(state.count - 1, place))); };
  canvas.addEventListener("pointerdown", (event) => { if (state?.count) { canvas.setPointerCapture(event.pointerId); choose(placeAt(event.offsetX)); } });
  canvas.addEventListener("pointermove", (event) => { if (event.buttons === 1 && state?.count) choose(placeAt(event.offsetX)); });
  canvas.addEventListener("keydown", (event) => {
    if (!state?.count || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = state.current(), page = Math.max(1, Math.round(state.count / 20));
    const next = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, PageUp: at + page, PageDown: at - page, Home: 0, End: state.count - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    choose(next);
  });

  function draw(context, { wide, colours }) {
    if (!state) return;
    const { start, end, count, at, colour, chosen, funnel } = state, span = Math.max(end - start, 1);
    const x = (byte) => ((byte - start) / span) * wide;
    if (funnel) {
      context.fillStyle = colours.soft;
      context.beginPath();
      context.moveTo(funnel[0] * wide, 0); context.lineTo(Math.max(funnel[1] * wide, funnel[0] * wide + 1), 0); context.lineTo(wide, FUNNEL); context.lineTo(0, FUNNEL);
      context.fill();
    }
    context.fillStyle = colours.soft;
    context.fillRect(0, FUNNEL, wide, BAR);
    if (count > MOST_EDGES) {
      context.fillStyle = colours[colour(0)];
      context.fillRect(0, FUNNEL, x(at(count - 1)[1]), BAR);
    } else {
      for (let place = 0; place < count; place++) {
        const [from, to] = at(place), left = x(from), broad = x(to) - left;
        context.fillStyle = colours[colour(place)];
        context.fillRect(left, FUNNEL, Math.max(broad > 4 ? broad - 1 : broad, 0.5), BAR);
      }
    }
    if (count && chosen >= 0 && chosen < count) {
      const [from, to] = at(chosen), broad = Math.max(x(to) - x(from), 5), left = Math.max(1.5, Math.min(x(from) - (broad > x(to) - x(from) ? 2 : 0), wide - broad - 1.5));
      context.lineWidth = 5; context.strokeStyle = colours.bg;
      context.strokeRect(left, FUNNEL + 1.5, Math.min(broad, wide - 3), BAR - 2);
      context.lineWidth = 2.5; context.strokeStyle = colours.fg;
      context.strokeRect(left, FUNNEL + 1.5, Math.min(broad, wide - 3), BAR - 2);
    }
  }

  const show = (latest) => {
    state = latest;
    node.hidden = !latest;
    if (!latest) return;
    title.textContent = latest.title;
    words.textContent = latest.words;
    canvas.setAttribute("aria-valuemax", String(Math.max(latest.count - 1, 0)));
    canvas.setAttribute("aria-valuenow", String(Math.max(latest.chosen, 0)));
    canvas.setAttribute("aria-valuetext", latest.count ? latest.words : "empty");
    chart.paint();
  };
  return { node, show, measure: chart.measure, stop: chart.stop };
}

// 98,362,432 bytes in words: 98.4 MB.
export function byteSize(count) {
  const [unit, name] = [[1e9, "GB"], [1e6, "MB"], [1e3, "kB"]].find(([one]) => count >= one) ?? [1, "B"];
  return `${unit === 1 ? count : (count / unit).toPrecision(3)} ${name}`;
}
