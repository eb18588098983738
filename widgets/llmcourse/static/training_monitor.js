// TrainingMonitor: curves, speed and samples of a run while it trains, with buttons that pause and stop it.
import { element, errorLine, followTheme, numbersFrom, onBytes, onTraits, shortNumber, tokenLabel } from "./common.js";
import { pushButton, slider, toggle } from "./controls.js";
import { clockTime, curvesFrom, smoothCurve, thinExtremes } from "./training_curves.js";
import { lineChart } from "./line_chart.js";

const MOST_CURVES = 6; // the colours that can be told apart
const LEAST_SMOOTHED = 50; // points; a shorter curve (a validation loss now and then) is drawn as it is
const MONITOR_STATES = { idle: "Waiting for numbers", running: "Training", paused: "Paused", stopped: "Stopped", finished: "Finished", failed: "Failed" };

function render({ model, el }) {
  const stops = [], charts = new Map(), parts = [];
  let curves = [], stale = true;

  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const ask = (name) => { if (model.get("live") && model.get("answers")) set("asked", name); };
  const buttons = { pause: pushButton("Pause", () => ask("pause")), resume: pushButton("Resume", () => ask("resume")), stop: pushButton("Stop", () => ask("stop")) };
  const state = element("strong", { "aria-live": "polite" });
  const bar = element("progress", { "aria-label": "Steps done" });
  const figures = element("dl", { class: "llmc-monitor-figures" });
  const warnings = element("div", { class: "llmc-monitor-warnings", role: "status" });
  const smoothing = slider({ label: "Smoothing", min: 0, max: 0.99, step: 0.01, change: (value) => set("smoothing", value) });
  const runs = element("div", { class: "llmc-row llmc-monitor-runs", role: "group", "aria-label": "Runs drawn" });
  const place = element("div", { class: "llmc-monitor-charts" });
  const samples = monitorSamples();
  const root = element("div", { class: "llmc llmc-training-monitor" },
    element("div", { class: "llmc-row llmc-monitor-head" }, state, bar, buttons.pause, buttons.resume, buttons.stop),
    errorLine(model, stops), warnings, figures,
    element("div", { class: "llmc-row llmc-monitor-controls" }, smoothing.node, runs), place, samples.node);

  const head = () => {
    const now = model.get("state"), progress = model.get("progress"), several = model.get("runs").length > 1;
    const said = now === "idle" && model.get("series").length ? "Logged so far" : MONITOR_STATES[now];
    const title = several && progress.run ? `${said}: ${tokenLabel(progress.run, 30)}` : said;
    if (state.textContent !== title) state.textContent = title;
    bar.hidden = !progress.total;
    if (progress.total) { bar.max = progress.total; bar.value = Math.min(progress.done, progress.total); }
    const answers = model.get("live") && model.get("answers");
    const why = answers ? "" : model.get("live") ? "These buttons reach a training begun with monitor.start(…). A training in a cell is stopped by the notebook’s own ■." : "Training needs a running kernel";
    buttons.pause.hidden = now === "paused";
    buttons.resume.hidden = now !== "paused";
    for (const button of Object.values(buttons)) { button.disabled = !answers; button.title = why; }
    const latest = new Map(model.get("series").map(({ run, name }, at) => [run === progress.run ? name : "", curves[at]?.y.at(-1)]));
    latest.delete("");
    showMonitorFigures(figures, [
      ["Step", progress.total ? `${stepCount(progress.done)} of ${stepCount(progress.total)}` : stepCount(progress.done ?? 0)],
      ["Time", clockTime(progress.seconds ?? 0)],
      ["Time left", progress.seconds_left === null || progress.seconds_left === undefined ? "–" : clockTime(progress.seconds_left)],
      ["Steps/s", speedText(progress.steps_per_second)],
      ...(progress.tokens_per_second ? [["Tokens/s", speedText(progress.tokens_per_second)]] : []),
      ...Array.from(latest).filter(([, value]) => value !== undefined).slice(0, 6).map(([name, value]) => [tokenLabel(name, 24), shortNumber(value)]),
    ]);
    const told = model.get("warnings");
    if (told.join("\n") !== warnings.textContent) warnings.replaceChildren(...told.map((sentence) => element("div", {}, sentence)));
  };

  const draw = () => {
    const series = model.get("series"), hidden = new Set(model.get("hidden_runs")), weight = model.get("smoothing");
    const names = model.get("runs"), several = names.length > 1;
    if (stale || curves.length !== series.length) { curves = curvesFrom(parts.filter(Boolean), series.length); stale = false; }
    smoothing.set(weight);
    showMonitorRuns(runs, names, hidden, (name, on) => set("hidden_runs", on ? model.get("hidden_runs").filter((one) => one !== name) : [...model.get("hidden_runs"), name]));
    const groups = new Map();
    series.forEach((one, at) => {
      if (hidden.has(one.run)) return;
      if (!groups.has(one.group)) groups.set(one.group, []);
      groups.get(one.group).push({ ...one, lead: names.indexOf(one.run), ...(curves[at] ?? { x: [], y: [] }) });
    });
    if (groups.size === 0) groups.set("", []);
    for (const [group, chart] of charts) if (!groups.has(group)) { chart.stop(); chart.node.remove(); charts.delete(group); }
    for (const [group, drawn] of groups) {
      if (!charts.has(group)) {
        charts.set(group, monitorChart(group, (log) => set("log_scale", log ? [...model.get("log_scale"), group] : model.get("log_scale").filter((one) => one !== group))));
        place.append(charts.get(group).node);
      }
      charts.get(group).show(drawn, { several, weight, log: model.get("log_scale").includes(group) });
    }
    head();
    samples.show(model.get("samples"), several);
  };
  const soon = onTraits(model, ["series", "runs", "samples", "warnings", "smoothing", "log_scale", "hidden_runs", "progress", "state", "answers", "live"], draw, stops);
  for (const number of [0, 1, 2, 3]) stops.push(onBytes(model, `points_${number}`, (bytes) => { parts[number] = numbersFrom(bytes, Float64Array); stale = true; soon(); }));
  stops.push(followTheme(root, () => { for (const chart of charts.values()) chart.measure(); }));
  draw();
  el.append(root);
  return () => { stops.forEach((stop) => stop()); for (const chart of charts.values()) chart.stop(); };
}

// One chart of the numbers of a group, with its own switch to a logarithmic axis.
function monitorChart(group, change) {
  const chart = lineChart({ label: group ? `${tokenLabel(group, 60)} by step` : "Nothing logged yet", height: 200 });
  const log = toggle({ label: "Logarithmic", change });
  const note = element("div", { class: "llmc-muted llmc-monitor-note" });
  log.node.hidden = !group;
  const node = element("section", { class: "llmc-monitor-chart", "aria-label": tokenLabel(group, 60) || "Curves" },
    element("div", { class: "llmc-monitor-title" }, element("span", { class: "llmc-monitor-name" }, tokenLabel(group, 40)), log.node), chart.node, note);
  const show = (drawn, { several, weight, log: logarithmic }) => {
    log.set(logarithmic);
    const columns = Math.max(chart.node.clientWidth, 200);
    const few = drawn.slice(0, MOST_CURVES), series = [];
    const names = [...new Set(few.map(({ name }) => name))];
    few.forEach(({ run, name, x, y, lead }, at) => {
      // Several runs: a colour each, the same in every chart; their second number of a chart (validation) is dashed.
      const colour = several ? lead : at, dashed = several && names.indexOf(name) > 0, smoothed = weight > 0 && y.length >= LEAST_SMOOTHED;
      const label = tokenLabel(several ? `${run}: ${name}` : name, 40).replaceAll("·", " ");
      if (smoothed) series.push({ name: label, ...thinExtremes(x, y, columns), colour, faint: true });
      series.push({ name: label, ...thinExtremes(x, smoothed ? smoothCurve(y, weight) : y, columns), colour, dashed });
    });
    chart.show({ series, xName: "step", yName: tokenLabel(group, 24), yLog: logarithmic, xText: (step) => step.toLocaleString("en") });
    const gone = few.reduce((sum, { y }) => sum + y.reduce((all, value) => all + (!Number.isFinite(value) || (logarithmic && value <= 0) ? 1 : 0), 0), 0);
    const said = [
      drawn.length > few.length ? `${drawn.length - few.length} more curves are not drawn: untick some runs.` : "",
      gone ? `${gone.toLocaleString("en")} ${gone === 1 ? "point is" : "points are"} not drawn: ${logarithmic ? "NaN, infinite, or not above 0" : "NaN or infinite"}.` : "",
    ].filter(Boolean).join(" ");
    if (note.textContent !== said) note.textContent = said;
  };
  return { node, show, measure: chart.measure, stop: chart.stop };
}

// The texts the model wrote, the newest unless an older one is chosen.
function monitorSamples() {
  let samples = [], several = false, wanted = -1; // -1: always the newest
  const range = element("input", { type: "range", min: 0, max: 0, step: 1, "aria-label": "Which sample" });
  const when = element("span", { class: "llmc-muted llmc-number" });
  const text = element("div", { class: "llmc-monitor-sample", dir: "auto", tabindex: "0", role: "group", "aria-label": "Sample" });
  const node = element("section", { "aria-label": "What the model writes" },
    element("div", { class: "llmc-row" }, element("strong", {}, "What the model writes"), range, when), text);
  range.addEventListener("input", () => { wanted = Number(range.value) === samples.length - 1 ? -1 : Number(range.value); write(); });
  const write = () => {
    const at = wanted < 0 || wanted >= samples.length ? samples.length - 1 : wanted;
    node.hidden = samples.length === 0;
    if (at < 0) return;
    range.max = samples.length - 1;
    range.value = at;
    const { run, step } = samples[at];
    when.textContent = `${several ? `${tokenLabel(run, 30)}, ` : ""}step ${step.toLocaleString("en")} (${at + 1} of ${samples.length})`;
    range.setAttribute("aria-valuetext", when.textContent);
    if (text.textContent !== samples[at].text) text.textContent = samples[at].text;
  };
  return { node, show: (latest, many) => { samples = latest; several = many; write(); } };
}

function showMonitorRuns(node, names, hidden, change) {
  node.hidden = names.length < 2;
  const key = names.join("\u0000");
  if (node.dataset.names !== key) {
    node.dataset.names = key;
    const toggles = names.map((name) => toggle({ label: tokenLabel(name, 30), change: (on) => change(name, on) }));
    node.llmcToggles = toggles;
    node.replaceChildren(...toggles.map((one) => one.node));
  }
  node.llmcToggles.forEach((one, at) => one.set(!hidden.has(names[at])));
}

function showMonitorFigures(list, pairs) {
  while (list.children.length > pairs.length) list.lastChild.remove();
  while (list.children.length < pairs.length) list.append(element("div", {}, element("dt", { class: "llmc-muted" }), element("dd", { class: "llmc-number" })));
  pairs.forEach(([name, value], at) => {
    const [term, figure] = list.children[at].children;
    if (term.textContent !== name) term.textContent = name;
    if (figure.textContent !== value) figure.textContent = value;
  });
}

function stepCount(value) {
  return value.toLocaleString("en");
}

function speedText(value) {
  return value === null || value === undefined ? "–" : value >= 1000 ? Math.round(value).toLocaleString("en") : shortNumber(value);
}

export default { render };
