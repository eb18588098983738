// The text of SamplingExplorer: the prompt to edit, and its tokens with the appended ones marked, undone or taken off.
import { element, tokenLabel } from "./common.js";

const TYPING_MS = 400;
const MOST_TOKENS = 200; // of a long text the last are shown

// `change(changes)` sends traits to the kernel. Returns { node, stop() }.
export function samplingText(model, change) {
  const box = element("textarea", { rows: 2, "aria-label": "Prompt", spellcheck: "false" });
  const chips = element("div", { class: "llmc-chips", role: "list", "aria-label": "Text so far, as tokens" });
  const undo = element("button", { type: "button", onclick: () => change({ appended: model.get("appended").slice(0, -1), draws: 0 }) }, "Undo");
  const reset = element("button", { type: "button", onclick: () => change({ appended: [], draws: 0 }) }, "Back to the prompt");
  const buttons = element("div", { class: "llmc-row" }, undo, reset);
  const node = element("div", { class: "llmc-sampling-text" }, box, chips, buttons);

  let typing = null;
  box.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => change({ prompt: box.value, draws: 0 }), TYPING_MS);
  });
  const show = () => {
    const tokens = model.get("tokens"), live = model.get("live"), extendable = model.get("extendable");
    if (document.activeElement !== box && box.value !== model.get("prompt")) box.value = model.get("prompt");
    box.hidden = buttons.hidden = !extendable;
    box.disabled = !live;
    box.title = live ? "" : "Editing needs a running kernel";
    undo.disabled = reset.disabled = !live || model.get("appended").length === 0;
    const from = Math.max(tokens.length - MOST_TOKENS, 0), prompt = tokens.length - model.get("step");
    chips.hidden = tokens.length === 0;
    chips.replaceChildren(
      ...(from > 0 ? [element("span", { class: "llmc-muted" }, `… ${from} tokens before`)] : []),
      ...tokens.slice(from).map((token, place) => element("span", {
        class: `llmc-chip llmc-token${from + place >= prompt ? " llmc-chip-new" : ""}`, role: "listitem", title: JSON.stringify(token),
      }, tokenLabel(token))),
      element("span", { class: "llmc-chip llmc-chip-next", role: "listitem" }, "?"));
  };
  const watched = ["tokens", "prompt", "appended", "step", "extendable", "live"].map((name) => `change:${name}`);
  for (const event of watched) model.on(event, show);
  show();
  return { node, stop: () => { clearTimeout(typing); for (const event of watched) model.off(event, show); } };
}
