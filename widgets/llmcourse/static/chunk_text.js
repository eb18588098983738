// The running text of ChunkViewer, a page at a time: chunks tinted, overlaps in both tints, and a map of the whole above.
import { chartCanvas } from "./chart_canvas.js";
import { element } from "./common.js";
import { lowerBound } from "./splitters.js";

const PAGE = 3000, SNAP = 200; // characters on a page, and how far back it looks for a space to end at
const MOST_PIECES = 900; // tinted stretches drawn on a page

// `pick(chunk)` is called for a click into a chunk, and for arrow keys in the text. `show({ text, starts, ends, selected,
// places, unheld })` draws; `goTo(place)` turns to the page that holds a place of the text.
export function chunkText({ pick }) {
  let state = null, pages = [0, 0], page = 0, of = null, shown = "";
  const map = chartCanvas({
    height: 40, draw: drawMap,
    attributes: { class: "llmc-chunk-map", role: "slider", tabindex: "0", "aria-label": "Page of the text", "aria-valuemin": 1, "aria-valuemax": 1, "aria-valuenow": 1 },
  });
  const pane = element("div", { class: "llmc-chunk-text", tabindex: "0", role: "group", "aria-label": "Text with its chunks tinted" });
  const note = element("span", { class: "llmc-muted llmc-number" });
  const turn = (step) => { page = Math.max(0, Math.min(page + step, pages.length - 2)); draw(); pane.scrollTop = 0; };
  const back = element("button", { type: "button", onclick: () => turn(-1) }, "Previous page");
  const forth = element("button", { type: "button", onclick: () => turn(1) }, "Next page");
  const turning = element("div", { class: "llmc-row" }, back, note, forth);
  const node = element("div", { class: "llmc-chunk-document" }, map.canvas, pane, turning);

  map.canvas.addEventListener("pointerdown", (event) => {
    if (state) { goTo(Math.floor((event.offsetX / map.width()) * state.text.length)); draw(); }
  });
  map.canvas.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, Home: -pages.length, End: pages.length }[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    turn(step);
  });
  pane.addEventListener("keydown", (event) => {
    const last = (state?.starts.length ?? 0) - 1, at = state?.selected ?? -1;
    const next = { ArrowRight: Math.min(at + 1, last), ArrowLeft: Math.max(at - 1, Math.min(0, last)), Escape: -1 }[event.key];
    if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    state.selected = next; // a second key in the same frame goes on from here
    pick(next);
  });
  pane.addEventListener("click", (event) => {
    const piece = event.target.closest("[data-first]");
    if (!piece || String(getSelection()) !== "") return; // somebody marks text to copy it
    const first = Number(piece.dataset.first), last = Number(piece.dataset.last), at = state.selected;
    pick(at >= first && at < last ? at + 1 : first); // of overlapping chunks the next at each click
  });

  const goTo = (place) => { page = Math.max(0, Math.min(lowerBound(pages, place + 1) - 1, pages.length - 2)); };
  const show = (latest) => {
    const turned = latest.selected !== state?.selected || latest.starts !== state?.starts;
    state = latest;
    if (of !== latest.text) { of = latest.text; pages = pageBounds(latest.text); page = 0; }
    if (turned && latest.selected >= 0 && !onPage(latest.starts[latest.selected])) goTo(latest.starts[latest.selected]);
    draw();
    if (turned) scrollTo(pane, pane.querySelector(".llmc-chunk-selected"));
  };
  const onPage = (place) => place >= pages[page] && place < pages[page + 1];

  function draw() {
    if (!state) return;
    page = Math.min(page, Math.max(pages.length - 2, 0));
    const { pieces, whole } = textPieces(state, pages[page], pages[page + 1]);
    pane.replaceChildren(...pieces);
    shown = `page ${(page + 1).toLocaleString("en")} of ${(pages.length - 1).toLocaleString("en")}`;
    note.textContent = whole ? shown : `${shown}; only the first ${MOST_PIECES} pieces are tinted`;
    turning.hidden = pages.length < 3 && whole;
    back.disabled = page === 0;
    forth.disabled = page >= pages.length - 2;
    map.canvas.setAttribute("aria-valuemax", String(Math.max(pages.length - 1, 1)));
    map.canvas.setAttribute("aria-valuenow", String(page + 1));
    map.canvas.setAttribute("aria-valuetext", shown);
    map.paint();
  }

  // Even chunks in the upper lane, odd ones in the lower: an overlap stands in both.
  function drawMap(context, { wide, colours }) {
    if (!state || !state.text.length) return;
    const { starts, ends, selected, places, unheld } = state, scale = wide / state.text.length;
    const every = Math.max(1, Math.ceil(starts.length / wide));
    for (let number = 0; number < starts.length; number += every) {
      context.fillStyle = colours[`series-${number % 5}`];
      context.globalAlpha = number === selected ? 1 : 0.4;
      const width = (ends[number] - starts[number]) * scale;
      context.fillRect(starts[number] * scale, 4 + 16 * (number % 2), Math.max(width - 1, 0.75), 14);
    }
    context.globalAlpha = 1;
    if (selected >= 0) {
      context.strokeStyle = colours.accent; context.lineWidth = 2;
      context.strokeRect(starts[selected] * scale, 3 + 16 * (selected % 2), Math.max((ends[selected] - starts[selected]) * scale, 2), 16);
    }
    places.forEach((one, at) => {
      context.fillStyle = unheld[at] ? colours.fg : colours.accent;
      context.fillRect(one.start * scale - 1, 0, 2, 40);
    });
    if (pages.length < 3) return;
    context.strokeStyle = colours.fg; context.lineWidth = 1.5;
    context.strokeRect(pages[page] * scale + 1, 1, Math.max((pages[page + 1] - pages[page]) * scale - 2, 3), 37);
  }
  return { node, show, goTo: (place) => { goTo(place); draw(); }, measure: map.measure, stop: map.stop };
}

function pageBounds(text) {
  const bounds = [0];
  while (bounds[bounds.length - 1] + PAGE < text.length) {
    const end = bounds[bounds.length - 1] + PAGE, tail = text.slice(end - SNAP, end);
    const space = Math.max(tail.lastIndexOf("\n"), tail.lastIndexOf(" "));
    bounds.push(space < 0 || tail.length !== SNAP ? end : end - SNAP + space + 1);
  }
  bounds.push(text.length);
  return bounds;
}

// One page as spans; a piece ends where a chunk or a found place begins or ends.
function textPieces({ text, starts, ends, selected, places, unheld }, from, to) {
  const cuts = new Set([from, to]), placeStarts = places.map((one) => one.start), placeEnds = places.map((one) => one.end);
  for (const list of [starts, ends, placeStarts, placeEnds]) {
    for (let at = lowerBound(list, from); at < list.length && list[at] < to; at++) cuts.add(list[at]);
  }
  const bounds = [...cuts].sort((a, b) => a - b), pieces = [];
  const whole = bounds.length - 1 <= MOST_PIECES;
  for (let at = 0; at < bounds.length - 1; at++) {
    if (at === MOST_PIECES) { pieces.push(element("span", {}, text.slice(bounds[at], to))); break; }
    const start = bounds[at], end = bounds[at + 1];
    const first = lowerBound(ends, start + 1), last = lowerBound(starts, start + 1) - 1;
    if (last >= first && starts[last] === start) pieces.push(element("span", { class: "llmc-chunk-mark", "aria-hidden": "true" }, String(last)));
    const place = lowerBound(placeEnds, start + 1);
    const kinds = [
      last < first ? "llmc-chunk-none" : last > first ? "llmc-chunk-both" : `llmc-tint-${first % 5}`,
      selected >= first && selected <= last ? "llmc-chunk-selected" : "",
      place < places.length && placeStarts[place] <= start ? (unheld[place] ? "llmc-chunk-lost" : "llmc-chunk-found") : "",
    ];
    const style = last > first ? `--llmc-one: var(--llmc-tint-${first % 5}); --llmc-other: var(--llmc-tint-${last % 5})` : null;
    const title = last < first ? "in no chunk" : last > first ? `in chunks ${first} to ${last}` : `in chunk ${first}`;
    pieces.push(element("span", { class: kinds.filter(Boolean).join(" "), style, title, "data-first": last < first ? null : first, "data-last": last < first ? null : last }, text.slice(start, end)));
  }
  return { pieces, whole };
}

// Only the pane scrolls: scrollIntoView would move the page under the reader.
function scrollTo(pane, item) {
  if (!item) return;
  const [inner, outer] = [item.getBoundingClientRect(), pane.getBoundingClientRect()];
  if (inner.top < outer.top || inner.top > outer.bottom - 40) pane.scrollTop += inner.top - outer.top - 20;
}
