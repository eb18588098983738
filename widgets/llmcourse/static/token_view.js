// TokenView: one box a token, its id below; the text is cut again in the kernel as it is edited.
import { element, errorLine, followTheme, tokenLabel } from "./common.js";
import { tokenComparison } from "./token_comparison.js";

const PAUSE_MS = 300; // a typist's pause: then the text goes to the kernel

function render({ model, el }) {
  const box = element("textarea", { rows: 2, "aria-label": "Text to cut into tokens", spellcheck: "false" });
  const count = element("div", { class: "llmc-muted", "aria-live": "polite" });
  const list = element("div", { class: "llmc-tokens", role: "listbox", "aria-label": "Tokens", "aria-orientation": "horizontal", tabindex: "0" });
  const stops = [];
  const comparison = tokenComparison((row, position) => { model.set("row", row); select(position); });
  const several = () => model.get("rows").length > 0;
  const root = element("div", { class: "llmc llmc-token-view" }, box, errorLine(model, stops), count, list);

  let timer = null;
  box.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { model.set("text", box.value); model.save_changes(); }, PAUSE_MS);
  });
  const select = (position) => { model.set("selected", position); model.save_changes(); };
  list.addEventListener("keydown", (event) => {
    const last = model.get("ids").length - 1;
    const at = model.get("selected");
    const next = { ArrowRight: Math.min(at + 1, last), ArrowLeft: Math.max(at - 1, 0), Home: 0, End: last, Escape: -1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    select(next);
  });

  const mark = () => {
    if (several()) { comparison.show({ text: model.get("text"), rows: model.get("rows"), row: model.get("row"), selected: model.get("selected") }); return; }
    const at = model.get("selected");
    Array.from(list.children).forEach((item, position) => item.setAttribute("aria-selected", String(position === at)));
    if (at >= 0) list.setAttribute("aria-activedescendant", list.children[at]?.id ?? "");
    else list.removeAttribute("aria-activedescendant");
    list.children[at]?.scrollIntoView?.({ block: "nearest", inline: "nearest" });
    describe();
  };
  const describe = () => {
    const tokens = model.get("tokens"), ids = model.get("ids"), at = model.get("selected") < tokens.length ? model.get("selected") : -1;
    const characters = Array.from(model.get("text")).length;
    count.textContent = at >= 0 && at < ids.length
      ? `token ${at + 1} of ${ids.length}: “${tokenLabel(tokens[at], 60)}”, id ${ids[at]}`
      : `${ids.length} tokens, ${characters} characters, ${(characters / Math.max(ids.length, 1)).toFixed(2)} characters a token`;
  };
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const draw = () => {
    if (document.activeElement !== box && box.value !== model.get("text")) box.value = model.get("text");
    box.hidden = !model.get("editable");
    box.disabled = !model.get("live");
    count.hidden = list.hidden = several();
    if (several() && !root.contains(comparison.node)) root.append(comparison.node);
    box.title = model.get("live") ? "" : "Editing needs a running kernel";
    const tokens = model.get("tokens"), ids = model.get("ids");
    if (!several()) list.replaceChildren(...tokens.map((token, position) => element("div",
      { class: `llmc-box llmc-tint-${position % 5}`, role: "option", id: `${prefix}-${position}`, title: JSON.stringify(token), onclick: () => select(position) },
      element("span", { class: "llmc-token" }, tokenLabel(token)),
      element("small", { class: "llmc-number" }, String(ids[position])))));
    mark();
  };
  stops.push(followTheme(root, () => {}));
  for (const [event, listener] of [["change:ids", draw], ["change:tokens", draw], ["change:text", draw], ["change:rows", draw], ["change:selected", mark], ["change:row", mark]]) {
    model.on(event, listener);
    stops.push(() => model.off(event, listener));
  }
  draw();
  el.append(root);
  return () => { clearTimeout(timer); stops.forEach((stop) => stop()); };
}

export default { render };
