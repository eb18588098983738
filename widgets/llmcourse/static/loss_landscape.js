// LossLandscape: a surface as a turning mesh and as contours; gradient descent runs down it, here in the page.
import { element, errorLine, followTheme, numbersFrom, onBytes, onTraits, shortNumber, tokenLabel } from "./common.js";
import { pushButton, slider, toggle } from "./controls.js";
import { lossContour } from "./loss_contour.js";
import { lossGrid, lossLevels, lossRamp } from "./loss_grid.js";
import { PATH_COLOURS } from "./loss_marks.js";
import { lossMesh } from "./loss_mesh.js";

const MOST_STEPS = 1000;
const SAVE_MS = 150; // a resting hand: then the view goes to the kernel
const WATCHED = ["selected", "log_scale", "yaw", "pitch", "zoom", "descend", "start", "learning_rate", "momentum", "steps", "path_names", "path_lengths", "names"];
const RATES = Array.from({ length: 61 }, (_, place) => Number((10 ** (place / 10 - 5)).toPrecision(3))); // 0.00001 to 10

function render({ model, el }) {
  const stops = [];
  let bytes = {}, surface = null, hovered = -1, saving = null, current = null;
  const set = (changes) => {
    for (const [trait, value] of Object.entries(changes)) model.set(trait, value);
    clearTimeout(saving);
    saving = setTimeout(() => model.save_changes(), SAVE_MS);
  };
  stops.push(() => clearTimeout(saving));
  const names = () => ["x", "y", "loss"].map((name, place) => plainName(model.get("names")[place] ?? name, 30));
  const pick = (selected) => set({ selected });
  const hover = (place) => { if (place !== hovered) { hovered = place; soon(); } };
  const step = (rows, columns) => {
    if (!surface) return;
    const at = model.get("selected") < 0 ? Math.max(surface.lowest, 0) : model.get("selected");
    const row = Math.floor(at / surface.columns) + rows, column = (at % surface.columns) + columns;
    pick(Math.max(0, Math.min(surface.rows - 1, row)) * surface.columns + Math.max(0, Math.min(surface.columns - 1, column)));
  };
  const turn = ({ yaw, pitch, zoom }) => set({ yaw: ((yaw % 360) + 360) % 360, pitch: Math.max(5, Math.min(90, pitch)), zoom: Math.max(0.5, Math.min(4, zoom)) });
  const ramp = lossRamp();
  const mesh = lossMesh({
    label: "The surface in 3-D. Arrow keys turn it, plus and minus bring it near, 0 resets the view, Shift and an arrow move the chosen point.",
    ramp, turn, pick, hover, step, now: () => ({ yaw: model.get("yaw"), pitch: model.get("pitch"), zoom: model.get("zoom") }),
  });
  const contour = lossContour({
    label: "The surface from above. Arrow keys move the chosen point, Shift makes ten steps, Home goes to the minimum, Enter starts gradient descent there.",
    ramp, pick, hover, step, chosen: () => model.get("selected"), start: (x, y) => set({ start: [x, y] }),
  });
  stops.push(mesh.stop, contour.stop);

  const log = toggle({ label: "logarithmic", change: (value) => set({ log_scale: value }) });
  const descend = toggle({ label: "gradient descent", change: (value) => set({ descend: value }) });
  const rate = slider({ label: "learning rate", min: 0, max: 1e6, step: 0.1, values: RATES, change: (value) => set({ learning_rate: value }) });
  const momentum = slider({ label: "momentum", min: 0, max: 1, step: 0.01, change: (value) => set({ momentum: value }) });
  const steps = slider({ label: "steps", min: 0, max: MOST_STEPS, change: (value) => set({ steps: value }) });
  const places = element("div", { class: "llmc-loss-places" });
  let starts = null;
  const legend = element("div", { class: "llmc-loss-legend" });
  const scale = element("div", { class: "llmc-loss-scale" });
  const bar = element("canvas", { class: "llmc-loss-bar", width: 256, height: 1, "aria-hidden": "true" });
  ramp.forEach((colour, place) => { const context = bar.getContext("2d"); context.fillStyle = `rgb(${colour})`; context.fillRect(place, 0, 1, 1); });
  const [low, high] = [element("span", { class: "llmc-number" }), element("span", { class: "llmc-number" })];
  scale.append(low, bar, high);
  const story = element("div", { class: "llmc-loss-story", "aria-live": "polite" });
  const readout = element("div", { class: "llmc-loss-readout llmc-number llmc-muted" });
  const controls = element("div", { class: "llmc-loss-controls", role: "group", "aria-label": "Gradient descent" }, rate.node, momentum.node, steps.node, places);
  const root = element("div", { class: "llmc llmc-loss-landscape" },
    errorLine(model, stops),
    element("div", { class: "llmc-row llmc-loss-tools" }, scale, log.node, descend.node, pushButton("Reset view", () => turn({ yaw: 35, pitch: 35, zoom: 1 }), "Drag the surface to turn it")),
    element("div", { class: "llmc-loss-halves" }, element("div", {}, mesh.node), element("div", {}, contour.node)),
    legend, readout, controls, story);

  const draw = () => {
    if (!surface) return;
    if (surface.log !== model.get("log_scale")) Object.assign(surface, lossLevels(surface.losses, model.get("log_scale")), { log: model.get("log_scale") });
    const paths = givenPaths(), showDescent = model.get("descend");
    current = showDescent ? surface.grid.descend(model.get("start"), model.get("learning_rate"), model.get("momentum"), Math.min(model.get("steps"), MOST_STEPS)) : null;
    if (current) paths.push({ name: "gradient descent", points: current.points });
    paths.forEach((path, place) => { path.colour = PATH_COLOURS[place % PATH_COLOURS.length]; });
    const selected = model.get("selected") < surface.losses.length ? model.get("selected") : -1;
    const shown = { ...surface, names: names(), heightName: names()[2] + (surface.scaled ? ", log" : ""), paths, selected, hovered: hovered < surface.losses.length ? hovered : -1, descend: showDescent, yaw: model.get("yaw"), pitch: model.get("pitch"), zoom: Math.max(0.5, Math.min(4, model.get("zoom"))) };
    mesh.show(shown);
    contour.show(shown);
    drawControls(paths, showDescent);
    readout.textContent = hovered >= 0 && hovered < surface.losses.length ? sentence(hovered) : "";
    const told = sentences(selected).join(" ");
    if (story.textContent !== told) story.textContent = told;
  };
  const givenPaths = () => {
    const lengths = model.get("path_lengths"), data = bytes.paths_data?.length ? numbersFrom(bytes.paths_data, Float64Array) : new Float64Array(0);
    let at = 0;
    return model.get("path_names").map((name, place) => {
      const points = Array.from({ length: lengths[place] ?? 0 }, (_, point) => [data[2 * (at + point)], data[2 * (at + point) + 1]]).filter(([x]) => x !== undefined);
      at += lengths[place] ?? 0;
      return { name: plainName(name, 30), points };
    });
  };
  const drawControls = (paths, showDescent) => {
    log.set(model.get("log_scale"));
    descend.set(showDescent);
    controls.hidden = !showDescent;
    rate.set(model.get("learning_rate"));
    momentum.set(model.get("momentum"));
    steps.set(model.get("steps"));
    if (starts?.xs !== surface.xs || starts?.ys !== surface.ys) {
      const along = (axis, values) => slider({
        label: `start ${["x", "y"][axis]}`, min: values[0], max: values.at(-1), step: Number(((values.at(-1) - values[0]) / 200).toPrecision(2)), format: shortNumber,
        change: (value) => set({ start: model.get("start").map((one, place) => (place === axis ? value : one)) }),
      });
      starts = { xs: surface.xs, ys: surface.ys, sliders: [along(0, surface.xs), along(1, surface.ys)] };
      places.replaceChildren(...starts.sliders.map(({ node }) => node));
    }
    model.get("start").forEach((value, axis) => starts.sliders[axis]?.set(Number(value.toPrecision(6))));
    const [from, to] = [surface.low, surface.high].map((value) => (Number.isFinite(value) ? shortNumber(value) : "–"));
    low.textContent = `${names()[2]} ${from}`;
    high.textContent = to;
    scale.title = surface.scaled ? "Colour and height follow the logarithm of the height above the minimum, over three powers of ten" : "";
    const key = paths.map(({ name }) => name).join("\u0000");
    if (legend.dataset.key !== key) {
      legend.dataset.key = key;
      legend.replaceChildren(element("span", {}, element("span", { class: "llmc-loss-star", "aria-hidden": "true" }, "★"), "minimum"),
        ...paths.map(({ name, colour }) => element("span", {}, element("span", { class: "llmc-loss-key", style: `background: ${colour}`, "aria-hidden": "true" }), element("span", { class: "llmc-loss-name" }, name))));
    }
  };
  const sentence = (place) => {
    const [x, y, loss] = names(), value = surface.losses[place];
    return `${x} ${exact(surface.xs[place % surface.columns])}, ${y} ${exact(surface.ys[Math.floor(place / surface.columns)])}: ${Number.isFinite(value) ? `${loss} ${exact(value)}` : `a hole, ${loss} is not finite`}`;
  };
  const sentences = (selected) => {
    const told = [];
    if (selected >= 0) told.push(`Chosen: ${sentence(selected)}.`);
    told.push(surface.lowest >= 0 ? `Minimum of the grid: ${sentence(surface.lowest)}.` : "No point of the grid is finite.");
    if (surface.holes) told.push(`${surface.holes.toLocaleString("en")} of ${surface.losses.length.toLocaleString("en")} points are not finite and shown as holes.`);
    if (current) {
      const end = current.points.at(-1), why = { left: " Then it leaves the surface: the learning rate is too large here.", hole: " Then it meets a hole.", "": "" }[current.ended];
      told.push(end ? `Gradient descent: ${current.points.length - 1} steps to ${names()[2]} ${exact(end[2])} at (${exact(end[0])}, ${exact(end[1])}).${why}` : "Gradient descent needs a start on the surface, away from holes.");
    }
    if (surface.scaled) told.push("Height and colour are logarithmic.");
    return told;
  };

  const soon = onTraits(model, WATCHED, draw, stops);
  const load = () => {
    const xs = model.get("xs"), ys = model.get("ys");
    if (!bytes.losses_data || bytes.losses_data.length !== 8 * xs.length * ys.length) return; // half arrived
    if (surface?.of !== bytes.losses_data || surface.xs !== xs || surface.ys !== ys) {
      const losses = numbersFrom(bytes.losses_data, Float64Array), log_scale = model.get("log_scale");
      surface = { of: bytes.losses_data, losses, xs, ys, rows: ys.length, columns: xs.length, grid: lossGrid(losses, xs, ys), ...lossLevels(losses, log_scale), log: log_scale };
    }
    soon();
  };
  for (const trait of ["losses_data", "paths_data"]) stops.push(onBytes(model, trait, (data) => { bytes[trait] = data; load(); }));
  onTraits(model, ["xs", "ys"], load, stops);
  el.append(root);
  stops.push(followTheme(root, () => { mesh.measure(); contour.measure(); }));
  load();
  return () => stops.forEach((stop) => stop());
}

// Six digits, enough to tell any two points of a surface apart.
function exact(value) {
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-4) ? value.toExponential(5) : String(Number(value.toPrecision(6)));
}

function plainName(name, longest) {
  return tokenLabel(name, longest).replaceAll("·", " ");
}

export default { render };
