// A model drawn as a tree of its parts from top to bottom: what comes out of each, what it weighs and what it costs.
import { element } from "./common.js";
import { largeNumber, partFlops, partParameters, partsByKey, shapeText } from "./architecture_numbers.js";

const OPERATIONS = ["", " K", " M", " G", " T"];
const MANY_PARTS = 80; // a tree with more starts with only its upper two levels open

// `pick(key)` is called for a click or a key; `at()` says the key that is selected now.
// `show({ tree, selected, sizes, other })` draws; `other` is the tree beside it, whose differences are marked, or null.
export function architectureTree({ label, pick, at }) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const list = element("div", { class: "llmc-parts", role: "tree", "aria-label": label, tabindex: "0" });
  const head = element("div", { class: "llmc-part-row llmc-part-head llmc-muted", "aria-hidden": "true" },
    ...["part", "what comes out", "parameters", "FLOPs a token"].map((name) => element("span", {}, name)));
  const [from, to] = ["llmc-part-ends", "llmc-part-ends"].map((kind) => element("div", { class: `${kind} llmc-muted llmc-number` }));
  const node = element("div", { class: "llmc-architecture-tree" }, head, from, list, to);
  let rows = new Map(), shut = new Set(), state = { tree: null };

  const build = () => {
    const { tree } = state;
    rows = new Map();
    const tops = tree.children.length && !tree.weights.length ? tree.children : [tree];
    const parts = partsByKey(tree);
    shut = new Set(parts.size > MANY_PARTS ? Array.from(parts.keys()).filter((key) => key.split(".").length > 1) : []);
    list.replaceChildren(...laidOut(tops, 1, 1));
  };
  const laidOut = (parts, level, layers) => {
    const nodes = [];
    for (const part of parts) {
      nodes.push(itemOf(part, level, layers));
      if (part.bypass) nodes.push(element("div", { class: "llmc-bypass" }, ...nodes.splice(-1 - part.bypass)));
    }
    return nodes;
  };
  const itemOf = (part, level, layers) => {
    const [shape, weight, bar, cost, tag] = ["llmc-part-shape", "llmc-part-weight", "llmc-part-bar", "llmc-part-cost", "llmc-part-tag"].map((kind) => element("span", { class: `${kind} llmc-number` }));
    const twisty = element("span", { class: "llmc-twisty", "aria-hidden": "true" });
    const name = element("span", { class: "llmc-part-name", title: part.name }, twisty, element("bdi", { class: "llmc-part-label" }, part.name), part.repeat > 1 ? element("b", { class: "llmc-part-repeat" }, `× ${part.repeat}`) : null, tag);
    const inside = part.children.length ? element("div", { class: "llmc-part-inside", role: "group" }) : null;
    const line = element("div", { class: "llmc-part-row" }, name, shape, element("span", { class: "llmc-part-share" }, weight, element("span", { class: "llmc-part-track" }, bar)), cost);
    const item = element("div", { class: `llmc-part llmc-kind-${part.kind}${part.repeat > 1 ? " llmc-part-many" : ""}`, role: "treeitem", id: `${prefix}-${rows.size}`, "aria-level": level }, line, inside);
    const row = { part, item, inside, shape, weight, bar, cost, tag, twisty, layers, level, parameters: partParameters(part) * layers };
    rows.set(part.key, row);
    line.addEventListener("click", (event) => { if (twisty.contains(event.target) && inside) toggle(row); else pick(part.key); });
    open(row, !shut.has(part.key));
    return item;
  };
  const open = (row, flag) => {
    if (!row.inside) return;
    if (flag) shut.delete(row.part.key); else shut.add(row.part.key);
    if (flag && !row.inside.childElementCount) row.inside.append(...laidOut(row.part.children, row.level + 1, row.layers * row.part.repeat));
    row.inside.hidden = !flag;
    row.item.setAttribute("aria-expanded", String(flag));
    row.twisty.dataset.some = "true";
    row.twisty.textContent = flag ? "▾" : "▸";
  };
  const toggle = (row) => { open(row, shut.has(row.part.key)); write(); };

  const write = () => {
    const { tree, sizes, other } = state;
    const total = partParameters(tree), others = other ? partsByKey(other) : null;
    for (const row of rows.values()) {
      const { part, layers } = row, cost = partFlops(part, sizes) * layers;
      row.shape.textContent = shapeText(part.shape, sizes);
      row.weight.textContent = row.parameters ? `${largeNumber(row.parameters)} · ${(100 * row.parameters / Math.max(total, 1)).toFixed(1)} %` : "";
      row.bar.parentElement.hidden = !row.parameters;
      row.bar.style.width = `${(100 * row.parameters / Math.max(total, 1)).toFixed(2)}%`;
      row.cost.textContent = cost ? largeNumber(cost, OPERATIONS) : "";
      row.tag.textContent = others ? difference(part, others) : "";
      row.item.classList.toggle("llmc-part-differs", row.tag.textContent !== "");
      const many = part.repeat > 1 ? `, ${part.repeat} times` : "", marked = row.tag.textContent ? `, ${row.tag.textContent}` : "";
      row.item.setAttribute("aria-label", `${part.name}${many}${marked}: ${row.parameters.toLocaleString("en")} parameters${part.shape.length ? `, gives ${row.shape.textContent}` : ""}${cost ? `, ${largeNumber(cost, OPERATIONS)} operations a token` : ""}`);
      const chosen = part.key === state.selected;
      row.item.setAttribute("aria-selected", String(chosen));
    }
    const ends = tree.shape.length ? [`token ids, ${shapeText(["B", "T"], sizes)}`, `logits, ${shapeText(tree.shape, sizes)}`] : ["", ""];
    [from.textContent, to.textContent] = ends;
    const active = rows.get(state.selected);
    if (active) list.setAttribute("aria-activedescendant", active.item.id); else list.removeAttribute("aria-activedescendant");
  };

  const visible = () => Array.from(rows.values()).filter(({ item }) => !item.parentElement.closest("[hidden]")).sort((one, two) => (one.item.compareDocumentPosition(two.item) & 4 ? -1 : 1));
  list.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const shown = visible(), place = shown.findIndex(({ part }) => part.key === at()), here = shown[place];
    const step = { ArrowDown: place + 1, ArrowUp: Math.max(place - 1, 0), Home: 0, End: shown.length - 1 }[event.key];
    let key = null;
    if (step !== undefined) key = shown[Math.min(step, shown.length - 1)]?.part.key;
    else if (event.key === "Escape") key = "";
    else if (!here) return;
    else if (event.key === "Enter" || event.key === " ") { if (here.inside) toggle(here); }
    else if (event.key === "ArrowRight") { if (here.inside?.hidden) toggle(here); else key = here.part.children[0]?.key ?? null; }
    else if (event.key === "ArrowLeft") { if (here.inside && !here.inside.hidden) toggle(here); else key = parentOf(here)?.part.key ?? null; }
    else return;
    event.preventDefault();
    if (key === null || key === undefined) return;
    pick(key);
    rows.get(key)?.item.querySelector(".llmc-part-row").scrollIntoView({ block: "nearest" });
  });
  const parentOf = ({ item }) => { const above = item.parentElement.closest("[role=treeitem]"); return above && Array.from(rows.values()).find((row) => row.item === above); };

  const show = (latest) => {
    const anew = latest.tree !== state.tree;
    state = latest;
    if (anew) build();
    write();
  };
  return { node, show };
}

// The part that does the same work in another tree: a decoder stands alone in one model and beside an encoder in another.
export function counterpart(key, parts) {
  return parts.get(key) ?? parts.get(key.replace(/^decoder\./, "")) ?? parts.get(`decoder.${key}`) ?? null;
}

function difference(part, others) {
  const twin = counterpart(part.key, others);
  if (!twin) return "only here";
  return twin.name !== part.name || twin.formula !== part.formula ? "changed" : "";
}
