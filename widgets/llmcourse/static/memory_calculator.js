// MemoryCalculator: where the memory goes and which machines have it; computed here, in one frame, as in Python.
import { element, errorLine, followTheme, onTraits } from "./common.js";
import { choice, slider, toggle } from "./controls.js";
import { barList } from "./bar_list.js";
import { memoryParts, storedAs, termsValue } from "./memory_formulas.js";

const GIB = 2 ** 30;
const NEARLY_FULL = 0.9; // past this, what a runtime needs for itself hardly fits
const SERIES = { weights: 0, cache: 1, activations: 2, gradients: 3, optimizer: 4, master: 5, adapters: 1 };
const POWERS = (most) => Array.from({ length: Math.log2(most) + 1 }, (_, power) => 2 ** power);
const CHOICES = {
  task: ["What to do", [["run", "run it"], ["train", "train every weight"], ["lora", "train LoRA adapters"]]],
  weights: ["Weights", [["fp32", "fp32"], ["bf16", "16 bits (bf16, fp16)"], ["int8", "int8, a scale a row"], ["nf4", "4 bits, NF4"], ["q4_0", "4 bits, GGUF Q4_0"]]],
  cache: ["KV cache", [["fp32", "fp32"], ["bf16", "16 bits"], ["fp8", "8 bits (fp8)"]]],
  optimizer: ["Optimizer", [["adamw", "AdamW"], ["adamw8", "AdamW, 8 bits"], ["momentum", "SGD with momentum"], ["sgd", "SGD"]]],
  attention: ["Attention", [["flash", "fused (FlashAttention)"], ["eager", "eager (T × T scores)"]]],
};
const SAYS = {
  weights: "Exact. Quantized formats keep what is not a matrix of a block in 16 bits (Q4_0: vectors in fp32).",
  cache: "Exact. Every layer keeps the key and the value of every token, for its KV heads only.",
  adapters: "Exact. Two thin matrices for each linear layer, in fp32, as PEFT keeps them.",
  gradients: "Exact. One number for each trained weight.",
  master: "Exact. In mixed precision the optimizer moves an fp32 copy of the 16-bit weights.",
  optimizer: "Exact for torch’s AdamW and SGD; 8-bit AdamW keeps a byte a moment and a scale for each 256.",
};
const ACTIVATIONS = {
  run: "An estimate, within a factor of 1.25 of what a profiler measured on small models: what is alive at the widest point of a forward pass over all tokens.",
  train: "An estimate, within a factor of 1.05 of what autograd saved on small models, without dropout: what the forward pass keeps for the backward pass. Working memory comes on top.",
};

function render({ model, el }) {
  const stops = [], models = model.get("models") ?? [], machines = model.get("machines") ?? [];
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const whole = (name, most) => (value) => { if (Number.isInteger(value) && value <= most) set(name, value); };
  const controls = { shown: choice({ label: "Model", options: models.map(({ name, title }) => [name, title]), change: (value) => set("shown", value) }) };
  for (const [name, [label, options]] of Object.entries(CHOICES)) controls[name] = choice({ label, options, change: (value) => set(name, value) });
  for (const [name, label, most] of [["batch", "Batch: sequences", 4096], ["length", "Tokens in each", 2 ** 20], ["rank", "LoRA rank", 1024]]) {
    controls[name] = slider({ label, min: 1, max: most, values: POWERS(most), change: whole(name, most) });
  }
  controls.checkpointing = toggle({ label: "Gradient checkpointing", change: (value) => set("checkpointing", value) });

  const total = element("div", { class: "llmc-memory-total", "aria-live": "polite" });
  const stack = element("div", { class: "llmc-memory-stack", "aria-hidden": "true" });
  const list = barList({ label: "Parts of the memory", pick: (place) => set("selected", partsNow()[place]?.key ?? "") });
  const formula = element("div", { class: "llmc-memory-formula", role: "region", "aria-label": "Formula of the chosen part" });
  const note = element("p", { class: "llmc-memory-note", role: "status" });
  const rows = machines.map(([name]) => machineRow(name));
  const table = element("table", { class: "llmc-machines" }, element("caption", {}, "Where it fits"),
    element("thead", { class: "llmc-hidden-text" }, element("tr", {}, ...["machine", "memory", "share used", "verdict"].map((text) => element("th", { scope: "col" }, text)))),
    element("tbody", {}, ...rows.map(({ node }) => node)));
  const knobs = ["shown", "task", "weights", "cache", "optimizer", "attention", "batch", "length", "rank", "checkpointing"];
  const root = element("div", { class: "llmc llmc-memory-calculator" }, errorLine(model, stops),
    element("div", { class: "llmc-memory-halves" },
      element("div", { class: "llmc-memory-knobs" }, ...knobs.map((name) => controls[name].node)),
      element("div", { class: "llmc-memory-answer" }, total, stack, list.node, note, formula, table)));

  const settingsNow = () => Object.fromEntries([...Object.keys(CHOICES), "batch", "length", "rank", "checkpointing"].map((name) => [name, model.get(name)]));
  const modelNow = () => models.find(({ name }) => name === model.get("shown")) ?? models[0];
  const partsNow = () => memoryParts(modelNow().sizes, settingsNow());

  const update = () => {
    const settings = settingsNow(), one = modelNow(), parts = partsNow(), { task } = settings;
    const sizes = parts.map(({ terms }) => termsValue(terms)), sum = sizes.reduce((so, size) => so + size, 0);
    if (!Number.isFinite(sum)) return; // settings that no control here can give
    for (const name of knobs) controls[name].set(name === "shown" ? one.name : model.get(name));
    controls.cache.node.hidden = task !== "run";
    controls.optimizer.node.hidden = controls.checkpointing.node.hidden = task === "run";
    controls.rank.node.hidden = task !== "lora";
    total.replaceChildren(element("b", {}, `${inGib(sum)} GiB`), element("span", { class: "llmc-muted" }, ` = ${sum.toLocaleString("en")} bytes`));
    stack.replaceChildren(...parts.map(({ key }, place) => {
      const segment = element("span", { class: `llmc-memory-segment llmc-memory-pattern-${SERIES[key]}` });
      segment.style.flexGrow = String(sum ? sizes[place] / sum : 0);
      segment.style.setProperty("--llmc-key", `var(--llmc-series-${SERIES[key]})`);
      return segment;
    }));
    const chosen = parts.findIndex(({ key }) => key === model.get("selected"));
    list.show({
      rows: parts.map(({ key, name }, place) => ({ name, value: sizes[place], text: `${inGib(sizes[place])} GiB`, note: percentOf(sizes[place], sum), series: SERIES[key] })),
      selected: chosen,
    });
    const warnings = [];
    if (storedAs(settings) !== settings.weights) warnings.push("Rounded weights cannot be trained by small steps: 16-bit weights are counted instead. LoRA trains beside frozen 4-bit weights.");
    if (one.sizes.context && settings.length > one.sizes.context) warnings.push(`This model was trained to read ${one.sizes.context.toLocaleString("en")} tokens at once.`);
    note.textContent = warnings.join(" ");
    formula.replaceChildren(...(chosen < 0 ? [element("p", { class: "llmc-muted" }, "Choose a part to see its formula with these numbers filled in.")] : formulaOf(parts[chosen], sizes[chosen], task)));
    rows.forEach((row, place) => row.show(sum, machines[place][1]));
  };
  stops.push(followTheme(root, () => {}));
  onTraits(model, ["shown", ...Object.keys(CHOICES), "batch", "length", "rank", "checkpointing", "selected"], update, stops)();
  el.append(root);
  return () => stops.forEach((stop) => stop());
}

function formulaOf(part, size, task) {
  const factor = ([number, what]) => element("span", { class: "llmc-memory-factor" }, element("b", { class: "llmc-number" }, number.toLocaleString("en")), element("small", {}, what));
  const joined = (nodes, sign) => nodes.flatMap((node, place) => (place ? [element("span", { class: "llmc-memory-sign" }, sign), node] : [node]));
  const lines = part.terms.map((term, place) => element("div", { class: "llmc-memory-term" }, element("span", { class: "llmc-memory-sign" }, place ? "+" : ""), ...joined(term.map(factor), "×")));
  const says = part.key === "activations" ? ACTIVATIONS[task === "run" ? "run" : "train"] : SAYS[part.key];
  return [
    element("div", { class: "llmc-memory-heading" }, part.name), ...lines,
    element("div", { class: "llmc-memory-term" }, element("span", { class: "llmc-memory-sign" }, "="), element("b", { class: "llmc-number" }, `${size.toLocaleString("en")} bytes`), element("span", { class: "llmc-number" }, ` = ${inGib(size)} GiB`)),
    element("p", { class: "llmc-muted" }, says),
  ];
}

function machineRow(name) {
  const bar = element("span", { class: "llmc-machine-bar" }), verdict = element("td", { class: "llmc-machine-verdict llmc-number" }), capacity = element("td", { class: "llmc-number llmc-muted llmc-machine-size" });
  const node = element("tr", {}, element("th", { scope: "row" }, name), capacity, element("td", { class: "llmc-machine-cell" }, element("span", { class: "llmc-machine-track" }, bar)), verdict);
  const show = (sum, size) => {
    const share = sum / size, fit = share > 1 ? "no" : share > NEARLY_FULL ? "tight" : "yes";
    capacity.textContent = `${Number((size / GIB).toFixed(1))} GiB`;
    bar.style.width = `${(100 * Math.min(share, 1)).toFixed(2)}%`;
    node.dataset.fit = fit;
    verdict.textContent = fit === "no" ? `✕ ${share >= 1000 ? Math.round(share).toLocaleString("en") : share.toPrecision(3)} × too small` : `${fit === "yes" ? "✓ fits" : "! hardly fits"}, ${(100 * share).toPrecision(share < 0.001 ? 1 : 3)} %`;
  };
  return { node, show };
}

function inGib(size) {
  const value = size / GIB;
  return value >= 1000 ? Math.round(value).toLocaleString("en") : value >= 0.01 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}

function percentOf(size, sum) {
  return `${(sum ? 100 * size / sum : 0).toFixed(1)} %`;
}

export default { render };
