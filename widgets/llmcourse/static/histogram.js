// A histogram of one or several series over common bin edges; the first is filled, the others are outlined.
import { element, shortNumber } from "./common.js";
import { axisScale, chartArea, drawAxes, readableChart } from "./chart_canvas.js";

// `pick(bin)` is called for a click or an arrow key, when given. `show({ counts: [{ name, values }], edges, xName, yName,
// marks, selected })` draws: `edges` has one number more than each `values`, `marks` are vertical lines.
export function histogram({ label, height = 160, pick = null }) {
  let state = { counts: [], edges: [] }, hovered = -1;
  const chart = readableChart({ label, height, draw }), { canvas, legend, readout, node } = chart;

  const bins = () => Math.max(state.edges.length - 1, 0);
  const binAt = (event) => {
    const { left, right } = chartArea(chart.width(), 0), share = (event.offsetX - left) / (right - left);
    const value = state.edges[0] + share * (state.edges.at(-1) - state.edges[0]);
    const next = state.edges.findIndex((edge) => value < edge); // the edge on the right of the mouse
    return Math.max(0, (next < 0 ? bins() : next) - 1);
  };
  const choose = (bin) => { if (!bins()) return; if (pick) pick(bin); else { state.selected = bin; chart.paint(); speak(); } };
  canvas.addEventListener("pointerdown", (event) => choose(binAt(event)));
  canvas.addEventListener("pointermove", (event) => { hovered = bins() ? binAt(event) : -1; chart.paint(); });
  canvas.addEventListener("pointerleave", () => { hovered = -1; chart.paint(); });
  canvas.addEventListener("keydown", (event) => {
    if (!bins() || event.ctrlKey || event.metaKey || event.altKey) return;
    const at = state.selected ?? -1, last = bins() - 1;
    const next = { ArrowRight: at + 1, ArrowUp: at + 1, ArrowLeft: at - 1, ArrowDown: at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    state.selected = Math.max(0, Math.min(last, next));
    choose(state.selected);
  });
  const sentence = (bin) => `${shortNumber(state.edges[bin])} to ${shortNumber(state.edges[bin + 1])}: ${state.counts.map(({ name, values }) => `${name} ${shortNumber(values[bin])}`).join(", ")}`;
  const speak = () => {
    const at = state.selected ?? -1;
    canvas.setAttribute("aria-valuemax", String(Math.max(bins() - 1, 0)));
    canvas.setAttribute("aria-valuenow", String(Math.max(at, 0)));
    canvas.setAttribute("aria-valuetext", at >= 0 && at < bins() ? sentence(at) : bins() ? "no bin chosen" : "no values");
  };

  function draw(context, { wide, high, colours }) {
    const area = chartArea(wide, high);
    const most = Math.max(0, ...state.counts.flatMap(({ values }) => Array.from(values)));
    if (!bins() || !(most > 0)) {
      context.fillStyle = colours.muted; context.font = `12px ${colours.font}`; context.textAlign = "center"; context.textBaseline = "middle";
      context.fillText("No values yet", wide / 2, high / 2);
      return;
    }
    const low = state.edges[0], top = state.edges.at(-1);
    const x = { ...axisScale(low, top, area.left, area.right), low, high: top, name: state.xName };
    const y = { ...axisScale(0, most, area.bottom, area.top), low: 0, high: most, name: state.yName };
    drawAxes(context, area, x, y, colours);
    state.counts.forEach(({ values }, place) => {
      context.fillStyle = context.strokeStyle = colours[`series-${place % 6}`];
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(x.at(low), area.bottom);
      for (let bin = 0; bin < bins(); bin++) {
        context.lineTo(x.at(state.edges[bin]), y.at(values[bin]));
        context.lineTo(x.at(state.edges[bin + 1]), y.at(values[bin]));
      }
      context.lineTo(x.at(top), area.bottom);
      if (place === 0) { context.globalAlpha = 0.55; context.fill(); context.globalAlpha = 1; } else context.stroke();
    });
    for (const [bin, colour] of [[hovered, colours.muted], [state.selected ?? -1, colours.fg]]) {
      if (bin < 0 || bin >= bins()) continue;
      context.strokeStyle = colour; context.lineWidth = 1;
      context.strokeRect(x.at(state.edges[bin]), area.top, x.at(state.edges[bin + 1]) - x.at(state.edges[bin]), area.bottom - area.top);
    }
    context.strokeStyle = colours.fg; context.lineWidth = 1; context.setLineDash([3, 3]);
    for (const mark of state.marks ?? []) {
      if (!(mark >= low && mark <= top)) continue;
      context.beginPath(); context.moveTo(x.at(mark), area.top); context.lineTo(x.at(mark), area.bottom); context.stroke();
    }
    context.setLineDash([]);
    const told = hovered >= 0 ? hovered : state.selected ?? -1;
    const text = told >= 0 && told < bins() ? sentence(told) : "";
    if (readout.textContent !== text) readout.textContent = text;
  }

  const show = (latest) => {
    state = { ...latest };
    const names = state.counts.length > 1 ? state.counts.map(({ name }) => name) : [];
    if (legend.dataset.names !== names.join("\u0001")) {
      legend.dataset.names = names.join("\u0001");
      legend.replaceChildren(...names.map((name, place) => element("span", {},
        element("span", { class: "llmc-chart-key", style: `--llmc-key: var(--llmc-series-${place % 6})`, "aria-hidden": "true" }), name)));
    }
    chart.paint();
    speak();
  };
  return { node, show, measure: chart.measure, stop: chart.stop };
}
