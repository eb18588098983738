// Workspace: tokens, attention, logit lens and next token of one sentence; what is chosen in one is chosen in all.
import { element, errorLine, followTheme, onBytes, onTraits, tokenLabel } from "./common.js";
import { pushButton, textBox } from "./controls.js";
import { mountPart, partModel } from "./linked_parts.js";
import { positionLogits } from "./workspace_logits.js";
import tokenView from "./token_view.js";
import attentionExplorer from "./attention_explorer.js";
import logitLens from "./logit_lens.js";
import samplingExplorer from "./sampling_explorer.js";
import { namesFrom } from "./sampling_explorer.js";

const TYPING_MS = 500;
const PANELS = [
  ["tokens", tokenView, "Tokens", "What the model reads. Choose a token: all parts follow it."],
  ["attention", attentionExplorer, "Attention", "Which earlier tokens a head looks back to. Choose a head: the lens shows its layer."],
  ["lens", logitLens, "Logit lens", "What the model would say if it stopped after each layer. Read a column downwards."],
  ["sampling", samplingExplorer, "Next token", ""],
];

function render({ model, el }) {
  const get = (name) => model.get(name), save = () => model.save_changes();
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const stops = [];
  let names = () => "";

  // What a choice in one part means for the others.
  const goTo = (position) => {
    model.set("position", position);
    model.set("tokens__selected", position);
    if (!get("attention__square") && get("attention__key_token") > position) model.set("attention__key_token", -1);
    model.set("attention__query_token", position);
    model.set("lens__position", position);
    model.set("lens__target", -1);
    model.set("sampling__selected", -1);
    model.set("sampling__draws", 0);
  };
  const numbers = () => (get("attention__layer_numbers")?.length ? get("attention__layer_numbers") : Array.from({ length: get("attention__layers") }, (_, layer) => layer));
  const follow = (id) => {
    model.set("lens__target", id);
    model.set("sampling__selected", id);
    if (id >= 0) model.set("lens__target_name", names(id));
  };
  const meaning = {
    "tokens.selected": (position) => { if (position >= 0) goTo(position); },
    "attention.query_token": (position) => { if (position >= 0 && position !== get("position")) goTo(position); },
    "lens.position": (position) => { if (position !== get("position")) goTo(position); },
    "attention.layer": (layer) => model.set("lens__layer", numbers()[layer] + 1),
    "lens.layer": (row) => { const layer = numbers().indexOf(row - 1); if (layer >= 0) model.set("attention__layer", layer); },
    "sampling.selected": follow,
    "lens.target": follow,
  };
  const own = { sampling: { logits_data: null, ids: [], tokens: [], extendable: false, _sizes: {} } };
  const parts = Object.fromEntries(PANELS.map(([part]) => [part, partModel(model, part, (name, value) => meaning[`${part}.${name}`]?.(value), own[part])]));

  const box = textBox({ label: "Text that the model reads", pause: TYPING_MS, change: (text) => { model.set("text", text); save(); } });
  const status = element("span", { class: "llmc-muted", role: "status" });
  const appended = (ids) => { model.set("sampling__appended", ids); model.set("sampling__draws", 0); save(); };
  const undo = pushButton("Undo", () => appended(get("sampling__appended").slice(0, -1)), "Take the last appended token off");
  const reset = pushButton("Back to the text", () => appended([]), "Take all appended tokens off");
  const hints = {}, titles = {};
  const panels = PANELS.map(([part, , title, hint]) => {
    titles[part] = element("h3", { id: `${prefix}-${part}`, tabindex: "-1" }, title);
    hints[part] = element("p", { class: "llmc-muted" }, hint);
    const place = element("div", { class: "llmc-workspace-part" });
    return { part, place, node: element("section", { class: `llmc-panel llmc-panel-${part}`, "aria-labelledby": `${prefix}-${part}` }, titles[part], hints[part], place) };
  });
  const jump = (part) => { titles[part].focus(); titles[part].scrollIntoView({ block: "nearest" }); };
  const skips = element("nav", { class: "llmc-skips", "aria-label": "Parts of the workspace" }, ...PANELS.map(([part, , title]) => pushButton(title, () => jump(part))));
  const root = element("div", { class: "llmc llmc-workspace" },
    skips,
    element("div", { class: "llmc-workspace-text" }, box.node, element("div", { class: "llmc-row" }, status, undo, reset)),
    errorLine(model, stops),
    element("div", { class: "llmc-workspace-panels" }, ...panels.map(({ node }) => node)));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "F6") return;
    event.preventDefault();
    const at = panels.findIndex(({ node }) => node.contains(document.activeElement));
    const next = event.shiftKey ? (at <= 0 ? panels.length : at) - 1 : (at + 1) % panels.length;
    jump(panels[next].part);
  });

  // Not in the next frame: the part itself waits for one, and a choice is answered in a single frame.
  const showSoon = () => queueMicrotask(() => parts.sampling.guard(show)());
  const logits = positionLogits(model, { listen: onBytes, arrived: showSoon });
  let shownIds = null;
  const show = () => {
    const position = get("position"), ids = get("tokens__ids"), last = position === ids.length - 1, here = logits.at(position);
    const { sampling } = parts;
    if (sampling.get("ids").length !== position + 1 || sampling.get("ids")[0] !== ids[0] || shownIds !== ids) sampling.put("ids", ids.slice(0, position + 1));
    shownIds = ids;
    sampling.put("extendable", last);
    if (here) sampling.put("logits_data", here);
    else logits.want(position);
    const after = element("bdi", { class: "llmc-token" }, tokenLabel(get("tokens__tokens")[position] ?? ""));
    if (here) hints.sampling.replaceChildren("What may come after ", after, last ? ". Turn a knob, draw, append: all parts follow." : ". Choose the last token to append to the text.");
    else hints.sampling.replaceChildren(...(get("live") ? ["The scores after ", after, " are on their way …"] : ["This saved page does not hold the scores after ", after, ": run the notebook to see them."]));
    panels[3].place.classList.toggle("llmc-waits", !here);
    panels[3].place.inert = !here;
  };
  const drawText = () => {
    const count = get("sampling__appended").length, live = get("live");
    box.set(get("text"));
    box.disable(!live, "Editing needs a running kernel");
    undo.hidden = reset.hidden = count === 0;
    undo.disabled = reset.disabled = !live;
    status.textContent = get("busy") ? "The model is reading the text …" : `${get("tokens__ids").length} tokens${count ? `, ${count} of them appended` : ""}${live ? "" : ". Editing the text needs a running kernel."}`;
    root.setAttribute("aria-busy", String(get("busy")));
  };
  const sizes = () => parts.sampling.put("_sizes", { names_data: (get("sampling___sizes") ?? {}).names_data });
  model.on("change:sampling___sizes", sizes);
  stops.push(() => model.off("change:sampling___sizes", sizes));
  sizes();
  stops.push(onBytes(parts.sampling, "names_data", (bytes) => { names = namesFrom(bytes); }), logits.stop, box.stop, followTheme(root, () => {}));
  for (const name of ["position", "trace_number", "tokens__ids", "live"]) {
    model.on(`change:${name}`, showSoon);
    stops.push(() => model.off(`change:${name}`, showSoon));
  }
  onTraits(model, ["text", "busy", "live", "tokens__ids", "sampling__appended"], drawText, stops);
  show();
  drawText();
  el.append(root);
  for (const [at, [part, widget]] of PANELS.entries()) stops.push(mountPart(widget, parts[part], panels[at].place));
  return () => stops.forEach((stop) => stop());
}

export default { render };
