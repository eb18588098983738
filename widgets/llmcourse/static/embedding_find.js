// A box that finds a point by its label: what matches is listed as one types, and chosen by click or Enter.
import { element, tokenLabel } from "./common.js";

const MOST_LISTED = 8;

// A label for reading: a token's label, but with plain spaces between words (embedding_picture.py writes the same).
export function pointLabel(label, longest = 40) {
  const text = Array.from(tokenLabel(label, longest));
  return (text[0] ?? "") + text.slice(1).join("").replaceAll("·", " ");
}

// The rows whose label holds `text`, whatever its case: equal labels first, then those that begin with it, then the rest.
export function matchingLabels(labels, text, most) {
  const wanted = text.trim().toLowerCase(), ranks = [[], [], []];
  if (wanted === "") return [];
  for (let index = 0; index < labels.length; index++) {
    const label = labels[index].trim().toLowerCase();
    if (label === wanted) ranks[0].push(index);
    else if (ranks[0].length + ranks[1].length < most && label.startsWith(wanted)) ranks[1].push(index);
    else if (ranks[2].length < most && label.includes(wanted)) ranks[2].push(index);
  }
  return ranks.flat().slice(0, most);
}

// `labels()` gives all labels, `pick(index)` is called for a choice, `matches(rows)` as one types, `focus()` at the start.
// Returns { node, set(index) }: what is chosen now, -1 for nothing.
export function labelFinder({ label, labels, pick, matches = () => {}, focus = () => {} }) {
  const id = `llmc-${Math.random().toString(36).slice(2)}`;
  const list = element("div", { class: "llmc-find-list", role: "listbox", id, "aria-label": `${label}: matches`, hidden: true });
  const none = element("div", { class: "llmc-find-none llmc-muted", role: "status" });
  const input = element("input", {
    type: "text", "aria-label": label, role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id,
    autocomplete: "off", spellcheck: "false", placeholder: label,
  });
  let found = [], active = 0, chosen = -1, typing = false;
  const close = () => { typing = false; list.hidden = true; input.setAttribute("aria-expanded", "false"); input.removeAttribute("aria-activedescendant"); none.textContent = ""; matches([]); };
  const show = () => {
    list.replaceChildren(...found.map((index, place) => element("div", {
      role: "option", id: `${id}-${place}`, class: "llmc-token", "aria-selected": String(place === active),
      onpointerdown: (event) => { event.preventDefault(); choose(index); },
    }, pointLabel(labels()[index]))));
    list.hidden = found.length === 0;
    input.setAttribute("aria-expanded", String(found.length > 0));
    if (found.length) input.setAttribute("aria-activedescendant", `${id}-${active}`);
    else input.removeAttribute("aria-activedescendant");
  };
  const write = () => { const text = chosen < 0 ? "" : pointLabel(labels()[chosen] ?? ""); if (input.value !== text) input.value = text; };
  const choose = (index) => { chosen = index; close(); write(); pick(index); };
  const set = (index) => { chosen = index; if (!typing) write(); };
  input.addEventListener("focus", () => { input.select(); focus(); });
  input.addEventListener("click", () => { if (!typing) input.select(); }); // the mouse let go takes back what focus selected
  input.addEventListener("blur", () => { close(); write(); });
  input.addEventListener("input", () => {
    typing = true;
    const all = matchingLabels(labels(), input.value, 200);
    [found, active] = [all.slice(0, MOST_LISTED), 0];
    none.textContent = all.length === 0 && input.value.trim() !== "" ? "no such label" : "";
    matches(all);
    show();
  });
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && found.length && !list.hidden) { active = (active + step + found.length) % found.length; show(); }
    else if (event.key === "Enter" && found.length && !list.hidden) choose(found[active]);
    else if (event.key === "Escape") { close(); write(); }
    else return;
    event.preventDefault();
  });
  return { node: element("div", { class: "llmc-find" }, input, list, none), set };
}
