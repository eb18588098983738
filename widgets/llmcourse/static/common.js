// What all widgets share: elements without innerHTML, bytes with a text fallback, themes, token labels, the colour ramp.

const TAKES_FOCUS = new Set(["button", "input", "select", "summary", "textarea"]);

// An element with attributes and children; strings become text nodes, so no token can become markup. JupyterLab takes
// arrows, Enter and Escape for the notebook, unless the focused element itself says that its keys are its own.
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  if (TAKES_FOCUS.has(tag) || "tabindex" in attributes) node.dataset.lmSuppressShortcuts = "true";
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

// Calls `use` with the bytes of a trait, now and at every change. Where the binary half of a message got lost
// (Colab), the kernel is asked for the same bytes as text. Returns a function that stops listening.
export function onBytes(model, name, use) {
  const expected = () => (model.get("_sizes") ?? {})[name];
  let last = null;
  const deliver = (bytes) => { last = bytes; use(bytes); };
  const changed = () => {
    const view = model.get(name);
    const bytes = view?.buffer ? new Uint8Array(view.buffer, view.byteOffset, view.byteLength) : null;
    const size = expected();
    if (bytes && (size === undefined || bytes.length === size)) { if (last !== bytes) deliver(bytes); }
    else if (size > 0) model.send({ kind: "as-text", name });
  };
  const textArrived = () => {
    const text = (model.get("_as_text") ?? {})[name];
    if (text === undefined) return;
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    if (bytes.length === expected()) deliver(bytes);
  };
  model.on(`change:${name}`, changed);
  model.on("change:_sizes", changed);
  model.on("change:_as_text", textArrived);
  changed();
  return () => {
    model.off(`change:${name}`, changed);
    model.off("change:_sizes", changed);
    model.off("change:_as_text", textArrived);
  };
}

// Reads little-endian numbers of a typed array type from bytes that may start at an odd address.
export function numbersFrom(bytes, Type) {
  return new Type(bytes.slice().buffer);
}

// Marks the root as light or dark after the page it stands in, and calls `redraw(dark)` now and at every change.
export function followTheme(root, redraw) {
  const dark = () => {
    const page = document.body;
    if (page.dataset.jpThemeLight !== undefined) return page.dataset.jpThemeLight === "false";
    const theme = document.documentElement.getAttribute("theme"); // Colab
    if (theme) return theme === "dark";
    return matchMedia("(prefers-color-scheme: dark)").matches;
  };
  let shown = null;
  const apply = () => {
    const now = dark();
    if (now === shown) return;
    shown = now;
    root.classList.toggle("llmc-dark", now);
    redraw(now);
  };
  const observer = new MutationObserver(apply);
  observer.observe(document.body, { attributes: true });
  observer.observe(document.documentElement, { attributes: true });
  const media = matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", apply);
  apply();
  return () => { observer.disconnect(); media.removeEventListener("change", apply); };
}

// The label of a token; labels.py writes the same one in Python (tests/vectors/labels.json holds both to it).
export function tokenLabel(token, longest = 16) {
  const characters = Array.from(token);
  const visible = { "\n": "↵", "\r": "␍", "\t": "⇥", " ": "·" };
  const invisible = (character) => character === undefined || /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Zs}]/u.test(character);
  const shown = characters.slice(0, longest + 1).map((character, place) => {
    if (visible[character]) return visible[character];
    // A joiner between two visible characters is part of an emoji.
    const joins = character === "\u200d" && !invisible(characters[place - 1]) && !invisible(characters[place + 1]);
    if (invisible(character) && !joins) {
      return `‹U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}›`;
    }
    return character;
  });
  return characters.length > longest ? shown.slice(0, longest - 1).join("") + "…" : shown.join("");
}

// A sequential ramp of 256 colours that stays ordered in grey and for colour-blind eyes: paper to deep blue on
// light, night to pale yellow on dark. Returns [r, g, b] for 0 … 255.
export function colourRamp(dark) {
  const stops = dark
    ? [[20, 23, 28], [44, 62, 104], [72, 120, 150], [150, 186, 140], [253, 240, 170]]
    : [[255, 255, 255], [200, 222, 240], [120, 170, 214], [44, 104, 170], [8, 36, 92]];
  return Array.from({ length: 256 }, (_, position) => {
    const place = (position / 255) * (stops.length - 1);
    const low = Math.min(Math.floor(place), stops.length - 2);
    return stops[low].map((value, channel) => Math.round(value + (stops[low + 1][channel] - value) * (place - low)));
  });
}

// The error line every widget has: shown and read aloud when the trait `error` holds a sentence. What ends it is
// added to `stops`, the functions a widget calls when its view is removed.
export function errorLine(model, stops) {
  const line = element("div", { class: "llmc-error", role: "alert" });
  const show = () => { line.textContent = model.get("error") ?? ""; };
  model.on("change:error", show);
  stops.push(() => model.off("change:error", show));
  show();
  return line;
}

// Calls `draw` once in the next animation frame however often it is asked.
export function inNextFrame(draw) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(); });
  };
}

// Calls `draw` in the next frame after any of these traits changes; what ends that is added to `stops`.
export function onTraits(model, names, draw, stops) {
  const soon = inNextFrame(model.guard ? model.guard(draw) : draw);
  for (const name of names) {
    model.on(`change:${name}`, soon);
    stops.push(() => model.off(`change:${name}`, soon));
  }
  return soon;
}

// Four digits that mean something: 0.1234, 1.2e-7.
export function shortNumber(value) {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return "0";
  return Math.abs(value) < 1e-4 || Math.abs(value) >= 1e5 ? value.toExponential(2) : String(Number(value.toPrecision(4)));
}
