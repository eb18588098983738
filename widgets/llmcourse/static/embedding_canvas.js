// The map of EmbeddingExplorer: thousands of points on a canvas, moved and enlarged by mouse, touch and keyboard.
import { element, inNextFrame } from "./common.js";
import { pointLabel } from "./embedding_find.js";

const EMBEDDING_SHAPES = 4, NEAR_PIXELS = 16, MOVED_PIXELS = 5, EDGE = 34, MOST_LABELS = 400, MOST_FREE = 300;

// `pick(index)` is called for a click on a point or an arrow key (-1 for Escape), `place(x, y)` where the query is put,
// `hover(index)` for the point under the mouse. `show(state)` draws; state: { points (x, y each), labels, groupOf, selected,
// chosen: [{ index, name }], neighbours: [index], centre: [x, y] or null, circle: radius or null, placing, pointed, matches }.
export function embeddingCanvas({ label, pick, place, hover }) {
  const base = element("canvas", { class: "llmc-map-points", "aria-hidden": "true" });
  const top = element("canvas", { class: "llmc-map-marks", tabindex: "0", role: "application", "aria-roledescription": "map", "aria-label": label });
  const node = element("div", { class: "llmc-map" }, base, top);
  let state = null, view = null, wide = 0, high = 0, colours = {}, sprites = [], hovered = -1, stale = true, widths = new Map();

  const screenX = (x) => (x - view.x) * view.scale + wide / 2;
  const screenY = (y) => (view.y - y) * view.scale + high / 2;
  const dataAt = (x, y) => [(x - wide / 2) / view.scale + view.x, view.y - (y - high / 2) / view.scale];
  const fit = () => {
    let [left, right, low, up] = [Infinity, -Infinity, Infinity, -Infinity];
    const { points } = state;
    for (let at = 0; at < points.length; at += 2) {
      left = Math.min(left, points[at]); right = Math.max(right, points[at]);
      low = Math.min(low, points[at + 1]); up = Math.max(up, points[at + 1]);
    }
    const across = right - left, tall = up - low;
    const scale = Math.min((wide - 2 * EDGE) / (across || 1e-300), (high - 2 * EDGE) / (tall || 1e-300));
    view = { x: left + across / 2, y: low + tall / 2, scale: across || tall ? scale : 1, points };
    view.least = view.scale / 4;
    view.most = view.scale * 400;
    stale = true;
  };
  const zoom = (factor, x = wide / 2, y = high / 2) => {
    if (!view) return;
    const [dataX, dataY] = dataAt(x, y);
    view.scale = Math.min(Math.max(view.scale * factor, view.least), view.most);
    view.x = dataX - (x - wide / 2) / view.scale;
    view.y = dataY + (y - high / 2) / view.scale;
    stale = true;
    soon();
  };
  const pan = (x, y) => { if (!view) return; view.x -= x / view.scale; view.y += y / view.scale; stale = true; soon(); };

  // One small picture for each colour and shape: drawing a picture 10,000 times is far quicker than filling paths.
  const size = () => (state.points.length > 4000 ? 2.5 : state.points.length > 800 ? 3.5 : 5);
  const drawSprites = (ratio) => {
    sprites = Array.from({ length: 12 }, (_, group) => {
      const canvas = document.createElement("canvas"), radius = size() * ratio, side = Math.ceil(2 * radius + 2);
      canvas.width = canvas.height = side;
      const context = canvas.getContext("2d");
      context.translate(side / 2, side / 2);
      context.fillStyle = colours.series[group % 6];
      context.strokeStyle = colours.bg;
      context.lineWidth = ratio * 0.75;
      context.beginPath();
      traceShape(context, group % EMBEDDING_SHAPES, radius * 0.92);
      context.fill();
      context.stroke();
      return canvas;
    });
  };
  const drawBase = (ratio) => {
    drawSprites(ratio);
    const context = base.getContext("2d"), half = sprites[0].width / 2, { points, groupOf } = state;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, base.width, base.height);
    for (let index = 0, at = 0; at < points.length; index++, at += 2) {
      const x = screenX(points[at]) * ratio, y = screenY(points[at + 1]) * ratio;
      if (x < -half || y < -half || x > base.width + half || y > base.height + half) continue;
      context.drawImage(sprites[groupOf.length ? groupOf[index] % 12 : 0], Math.round(x - half), Math.round(y - half));
    }
  };

  const draw = () => {
    if (!state || wide === 0) return;
    const ratio = globalThis.devicePixelRatio || 1;
    for (const canvas of [base, top]) {
      const [x, y] = [Math.round(wide * ratio), Math.round(high * ratio)];
      if (canvas.width !== x || canvas.height !== y) { canvas.width = x; canvas.height = y; stale = true; }
    }
    if (view?.points !== state.points) fit();
    if (stale) { drawBase(ratio); stale = false; }
    const context = top.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, wide, high);
    drawMarks(context);
    drawLabels(context);
  };
  const at = (index) => [screenX(state.points[2 * index]), screenY(state.points[2 * index + 1])];
  const ring = (context, [x, y], radius, colour, thick) => {
    context.strokeStyle = colour; context.lineWidth = thick;
    context.beginPath(); context.arc(x, y, radius, 0, 7); context.stroke();
  };
  const drawMarks = (context) => {
    const radius = size() + 3, { centre } = state;
    if (centre) {
      const [x, y] = [screenX(centre[0]), screenY(centre[1])];
      context.strokeStyle = colours.line; context.lineWidth = 1.25;
      for (const index of state.neighbours) { context.beginPath(); context.moveTo(x, y); context.lineTo(...at(index)); context.stroke(); }
      if (state.circle !== null) { context.setLineDash([5, 4]); ring(context, [x, y], Math.min(state.circle * view.scale, 1e5), colours.muted, 1.25); context.setLineDash([]); }
    }
    const terms = state.chosen.filter(({ name }) => name);
    if (terms.length === 3 && centre) { // b → a, and the same step from c
      for (const [from, to] of [[at(terms[1].index), at(terms[0].index)], [at(terms[2].index), [screenX(centre[0]), screenY(centre[1])]]]) drawArrow(context, from, to, colours.accent);
    }
    for (const index of state.matches) ring(context, at(index), radius, colours.accent, 1.5);
    for (const index of state.neighbours) ring(context, at(index), radius, colours.fg, 1.5);
    for (const { index } of state.chosen) ring(context, at(index), radius + 1.5, colours.accent, 3);
    if (state.pointed >= 0) ring(context, at(state.pointed), radius + 3, colours.fg, 2.5);
    if (hovered >= 0) ring(context, at(hovered), radius, colours.accent, 2);
    if (centre && state.cross) {
      const [x, y] = [screenX(centre[0]), screenY(centre[1])];
      for (const [colour, thick] of [[colours.bg, 6], [colours.accent, 3]]) {
        context.strokeStyle = colour; context.lineWidth = thick;
        context.beginPath(); context.moveTo(x - 9, y); context.lineTo(x + 9, y); context.moveTo(x, y - 9); context.lineTo(x, y + 9); context.stroke();
        if (state.placing) ring(context, [x, y], 13, colour, thick / 1.5);
      }
    }
  };
  const drawLabels = (context) => {
    const names = new Map(state.chosen.map(({ index, name }) => [index, name])), gap = size() + 5;
    const strong = new Set([...names.keys(), hovered, state.pointed].filter((index) => index >= 0));
    const taken = [...strong, ...state.neighbours].map((index) => { const [x, y] = at(index); return [x - gap + 1, x + gap - 1, y - gap + 1, y + gap - 1]; });
    const count = state.points.length / 2, dots = []; // of few points no label hides one
    for (let index = 0; index < count && count <= MOST_FREE; index++) { const [x, y] = at(index), half = size(); dots.push([x - half, x + half, y - half, y + half]); }
    const free = (one, boxes) => !boxes.some((other) => one[0] < other[1] && other[0] < one[1] && one[2] < other[3] && other[2] < one[3]);
    context.textBaseline = "middle";
    context.lineJoin = "round";
    const write = (index, wanted, must = false) => {
      const [x, y] = at(index);
      if (x < 0 || y < 0 || x > wide || y > high) return;
      const name = names.get(index), text = (name ? `${name}: ` : "") + pointLabel(state.labels[index], 24);
      const key = `${strong.has(index) ? 1 : 0}${text}`;
      context.font = `${strong.has(index) ? "600 " : ""}12px ${colours.font}`;
      if (!widths.has(key)) widths.set(key, context.measureText(text).width);
      const width = widths.get(key);
      const places = [[x + gap, y], [x - gap - width, y], [x - width / 2, y - gap - 7], [x - width / 2, y + gap + 7]]
        .map(([left, middle]) => [left, left + width, middle - 7, middle + 7])
        .filter((box) => box[0] >= 2 && box[1] <= wide - 2 && box[2] >= 1 && box[3] <= high - 1);
      const box = places.find((one) => free(one, taken) && free(one, dots)) ?? (wanted ? places.find((one) => free(one, taken)) : undefined) ?? (must ? places[0] : undefined);
      if (!box) return;
      taken.push(box);
      context.strokeStyle = colours.bg; context.lineWidth = 3.5; context.strokeText(text, box[0], (box[2] + box[3]) / 2);
      context.fillStyle = strong.has(index) || state.neighbours.includes(index) ? colours.fg : colours.muted;
      context.fillText(text, box[0], (box[2] + box[3]) / 2);
    };
    for (const index of strong) write(index, true, true);
    for (const index of state.neighbours) if (!strong.has(index)) write(index, true);
    const written = new Set([...strong, ...state.neighbours]);
    let tried = 0;
    for (let index = 0; index < count && tried < MOST_LABELS; index++) {
      const [x, y] = at(index);
      if (x < 0 || y < 0 || x > wide || y > high || written.has(index)) continue;
      tried += 1;
      write(index, false);
    }
  };
  const soon = inNextFrame(draw);

  const nearestTo = (x, y) => {
    let best = -1, least = NEAR_PIXELS ** 2;
    for (let index = 0, at = 0; at < state.points.length; index++, at += 2) {
      const across = screenX(state.points[at]) - x, tall = screenY(state.points[at + 1]) - y, distance = across * across + tall * tall;
      if (distance < least) { least = distance; best = index; }
    }
    return best;
  };
  const neighbourTowards = (x, y) => { // the nearest point within 45° of a direction
    const from = state.selected >= 0 ? at(state.selected) : [wide / 2, high / 2];
    let best = -1, least = Infinity;
    for (let index = 0; index < state.points.length / 2; index++) {
      if (index === state.selected) continue;
      const [pointX, pointY] = at(index), across = pointX - from[0], tall = pointY - from[1];
      const along = across * x + tall * y, aside = Math.abs(across * y - tall * x);
      if (along > 0 && aside <= along && along * along + 4 * aside * aside < least) { least = along * along + 4 * aside * aside; best = index; }
    }
    return best;
  };

  const fingers = new Map();
  let start = null;
  const near = (event) => state.placing && state.centre && Math.hypot(screenX(state.centre[0]) - event.offsetX, screenY(state.centre[1]) - event.offsetY) < 24;
  top.addEventListener("pointerdown", (event) => {
    if (!view) return;
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    top.setPointerCapture(event.pointerId);
    start = { x: event.offsetX, y: event.offsetY, moved: fingers.size > 1, query: near(event) };
  });
  top.addEventListener("pointermove", (event) => {
    if (!view) return;
    const before = fingers.get(event.pointerId), now = [event.offsetX, event.offsetY];
    if (!before) {
      const over = nearestTo(...now);
      top.style.cursor = near(event) ? "move" : over >= 0 ? "pointer" : "grab";
      if (over !== hovered) { hovered = over; hover(over); soon(); }
      return;
    }
    if (start.query && fingers.size === 1) { place(...dataAt(...now)); start.moved = true; }
    else if (fingers.size === 1) {
      if (!start.moved && Math.hypot(now[0] - start.x, now[1] - start.y) < MOVED_PIXELS) return;
      start.moved = true;
      pan(now[0] - before[0], now[1] - before[1]);
    } else {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, where]) => where);
      const spread = (one) => Math.max(Math.hypot(one[0] - other[0], one[1] - other[1]), 1);
      zoom(spread(now) / spread(before), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    }
    fingers.set(event.pointerId, now);
  });
  top.addEventListener("pointerup", (event) => {
    if (fingers.delete(event.pointerId) && view && start && !start.moved && fingers.size === 0) {
      if (state.placing) place(...dataAt(event.offsetX, event.offsetY));
      else { const index = nearestTo(event.offsetX, event.offsetY); if (index >= 0) pick(index); }
    }
  });
  top.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  top.addEventListener("pointerleave", () => { if (hovered !== -1) { hovered = -1; hover(-1); soon(); } });
  top.addEventListener("wheel", (event) => { // the page scrolls until the map is entered by a click
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== top) return;
    event.preventDefault();
    zoom(Math.exp(-Math.max(-120, Math.min(120, event.deltaY)) / 300), event.offsetX, event.offsetY);
  }, { passive: false });
  top.addEventListener("keydown", (event) => {
    if (!view || event.ctrlKey || event.metaKey || event.altKey) return;
    const way = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (way && event.shiftKey) pan(-40 * way[0], -40 * way[1]);
    else if (way && state.placing) { const [x, y] = state.centre ?? [0, 0]; place(x + (8 * way[0]) / view.scale, y - (8 * way[1]) / view.scale); }
    else if (way) { const index = neighbourTowards(...way); if (index >= 0) pick(index); }
    else if (event.key === "+" || event.key === "=") zoom(1.5);
    else if (event.key === "-") zoom(1 / 1.5);
    else if (event.key === "0") { fit(); soon(); }
    else if (event.key === "Escape") pick(-1);
    else return;
    event.preventDefault();
  });

  const show = (latest) => {
    if (state?.groupOf !== latest.groupOf || state?.labels !== latest.labels) { stale = true; widths = new Map(); }
    const moved = latest.selected !== state?.selected && latest.selected >= 0;
    state = latest;
    if (moved && view?.points === state.points && wide) { // a point chosen from outside comes into sight
      const [x, y] = at(state.selected);
      if (x < 8 || y < 8 || x > wide - 8 || y > high - 8) { [view.x, view.y] = [state.points[2 * state.selected], state.points[2 * state.selected + 1]]; stale = true; }
    }
    draw();
  };
  const measure = () => {
    wide = node.clientWidth || wide;
    high = node.clientHeight || high;
    const style = getComputedStyle(node), read = (name) => style.getPropertyValue(`--llmc-${name}`).trim();
    colours = Object.fromEntries(["bg", "fg", "muted", "line", "accent"].map((name) => [name, read(name)]));
    colours.series = [0, 1, 2, 3, 4, 5].map((place) => read(`series-${place}`));
    colours.font = style.fontFamily;
    stale = true;
    if (view && view.wide !== wide) view.points = null; // fitted anew
    draw();
    if (view) view.wide = wide;
  };
  const seen = new ResizeObserver(measure);
  seen.observe(node);
  return { node, show, measure, zoom, fit: () => { if (state) { fit(); soon(); } }, stop: () => seen.disconnect() };
}

// The outline of a point's mark: groups differ in shape as well as in colour.
export function traceShape(context, shape, radius) {
  if (shape === 0) context.arc(0, 0, radius, 0, 7);
  else if (shape === 1) context.rect(-radius * 0.85, -radius * 0.85, radius * 1.7, radius * 1.7);
  else {
    const corners = shape === 2 ? [[0, -1.1], [1.05, 0.8], [-1.05, 0.8]] : [[0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]];
    corners.forEach(([x, y], place) => (place ? context.lineTo(x * radius, y * radius) : context.moveTo(x * radius, y * radius)));
    context.closePath();
  }
}

function drawArrow(context, from, to, colour) {
  const angle = Math.atan2(to[1] - from[1], to[0] - from[0]);
  if (Math.hypot(to[0] - from[0], to[1] - from[1]) < 1) return;
  context.strokeStyle = context.fillStyle = colour; context.lineWidth = 2;
  context.beginPath(); context.moveTo(...from); context.lineTo(...to); context.stroke();
  context.beginPath(); context.moveTo(...to);
  for (const turn of [0.4, -0.4]) context.lineTo(to[0] - 11 * Math.cos(angle + turn), to[1] - 11 * Math.sin(angle + turn));
  context.closePath(); context.fill();
}
