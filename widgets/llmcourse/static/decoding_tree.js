// DecodingTree: the likeliest continuations from left to right; the kernel grows the tree, the page walks through it.
import { element, errorLine, followTheme, onTraits, shortNumber, tokenLabel } from "./common.js";

const PAUSE_MS = 300; // a typist's pause: then the text goes to the kernel

function render({ model, el }) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const box = element("textarea", { rows: 1, "aria-label": "Text to continue", spellcheck: "false" });
  const numbers = ["depth", "width"].map((name) => numberInput(model, name));
  const tree = element("div", { class: "llmc-tree", role: "tree", "aria-label": "Likeliest continuations" });
  const story = element("div", { class: "llmc-tree-story", "aria-live": "polite" });
  const paths = element("tbody");
  const stops = [];
  const root = element("div", { class: "llmc llmc-decoding-tree" },
    box,
    element("div", { class: "llmc-row" }, ...numbers.map((number) => number.node), legend()),
    errorLine(model, stops), tree, story,
    element("div", { class: "llmc-tree-paths" }, element("table", {},
      element("thead", {}, element("tr", {}, ...["search", "text", "log probability", "probability"].map((name) => element("th", { scope: "col" }, name)))),
      paths)));

  let timer = null;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { model.set("text", box.value); model.save_changes(); }, PAUSE_MS);
  });

  const nodes = () => model.get("nodes");
  const select = (number) => { model.set("selected", number); model.save_changes(); };
  const grow = (number) => {
    const node = nodes()[number];
    if (node.grown || node.ends || !model.get("live") || model.get("asked") >= 0) { describe(); return; }
    model.set("asked", number);
    model.save_changes();
  };
  const textOf = (path) => path.map((number) => nodes()[number].token).join("");
  const pathTo = (number) => number === 0 ? [] : [...pathTo(nodes()[number].parent), number];
  const visible = () => Array.from(tree.querySelectorAll("[role=treeitem]"), (item) => Number(item.dataset.number));

  tree.addEventListener("keydown", (event) => {
    const at = model.get("selected"), order = visible(), place = order.indexOf(at), node = nodes()[at];
    const next = {
      ArrowDown: order[Math.min(place + 1, order.length - 1)], ArrowUp: order[Math.max(place - 1, 0)],
      ArrowLeft: Math.max(node.parent, 0), ArrowRight: node.children[0] ?? at,
      Home: order[0], End: order.at(-1), Enter: at, " ": at,
    }[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    select(next);
    if (next === at && ["ArrowRight", "Enter", " "].includes(event.key)) grow(at);
    tree.querySelector(`[data-number="${next}"]`)?.focus();
  });

  const marks = (number) => [
    model.get("greedy").includes(number) ? element("span", { class: "llmc-mark-greedy" }, "G") : null,
    ...model.get("beams").map((beam, rank) => beam.includes(number) ? element("span", { class: "llmc-mark-beam" }, String(rank + 1)) : null),
  ].filter(Boolean);
  const item = (node) => {
    const greedy = model.get("greedy").includes(node.number), rank = model.get("beams").findIndex((beam) => beam.includes(node.number));
    const kind = `llmc-node${greedy ? " llmc-greedy" : ""}${rank === 0 ? " llmc-best" : rank > 0 ? " llmc-kept" : ""}${node.grown || node.ends ? "" : " llmc-ungrown"}`;
    const spoken = node.number === 0 ? `text: ${node.token}`
      : `${tokenLabel(node.token, 30)}, ${percent(node.prob)}${greedy ? ", greedy path" : ""}${rank >= 0 ? `, beam ${rank + 1}` : ""}`;
    return element("div", {
      class: kind, role: "treeitem", id: `${prefix}-${node.number}`, tabindex: "-1", "data-number": node.number,
      "aria-level": node.depth + 1, "aria-label": spoken, "aria-expanded": node.ends ? null : String(node.grown),
      style: `--llmc-share: ${(100 * node.prob).toFixed(1)}%`, onclick: () => { select(node.number); focusSelected(); grow(node.number); },
    },
      element("span", { class: "llmc-token" }, tokenLabel(node.token, node.number === 0 ? 24 : 14)),
      node.number === 0 ? null : element("span", { class: "llmc-number llmc-share" }, percent(node.prob)),
      ...(node.number === 0 ? [] : marks(node.number)));
  };
  const branch = (number) => {
    const node = nodes()[number];
    return element("div", { class: "llmc-branch", role: "none" }, item(node),
      node.children.length === 0 ? null : element("div", { class: "llmc-children", role: "group" }, ...node.children.map(branch)));
  };

  const focusSelected = () => tree.querySelector(`[data-number="${model.get("selected")}"]`)?.focus({ preventScroll: false });
  const mark = () => {
    const at = model.get("selected");
    for (const one of tree.querySelectorAll("[role=treeitem]")) {
      const here = Number(one.dataset.number) === at;
      one.setAttribute("aria-selected", String(here));
      one.tabIndex = here ? 0 : -1;
    }
    describe();
  };
  const describe = () => {
    const number = model.get("selected"), node = nodes()[number];
    if (!node) return;
    if (number === 0) { story.textContent = model.get("summary"); return; }
    const path = pathTo(number), rank = nodes()[node.parent].children.indexOf(number) + 1;
    const beams = model.get("beams").flatMap((beam, place) => beam.includes(number) ? [place + 1] : []);
    const next = node.ends ? "The end token: the text is finished here."
      : node.grown ? "" : !model.get("live") ? "Growing it needs a running kernel."
      : model.get("asked") === number ? "Asking the model …" : "Press Enter or click to let the model go on from here.";
    story.textContent = [
      `“${tokenLabel(node.token, 40)}”: probability ${shortNumber(node.prob)}, number ${rank} after “${textOf(path.slice(0, -1)).slice(-40) || nodes()[0].token.slice(-40)}”.`,
      `Its path “${textOf(path)}” has the log probability ${node.log_prob.toFixed(2)}, a probability of ${shortNumber(Math.exp(node.log_prob))}.`,
      model.get("greedy").includes(number) ? "Greedy search passes here." : "",
      beams.length ? `On beam ${beams.join(", ")}.` : "", next,
    ].filter(Boolean).join(" ");
  };
  const row = (name, kind, path) => {
    const last = nodes()[path.at(-1)];
    return element("tr", {},
      element("th", { scope: "row" }, element("span", { class: kind }, name)),
      element("td", { class: "llmc-token" }, tokenLabel(textOf(path), 80)),
      element("td", { class: "llmc-number" }, last.log_prob.toFixed(2)),
      element("td", { class: "llmc-number" }, shortNumber(Math.exp(last.log_prob))));
  };
  const draw = () => {
    if (document.activeElement !== box && box.value !== model.get("text")) box.value = model.get("text");
    box.disabled = !model.get("live");
    box.title = model.get("live") ? "" : "Editing needs a running kernel";
    numbers.forEach((number) => number.draw());
    const searches = [model.get("greedy"), ...model.get("beams")];
    if (!nodes().length || searches.some((path) => !path.length || path.some((number) => !nodes()[number]))) return; // half arrived
    const focused = tree.contains(document.activeElement);
    tree.replaceChildren(branch(0));
    paths.replaceChildren(
      row("greedy", "llmc-mark-greedy", model.get("greedy")),
      ...model.get("beams").map((beam, rank) => row(`beam ${rank + 1}`, "llmc-mark-beam", beam)));
    mark();
    if (focused) focusSelected();
  };
  stops.push(followTheme(root, () => {}), () => clearTimeout(timer));
  onTraits(model, ["nodes", "greedy", "beams", "text", "depth", "width"], draw, stops);
  onTraits(model, ["selected", "asked", "summary"], mark, stops);
  draw();
  el.append(root);
  return () => stops.forEach((stop) => stop());
}

function numberInput(model, name) {
  const most = { depth: 12, width: 8 }[name];
  const input = element("input", { type: "number", min: 1, max: most, step: 1 });
  input.addEventListener("change", () => {
    const value = Number(input.value);
    if (Number.isInteger(value) && value >= 1 && value <= most) { model.set(name, value); model.save_changes(); }
    else input.value = model.get(name);
  });
  return {
    node: element("label", {}, `${name} `, input),
    draw: () => { if (document.activeElement !== input) input.value = model.get(name); input.disabled = !model.get("live"); },
  };
}

function legend() {
  return element("span", { class: "llmc-muted" },
    element("span", { class: "llmc-mark-greedy" }, "G"), " greedy path  ",
    element("span", { class: "llmc-mark-beam" }, "1"), " beams by rank");
}

function percent(share) {
  return share >= 0.01 ? `${(100 * share).toFixed(0)} %` : share >= 0.001 ? `${(100 * share).toFixed(1)} %` : "< 0.1 %";
}

export default { render };
