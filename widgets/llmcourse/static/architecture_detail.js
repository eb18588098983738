// What one part of a model is: its formula in words and symbols, its weights by name and shape, its cost, with numbers.
import { element } from "./common.js";
import { largeNumber, partFlops, partParameters, shapeText } from "./architecture_numbers.js";

const FLOPS = ["", " K", " M", " G", " T"];
const MOST_WEIGHTS = 40; // rows; a large module of one's own may have thousands

// The story of `part` in a model: nodes. `layers` is how often it stands there, `total` the model's parameters.
export function partDetail(title, part, layers, total, sizes) {
  const parameters = partParameters(part), cost = partFlops(part, sizes);
  const facts = [];
  if (part.shape.length) {
    const count = part.shape.reduce((product, size) => product * (sizes[size] ?? size), 1);
    facts.push(["What comes out", `${shapeText(part.shape)} = ${shapeText(part.shape, sizes)}: ${count.toLocaleString("en")} numbers`]);
  }
  const each = layers > 1 && parameters ? `${parameters.toLocaleString("en")} in each of ${layers} blocks = ` : "";
  facts.push(["Parameters", parameters ? `${each}${(parameters * layers).toLocaleString("en")}, ${(100 * parameters * layers / total).toFixed(2)} % of the model` : "none"]);
  if (part.shape.length) facts.push(["FLOPs for one token", cost ? costText(part, cost, layers, sizes) : "no matrix product"]);
  const list = element("dl", { class: "llmc-detail-facts" }, ...facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", { class: "llmc-number" }, text)]));
  return element("section", { class: "llmc-detail", "aria-label": `${part.name} of ${title}` },
    element("div", { class: "llmc-muted llmc-detail-model" }, element("bdi", {}, title)),
    element("div", { class: "llmc-detail-name" }, element("bdi", {}, part.name)),
    part.formula ? element("p", { class: "llmc-formula llmc-token" }, part.formula) : null,
    element("p", {}, part.says), list, weightTable(part, layers));
}

function costText(part, cost, layers, sizes) {
  const [fixed, each] = part.flops, view = part.view === "T" ? "T" : "S", source = part.view === "T" ? "" : "source ";
  const often = layers * part.repeat > 1 ? ` × ${layers * part.repeat} blocks` : "";
  const whole = largeNumber(cost * layers, FLOPS);
  if (part.children.length) return `${(cost * layers).toLocaleString("en")} (${whole}), the sum of its parts`;
  const term = each ? `${each.toLocaleString("en")} × ${sizes[part.view].toLocaleString("en")} ${source}tokens in view (${view})` : `2 × ${(fixed / 2).toLocaleString("en")} weights`;
  return `${term}${often} = ${(cost * layers).toLocaleString("en")} (${whole})`;
}

function weightTable(part, layers) {
  const rows = [];
  const collect = (one, inside) => {
    for (const [name, sizes] of one.weights) rows.push([name.replace("{n}", `{0…${inside - 1}}`), sizes]);
    for (const child of one.children) collect(child, inside * child.repeat);
  };
  collect(part, layers * part.repeat);
  if (!rows.length) return element("p", { class: "llmc-muted" }, "It has no weights of its own.");
  const cells = ([name, sizes]) => element("tr", {}, element("th", { scope: "row", class: "llmc-token" }, name), element("td", { class: "llmc-number" }, shapeText(sizes) || "1"));
  const more = rows.length > MOST_WEIGHTS ? element("p", { class: "llmc-muted" }, `and ${rows.length - MOST_WEIGHTS} more`) : null;
  return element("div", {}, element("table", { class: "llmc-weights" },
    element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "weight"), element("th", { scope: "col" }, "shape"))),
    element("tbody", {}, ...rows.slice(0, MOST_WEIGHTS).map(cells))), more);
}
