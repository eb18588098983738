// The legend of EmbeddingExplorer's groups: the mark of each, and its name.
import { element } from "./common.js";
import { traceShape } from "./embedding_canvas.js";
import { pointLabel } from "./embedding_find.js";

const MOST_LISTED_GROUPS = 12; // so many differ in colour and shape

// Returns { node, show(names), redraw() }.
export function groupLegend() {
  const node = element("div", { class: "llmc-map-legend" });
  let shown = null;
  const redraw = () => {
    const style = getComputedStyle(node), ratio = globalThis.devicePixelRatio || 1;
    Array.from(node.querySelectorAll("canvas")).forEach((canvas, place) => {
      canvas.width = canvas.height = Math.round(14 * ratio);
      const context = canvas.getContext("2d");
      context.scale(ratio, ratio);
      context.translate(7, 7);
      context.fillStyle = style.getPropertyValue(`--llmc-series-${place % 6}`).trim();
      context.beginPath();
      traceShape(context, place % 4, 5);
      context.fill();
    });
  };
  const show = (names) => {
    if (names === shown) return;
    shown = names;
    const more = names.length - MOST_LISTED_GROUPS;
    node.replaceChildren(...names.slice(0, MOST_LISTED_GROUPS).map((name) => element("span", { title: name },
      element("canvas", { "aria-hidden": "true", style: "width: 14px; height: 14px" }), element("span", { class: "llmc-map-group" }, pointLabel(name, 24)))),
      ...(more > 0 ? [element("span", {}, `and ${more} more, whose marks repeat`)] : []));
    redraw();
  };
  return { node, show, redraw };
}
