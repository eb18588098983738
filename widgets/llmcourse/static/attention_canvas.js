// A canvas as large as its frame that shows any part of a picture far larger: it stays in place while the frame
// scrolls, and its painter is told how far. So 512 tokens can be read at any size without a giant canvas.
import { element } from "./common.js";

export const LABEL_FONT = '12px ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono", monospace';
export const ROW_HEIGHT = 14; // pixels below which neighbouring labels touch

// paint(context, {width, height, left, top}) draws; point({x, y}) says what lies there; hover and pick get that.
// Returns the node, `size(contentWidth, contentHeight, frameHeight)`, `paint()` and `reveal(rectangle)`.
export function scrolledCanvas({ name, paint, point, hover, pick, press, scrolled = () => {} }) {
  const canvas = element("canvas", { "aria-hidden": "true" });
  const space = element("div", {}, canvas);
  const frame = element("div", { class: "llmc-frame", tabindex: "0", role: "application", "aria-label": name }, space);
  const at = (event) => {
    const box = canvas.getBoundingClientRect();
    return point({ x: event.clientX - box.left, y: event.clientY - box.top, left: frame.scrollLeft, top: frame.scrollTop });
  };
  const show = () => {
    const width = frame.clientWidth, height = frame.clientHeight, dots = globalThis.devicePixelRatio || 1;
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * dots) || canvas.height !== Math.round(height * dots)) {
      canvas.width = Math.round(width * dots);
      canvas.height = Math.round(height * dots);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    const context = canvas.getContext("2d");
    context.setTransform(dots, 0, 0, dots, 0, 0);
    context.clearRect(0, 0, width, height);
    context.direction = "ltr"; // each label is drawn by itself, so right-to-left text cannot reorder its neighbours
    paint(context, { width, height, left: frame.scrollLeft, top: frame.scrollTop });
  };
  frame.addEventListener("scroll", () => { show(); scrolled(); });
  frame.addEventListener("click", (event) => pick(at(event)));
  frame.addEventListener("pointermove", (event) => { if (event.pointerType !== "touch") hover(at(event)); });
  frame.addEventListener("pointerleave", () => hover(null));
  frame.addEventListener("keydown", (event) => { if (!event.ctrlKey && !event.metaKey && !event.altKey && press(event.key)) event.preventDefault(); });
  return {
    node: frame,
    paint: show,
    size(contentWidth, contentHeight, frameHeight) {
      frame.style.height = `${Math.ceil(frameHeight)}px`;
      space.style.width = `${Math.floor(contentWidth)}px`;
      space.style.height = `${Math.floor(contentHeight)}px`;
    },
    reveal({ x, y, width, height }, gutter) {
      const across = frame.clientWidth - gutter.x, down = frame.clientHeight - gutter.y;
      if (x < frame.scrollLeft) frame.scrollLeft = x;
      if (x + width > frame.scrollLeft + across) frame.scrollLeft = x + width - across;
      if (y < frame.scrollTop) frame.scrollTop = y;
      if (y + height > frame.scrollTop + down) frame.scrollTop = y + height - down;
    },
  };
}

// The colours a canvas needs, read from the style sheet so that it follows Jupyter's theme.
export function themeColours(root) {
  const style = getComputedStyle(root);
  const colour = (name) => style.getPropertyValue(`--llmc-${name}`).trim();
  return { ink: colour("fg"), paper: colour("bg"), soft: colour("soft"), line: colour("line"), muted: colour("muted"), accent: colour("accent") };
}

// The colours of a ramp, each as one little-endian RGBA number.
export function rampColours(ramp) {
  return Uint32Array.from(ramp, ([red, green, blue]) => ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0);
}

// Colour of every weight level, along the square root of the weight: what lies between 0 and 0.1 gets a third of the
// ramp, or most heads would look empty.
export function levelColours(ramp) {
  const shades = rampColours(ramp);
  return Uint32Array.from({ length: 65536 }, (_, level) => shades[Math.round(255 * Math.sqrt(level / 65535))]);
}
