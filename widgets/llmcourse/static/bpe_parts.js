// The parts of BPEStepper: the pieces as symbols, the table of pairs, the list of merges.
import { element, tokenLabel } from "./common.js";
import { bytesText } from "./bpe_merges.js";

const PIECES_SHOWN = 60;

// How the bytes of a token are written: its text, or <0x8a> for bytes that are no whole characters; labels.py does the same.
export function bpeLabel(bytes) {
  const text = bytesText(bytes);
  try { new TextDecoder("utf-8", { fatal: true }).decode(bytes); } catch { return text; }
  return tokenLabel(text);
}

// The pieces of the text, one a row; only those rows are drawn anew in which something changed.
export function bpePieces() {
  const list = element("ul", { class: "llmc-bpe-pieces", tabindex: "0", "aria-label": "Pieces of the text" });
  const more = element("div", { class: "llmc-muted" });
  let rows = [], of = null;
  const show = (run, step, next, selected, training) => {
    if (of !== run) {
      of = run;
      rows = run.pieces.slice(0, PIECES_SHOWN).map(() => ({ node: element("li", {}), symbols: null, marks: "" }));
      list.replaceChildren(...rows.map((row) => row.node));
      const hidden = run.pieces.length - rows.length;
      more.textContent = hidden > 0 ? `… and ${hidden} more, counted as well` : "";
    }
    const last = run.merges[step - 1]?.made;
    rows.forEach((row, place) => {
      const symbols = run.states[step][place], kinds = chipKinds(symbols, last, next, selected?.made), marks = kinds.join();
      if (row.symbols === symbols && row.marks === marks) return;
      Object.assign(row, { symbols, marks });
      row.node.replaceChildren(
        ...symbols.map((id, at) => element("span", { class: `llmc-bpe-chip${kinds[at]}` },
          element("span", { class: "llmc-token" }, bpeLabel(run.bytesOf(id))), training ? null : element("small", { class: "llmc-number" }, String(id)))),
        training ? element("span", { class: "llmc-muted llmc-number llmc-bpe-times" }, `× ${run.pieces[place].count}`) : "");
    });
  };
  return { node: element("div", {}, list, more), show };
}

function chipKinds(symbols, last, next, selected) {
  const kinds = symbols.map((id) => (id === selected ? " llmc-bpe-chosen" : id === last ? " llmc-bpe-new" : ""));
  for (let at = 0; next && at + 1 < symbols.length; at++) {
    if (symbols[at] !== next.left || symbols[at + 1] !== next.right) continue;
    kinds[at] += " llmc-bpe-next-left";
    kinds[++at] += " llmc-bpe-next-right";
  }
  return kinds;
}

// The pairs that can be merged next, the next one first and marked; below it why that one.
export function bpePairTable() {
  const head = element("tr", {}), body = element("tbody"), why = element("div", { class: "llmc-muted llmc-bpe-why" });
  const node = element("div", {}, element("div", { class: "llmc-bpe-table" }, element("table", {}, element("thead", {}, head), body)), why);
  const show = (run, { shown, total, ties }, training) => {
    const names = training ? ["pair", "becomes", "count"] : ["pair", "becomes", "id", "rank"];
    if (head.children.length !== names.length) head.replaceChildren(...names.map((name) => element("th", { scope: "col" }, name)));
    body.replaceChildren(...shown.map(({ left, right, made, weight }, place) => {
      const whole = new Uint8Array([...run.bytesOf(left), ...run.bytesOf(right)]);
      return element("tr", { class: place === 0 ? "llmc-bpe-first" : null },
        element("td", { class: "llmc-token" }, `${bpeLabel(run.bytesOf(left))} + ${bpeLabel(run.bytesOf(right))}`),
        element("td", { class: "llmc-token" }, bpeLabel(whole), place === 0 ? element("span", { class: "llmc-bpe-mark" }, "next") : null),
        training ? null : element("td", { class: "llmc-number" }, String(made)),
        element("td", { class: "llmc-number" }, weight.toLocaleString("en-US")));
    }));
    why.textContent = total === 0 ? "No pair is left."
      : !training ? "The lowest rank is merged first: it was learnt first."
      : ties > 1 ? `${ties} pairs share the highest count. The one with the smaller ids comes first, as in Hugging Face tokenizers.`
      : "The highest count is merged next.";
  };
  return { node, show };
}

// The merges done so far, newest first; a listbox by click and arrow keys.
export function bpeMergeList(pick) {
  const prefix = `llmc-${Math.random().toString(36).slice(2)}`;
  const node = element("div", { class: "llmc-bpe-merges", role: "listbox", "aria-label": "Merges so far", tabindex: "0" });
  const none = element("div", { class: "llmc-muted" }, "None yet: press Next.");
  let items = [], done = 0, marked = -1;
  node.addEventListener("click", (event) => {
    const place = items.findIndex((item) => item.contains(event.target));
    if (place >= 0) pick(place === marked ? -1 : place);
  });
  node.addEventListener("keydown", (event) => {
    if (!done || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowDown: marked < 0 ? done - 1 : Math.max(marked - 1, 0), ArrowUp: Math.min(marked + 1, done - 1), Home: done - 1, End: 0, Escape: -1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    marked = to; // two keys in one frame both count
    pick(to);
  });
  const list = (run) => {
    items = run.merges.map(({ left, right, made, weight }, place) => element("div", { role: "option", id: `${prefix}-${place}`, "aria-selected": "false", hidden: true },
      element("span", { class: "llmc-number llmc-muted" }, String(place + 1)),
      element("span", { class: "llmc-token" }, `${bpeLabel(run.bytesOf(left))} + ${bpeLabel(run.bytesOf(right))}`),
      element("span", { class: "llmc-token" }, `→ ${bpeLabel(run.bytesOf(made))}`),
      element("span", { class: "llmc-number llmc-muted" }, weight.toLocaleString("en-US"))));
    node.replaceChildren(...items.toReversed());
    done = 0;
    marked = -1;
  };
  const show = (step, selected) => {
    for (let place = Math.min(done, step); place < Math.max(done, step); place++) items[place].hidden = place >= step;
    done = step;
    for (const item of node.querySelectorAll('[aria-selected="true"]')) item.setAttribute("aria-selected", "false");
    marked = selected;
    none.hidden = step > 0;
    node.hidden = step === 0;
    if (selected < 0) { node.removeAttribute("aria-activedescendant"); return; }
    items[selected].setAttribute("aria-selected", "true");
    node.setAttribute("aria-activedescendant", items[selected].id);
    const [inner, outer] = [items[selected].getBoundingClientRect(), node.getBoundingClientRect()];
    if (inner.top < outer.top) node.scrollTop -= outer.top - inner.top;
    else if (inner.bottom > outer.bottom) node.scrollTop += inner.bottom - outer.bottom;
  };
  return { node: element("div", {}, none, node), list, show };
}
