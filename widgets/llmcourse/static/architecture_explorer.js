// ArchitectureExplorer: one model, or two side by side, from token ids to logits; sizes answer here, without the kernel.
import { element, errorLine, followTheme, onTraits } from "./common.js";
import { choice, slider } from "./controls.js";
import { architectureTree, counterpart } from "./architecture_tree.js";
import { partDetail } from "./architecture_detail.js";
import { largeNumber, partFlops, partParameters, partsByKey } from "./architecture_numbers.js";

const LENGTHS = Array.from({ length: 21 }, (_, power) => 2 ** power);
const NONE = "";

function render({ model, el }) {
  const stops = [];
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const models = model.get("models") ?? [];
  const known = (name) => models.find((one) => one.name === name) ?? null;
  const names = models.map(({ name, title }) => [name, title]);
  const pick = (key) => set("selected", key), at = () => model.get("selected");

  const chosen = choice({ label: "Model", options: names, change: (name) => set("shown", name) });
  const beside = choice({ label: "Compare with", options: [[NONE, "nothing"], ...names], change: (name) => set("compare", name) });
  const size = (label, name) => slider({ label, min: 1, max: 2 ** 20, values: LENGTHS, change: (value) => { if (Number.isInteger(value)) set(name, value); } });
  const sliders = { batch: size("Batch (B)", "batch"), length: size("Tokens (T)", "length"), source_length: size("Source tokens (S)", "source_length") };
  const trees = [0, 1].map((place) => architectureTree({ label: place ? "Parts of the second model" : "Parts of the model", pick, at }));
  const totals = [0, 1].map(() => element("div", { class: "llmc-architecture-total", "aria-live": "polite" }));
  const columns = trees.map((tree, place) => element("div", { class: "llmc-architecture-column" }, totals[place], tree.node));
  const detail = element("div", { class: "llmc-architecture-detail" });
  const changes = element("div", { class: "llmc-architecture-changes" });
  const root = element("div", { class: "llmc llmc-architecture-explorer" }, errorLine(model, stops),
    element("div", { class: "llmc-architecture-controls" }, chosen.node, beside.node),
    element("div", { class: "llmc-architecture-sizes" }, ...Object.values(sliders).map(({ node }) => node)),
    changes, element("div", { class: "llmc-architecture-body" }, ...columns, detail),
    element("p", { class: "llmc-muted llmc-architecture-note" }, "FLOPs count matrix products, a multiply and an add as two, for one token with all T (or S) tokens in view. A source token’s work counts once for one target token."));

  const update = () => {
    const first = known(model.get("shown")) ?? models[0], second = known(model.get("compare"));
    if (!first) return;
    const sizes = { B: model.get("batch"), T: model.get("length"), S: model.get("source_length") };
    chosen.set(first.name);
    beside.set(second?.name ?? NONE);
    for (const [name, control] of Object.entries(sliders)) control.set(model.get(name));
    const shown = second ? [first, second] : [first];
    sliders.source_length.node.hidden = !shown.some(hasEncoder);
    columns[1].hidden = !second;
    root.classList.toggle("llmc-architecture-two", Boolean(second));
    root.classList.toggle("llmc-architecture-stacks", !second && hasEncoder(first));
    shown.forEach((one, place) => {
      const other = second ? shown[1 - place].tree : null;
      const key = other ? counterpart(at(), partsByKey(one.tree))?.key ?? at() : at();
      trees[place].show({ tree: one.tree, selected: key, sizes, other });
      totals[place].replaceChildren(...totalLine(one, sizes));
    });
    changes.replaceChildren(...(second ? [changeTable(first, second)] : []));
    detail.replaceChildren(...details(shown, at(), sizes));
  };
  stops.push(followTheme(root, () => {}));
  onTraits(model, ["shown", "compare", "selected", "batch", "length", "source_length"], update, stops)();
  el.append(root);
  return () => stops.forEach((stop) => stop());
}

function hasEncoder({ tree }) {
  return tree.children.some(({ key, kind }) => key === "encoder" && kind === "stack");
}

function totalLine(one, sizes) {
  const cost = partFlops(one.tree, sizes), parameters = partParameters(one.tree);
  const figure = (value, note) => element("span", { class: "llmc-architecture-figure" }, element("b", { class: "llmc-number" }, value), element("span", { class: "llmc-muted" }, ` ${note}`));
  return [
    element("div", { class: "llmc-architecture-title" }, element("bdi", {}, one.title)),
    figure(parameters.toLocaleString("en"), "parameters"),
    cost ? figure(`${largeNumber(cost, ["", " K", " M", " G", " T"])}FLOPs`, "a token") : null,
  ].filter(Boolean);
}

function details(shown, key, sizes) {
  const found = shown.map((one) => [one, counterpart(key, partsByKey(one.tree))]).filter(([, part]) => part);
  if (!found.length) return [element("p", { class: "llmc-muted" }, "Choose a part, by a click or with the arrow keys, to see its formula, the names and shapes of its weights, and its cost. The small triangle, or Enter, opens and closes it.")];
  return found.map(([one, part]) => partDetail(one.title, part, layersAround(one.tree, part.key), partParameters(one.tree), sizes));
}

// How often the part with this key stands in the model: the repeats of all that it lies in.
function layersAround(tree, key, layers = 1) {
  if (tree.key === key) return layers;
  return tree.children.map((child) => layersAround(child, key, layers * tree.repeat)).find(Boolean) ?? 0;
}

function changeTable(first, second) {
  const theirs = new Map(second.facts), names = Array.from(new Set([...first.facts, ...second.facts].map(([name]) => name))), ours = new Map(first.facts);
  const rows = names.map((name) => {
    const [left, right] = [ours.get(name) ?? "not known", theirs.get(name) ?? "not known"];
    return element("tr", { class: left === right ? "llmc-same" : "llmc-changed" },
      element("th", { scope: "row" }, name), element("td", {}, left), element("td", {}, left === right ? "the same" : right));
  });
  return element("table", { class: "llmc-changes" }, element("caption", {}, "What changed"),
    element("thead", {}, element("tr", {}, element("td", {}), ...[first, second].map(({ title }) => element("th", { scope: "col" }, element("bdi", {}, title))))),
    element("tbody", {}, ...rows));
}

export default { render };
