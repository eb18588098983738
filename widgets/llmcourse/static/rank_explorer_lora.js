// What LoRA of a rank trains and costs, beside full fine-tuning of the same matrices.
import { element, tokenLabel } from "./common.js";
import { choice, slider, toggle } from "./controls.js";
import { loraParameters, megabytes } from "./low_rank.js";

const BYTES_OF = { float32: 4, bfloat16: 2 };
const ADAM_BYTES = 12; // gradient and two moments in float32

// Builds the table and its controls; `set(changes)` changes the model. Returns { node, update }.
export function loraTable(model, set) {
  const targets = model.get("targets");
  const alpha = slider({ label: "Alpha", min: 1, max: 1024, values: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024], change: (value) => set({ alpha: value }) });
  const number = choice({ label: "Adapter stored in", options: Object.keys(BYTES_OF).map((name) => [name, name]), change: (value) => set({ number: value }) });
  const toggles = targets.map(({ name, shapes }) => toggle({
    label: `${tokenLabel(name, 24)}: ${shapes.map(([rows, columns, count]) => `${count > 1 ? `${count} × ` : ""}(${rows} × ${columns})`).join(", ")}`,
    change: (on) => set({ targets_on: targets.map((one) => one.name).filter((one) => (one === name ? on : model.get("targets_on").includes(one))) }),
  }));
  const [scale, full, trained] = [element("div", {}), element("tbody", {}), element("caption", { class: "llmc-hidden-text" }, "LoRA beside full fine-tuning")];
  const node = element("section", { class: "llmc-rank-lora", "aria-label": "LoRA" },
    element("strong", {}, "LoRA: train B A of rank r beside each target, keep W"),
    element("div", { class: "llmc-rank-targets", role: "group", "aria-label": "Target matrices" }, ...toggles.map((one) => one.node)),
    element("div", { class: "llmc-row llmc-rank-lora-controls" }, alpha.node, number.node), scale,
    element("div", { class: "llmc-rank-table", tabindex: "0", role: "region", "aria-label": "LoRA beside full fine-tuning" },
      element("table", {}, trained, element("thead", {}, element("tr", {}, element("td", {}), ...["LoRA", "Full fine-tuning"].map((name) => element("th", { scope: "col" }, name)))), full)));
  const rows = ["Trained parameters", "Share of all parameters", "File", "Gradient and Adam’s two moments, float32"].map((name) => {
    const row = element("tr", {}, element("th", { scope: "row" }, name), element("td", { class: "llmc-number" }), element("td", { class: "llmc-number" }));
    full.append(row);
    return row;
  });
  const update = () => {
    const on = new Set(model.get("targets_on")), rank = model.get("rank"), kind = model.get("number");
    alpha.set(model.get("alpha"));
    number.set(kind);
    toggles.forEach((one, at) => one.set(on.has(targets[at].name)));
    const shapes = targets.filter(({ name }) => on.has(name)).flatMap((one) => one.shapes);
    const lora = loraParameters(shapes, rank), all = shapes.reduce((sum, [m, n, count]) => sum + m * n * count, 0), total = model.get("total_parameters");
    scale.textContent = rank > 0
      ? `W + (α / r) · B A: the update is scaled by ${Number((model.get("alpha") / rank).toPrecision(4))}.`
      : "At rank 0 nothing is trained.";
    const cells = [
      [lora.toLocaleString("en"), all.toLocaleString("en")],
      [loraShare(lora / total), loraShare(all / total)],
      [megabytes(lora * BYTES_OF[kind]), megabytes(all * BYTES_OF[kind])],
      [megabytes(lora * ADAM_BYTES), megabytes(all * ADAM_BYTES)],
    ];
    cells.forEach((texts, at) => texts.forEach((text, part) => { rows[at].children[part + 1].textContent = text; }));
  };
  return { node, update };
}

function loraShare(share) {
  return `${(100 * share).toFixed(share < 0.1 ? 3 : 1)} %`;
}
