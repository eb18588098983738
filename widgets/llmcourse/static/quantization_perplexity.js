// Perplexity against bits: what the kernel measured so far, as a chart and as a table, and the button for the next point.
import { element } from "./common.js";
import { pushButton } from "./controls.js";
import { lineChart } from "./line_chart.js";

// `measure()` asks the kernel for a point with the settings as they stand.
export function perplexityPanel({ model, measure }) {
  const button = pushButton("Measure perplexity", () => { if (model.get("live") && model.get("progress") < 0) { asked = true; measure(); show(); } });
  const bar = element("progress", { max: 1, value: 0, "aria-label": "Layers measured" });
  const status = element("span", { class: "llmc-muted", "aria-live": "polite" });
  const chart = lineChart({ label: "Perplexity against real bits a weight", height: 200 });
  const body = element("tbody");
  const table = element("table", { class: "llmc-quant-table", "aria-label": "Measured perplexity" },
    element("thead", {}, element("tr", {}, ...["Method", "Bits", "Group", "Clipped", "Bits a weight", "Perplexity", "Against the original"].map((name) => element("th", { scope: "col" }, name)))), body);
  const place = element("div", { class: "llmc-quant-measured" }, chart.node, element("div", { class: "llmc-quant-scroller", tabindex: "0", role: "region", "aria-label": "Measured points" }, table));
  const node = element("div", {}, element("div", { class: "llmc-quant-head" }, "What it costs the model: perplexity with all linear layers rounded like this"), element("div", { class: "llmc-row" }, button, bar, status), place);
  let drawn = null, asked = false;

  const show = () => {
    const live = model.get("live"), able = model.get("measurable"), points = model.get("points"), running = model.get("progress") >= 0;
    node.hidden = !able && points.length === 0;
    button.hidden = !able;
    button.disabled = !live || running;
    button.title = live ? "Runs the model once on a short text; its weights are never changed" : "Measuring needs a running kernel";
    if (running || model.get("error") || drawn !== points) asked = false;
    bar.hidden = !running && !asked;
    bar.value = Math.max(model.get("progress"), 0);
    status.textContent = running || asked ? "The model reads the text…" : able && !live ? "Measuring needs a running kernel." : "";
    place.hidden = points.length === 0;
    if (drawn === points) return;
    drawn = points;
    const whole = points.find(({ method }) => method === "none"), ranked = points.filter(({ method }) => method !== "none").sort((one, two) => one.bits_per_weight - two.bits_per_weight);
    const named = (name, text) => { const own = ranked.filter(({ method }) => method === name); return { name: text, x: own.map((one) => one.bits_per_weight), y: own.map((one) => one.perplexity), points: true }; };
    const xs = ranked.map((one) => one.bits_per_weight);
    const line = whole && xs.length ? [{ name: "the model as it is", x: [...new Set([xs[0], xs.at(-1)])], y: xs[0] === xs.at(-1) ? [whole.perplexity] : [whole.perplexity, whole.perplexity], dashed: true }] : [];
    chart.show({ series: [named("absmax", "absmax"), named("zeropoint", "zero point"), ...line], xName: "bits a weight", yName: "", yLog: true });
    body.replaceChildren(...[...(whole ? [whole] : []), ...ranked].map((one) => element("tr", {}, ...[
      one.method === "none" ? "as it is" : one.method, one.method === "none" ? "" : one.bits, one.method === "none" ? "" : one.group, one.clip ? `${Number((one.clip * 100).toPrecision(3))}%` : "",
      one.bits_per_weight.toFixed(2), perplexityText(one.perplexity), whole ? `× ${perplexityText(one.perplexity / whole.perplexity)}` : "",
    ].map((text) => element("td", { class: "llmc-number" }, String(text))))));
  };
  return { node, show, measure: chart.measure, stop: chart.stop };
}

function perplexityText(value) {
  return value >= 1e5 ? value.toExponential(2) : Number(value.toPrecision(4)).toLocaleString("en", { maximumFractionDigits: 3 });
}
