// The turning 3-D view of LossLandscape.
import { axisTicks, chartCanvas, tickLabel } from "./chart_canvas.js";
import { drawCross, drawEnds, drawMinimum, drawPath } from "./loss_marks.js";
import { meshNormals, meshView, paintMesh, shadeTable } from "./loss_raster.js";

const MOST_LINES = 151; // points along an axis of the mesh; of a finer grid every second, third … is drawn
const MOST_MESH_PIXELS = 900_000;

// `turn({ yaw, pitch, zoom })` is called with the view that a drag or key asks for, `now()` gives the one that holds,
// `pick(row, column)` for a click, `hover(row, column)` for the point under the mouse (-1, -1 for none).
export function lossMesh({ label, ramp, now, turn, pick, hover, step }) {
  let state = null, mesh = null, target = null, view = null, scale = 1, dragged = null;
  const fingers = new Map(), table = shadeTable(ramp), image = document.createElement("canvas");
  const chart = chartCanvas({ height: 360, draw, attributes: { class: "llmc-loss-mesh", tabindex: "0", role: "application", "aria-roledescription": "surface", "aria-label": label } });
  const { canvas } = chart;

  const prepare = () => { // once a surface
    if (mesh?.of === state.levels) return;
    const every = Math.ceil((Math.max(state.rows, state.columns) - 1) / (MOST_LINES - 1));
    const take = (count) => [...Array.from({ length: Math.ceil((count - 1) / every) }, (_, place) => place * every), count - 1];
    const lines = [take(state.rows), take(state.columns)];
    const levels = every === 1 ? state.levels : Float32Array.from(lines[0].flatMap((row) => lines[1].map((column) => state.levels[row * state.columns + column])));
    mesh = { of: state.levels, levels, rows: lines[0].length, columns: lines[1].length, lines };
    mesh.normals = meshNormals(mesh.levels, mesh.rows, mesh.columns);
  };
  // Levels between the drawn points, as the mesh shows them; x and y run from -1 to 1.
  const levelAt = (x, y) => {
    const across = ((x + 1) / 2) * (mesh.columns - 1), along = ((y + 1) / 2) * (mesh.rows - 1);
    const column = Math.max(0, Math.min(Math.floor(across), mesh.columns - 2)), row = Math.max(0, Math.min(Math.floor(along), mesh.rows - 2));
    const [u, v] = [across - column, along - row], at = row * mesh.columns + column, { levels } = mesh;
    const low = levels[at] + u * (levels[at + 1] - levels[at]), up = levels[at + mesh.columns] + u * (levels[at + mesh.columns + 1] - levels[at + mesh.columns]);
    return { level: low + v * (up - low), row, column };
  };
  const inBox = (x, y) => [(2 * (x - state.xs[0])) / (state.xs.at(-1) - state.xs[0]) - 1, (2 * (y - state.ys[0])) / (state.ys.at(-1) - state.ys[0]) - 1];

  function draw(context, { wide, high, colours }) {
    if (!state) return;
    prepare();
    const ratio = Math.min(globalThis.devicePixelRatio || 1, Math.sqrt(MOST_MESH_PIXELS / (wide * high)));
    const [across, down] = [Math.max(1, Math.round(wide * ratio)), Math.max(1, Math.round(high * ratio))];
    if (target?.wide !== across || target?.high !== down) {
      [image.width, image.height] = [across, down];
      const data = new ImageData(across, down);
      target = { wide: across, high: down, data, pixels: new Uint32Array(data.data.buffer), cells: new Int32Array(across * down) };
    }
    view = meshView(state.yaw, state.pitch);
    scale = Math.min(wide / 3.2, high / (2 * (Math.SQRT2 * view.sinTilt + 0.6 * view.cosTilt) + 0.35)) * state.zoom;
    const place = ([x, y]) => [wide / 2 + scale * x, high / 2 + scale * y];
    const on = (x, y, level) => place(view.project(x, y, level));
    drawBox(context, on, colours, wide);
    paintMesh(mesh, view, scale * (down / high), table, target);
    image.getContext("2d").putImageData(target.data, 0, 0);
    context.drawImage(image, 0, 0, wide, high);
    const cellWide = mesh.columns - 1;
    const visible = (x, y) => { // whether the cell that holds a place is the one seen there, or beside it
      const { level, row, column } = levelAt(x, y), [px, py] = on(x, y, level), [i, j] = [Math.round(px * (across / wide) - 0.5), Math.round(py * (down / high) - 0.5)];
      if (Number.isNaN(level)) return [px, py, false];
      const seen = i >= 0 && j >= 0 && i < across && j < down ? target.cells[j * across + i] : -1;
      const [seenRow, seenColumn] = [Math.floor(seen / cellWide), seen % cellWide];
      return [px, py, seen < 0 || (Math.abs(seenRow - row) <= 2 && Math.abs(seenColumn - column) <= 2)];
    };
    context.save();
    context.beginPath(); context.rect(0, 0, wide, high); context.clip();
    for (const { points, colour } of state.paths) drawSurfacePath(context, points, colour, visible);
    const marked = (chosen) => visible(...inBox(state.xs[chosen % state.columns], state.ys[Math.floor(chosen / state.columns)]));
    if (state.lowest >= 0) { const where = marked(state.lowest); if (where[2]) drawMinimum(context, where); }
    for (const [chosen, strong] of [[state.hovered, false], [state.selected, true]]) if (chosen >= 0) { const where = marked(chosen); if (!Number.isNaN(where[1])) drawCross(context, where, strong); }
    context.restore();
  }
  const drawSurfacePath = (context, points, colour, visible) => {
    const own = points.map(([x, y]) => inBox(x, y)).filter(([x, y]) => Math.abs(x) <= 1 && Math.abs(y) <= 1);
    if (own.length === 0) return;
    const places = [];
    own.forEach(([x, y], at) => { // between two points the line follows the surface
      const [fromX, fromY] = own[Math.max(at - 1, 0)], pieces = at === 0 ? 1 : Math.max(1, Math.min(12, Math.ceil(Math.hypot(x - fromX, y - fromY) * 20)));
      for (let piece = 1; piece <= pieces; piece++) places.push(visible(fromX + ((x - fromX) * piece) / pieces, fromY + ((y - fromY) * piece) / pieces));
    });
    const good = places.filter(([, y]) => !Number.isNaN(y)), ends = own.map(([x, y]) => visible(x, y)).filter(([, y]) => !Number.isNaN(y));
    drawPath(context, good, colour, own.length <= 150 ? ends : []);
    if (ends.length) drawEnds(context, ends[0], ends.at(-1), colour);
  };
  const drawBox = (context, on, colours, wide) => {
    const { cosTurn, sinTurn } = view, nearY = cosTurn > 0 ? -1 : 1, nearX = sinTurn > 0 ? -1 : 1;
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([x, y]) => on(x, y, 0));
    context.strokeStyle = colours.line; context.lineWidth = 1; context.fillStyle = colours.soft;
    context.beginPath(); corners.forEach((corner) => context.lineTo(...corner)); context.closePath(); context.fill(); context.stroke();
    context.font = `11px ${colours.font}`; context.fillStyle = colours.muted; context.textBaseline = "middle"; context.textAlign = "left";
    const write = (text, [x, y], [fromX, fromY], gap) => {
      const length = Math.hypot(x - fromX, y - fromY) || 1, [toX, toY] = [x + ((x - fromX) / length) * gap, y + ((y - fromY) / length) * gap];
      const width = context.measureText(text).width, left = toX > x + 3 ? toX : toX < x - 3 ? toX - width : toX - width / 2;
      context.fillText(text, Math.max(2, Math.min(left, wide - width - 2)), toY);
    };
    const axis = (values, name, at) => {
      const [low, high] = [values[0], values.at(-1)];
      for (const tick of axisTicks(low, high, 3)) { const along = (2 * (tick - low)) / (high - low) - 1; write(tickLabel(tick), at(along, 1), at(along, 0.9), 9); }
      write(name, at(0, 1), at(0, 0.9), 26);
    };
    axis(state.xs, state.names[0], (along, out) => on(along, nearY * out, 0));
    axis(state.ys, state.names[1], (along, out) => on(nearX * out, along, 0));
    // the upright stands at the corner farthest to the left
    const left = [[-1, -1], [1, -1], [1, 1], [-1, 1]].reduce((best, corner) => (on(...corner, 0)[0] < on(...best, 0)[0] ? corner : best));
    const [foot, head] = [on(...left, 0), on(...left, 1)];
    context.beginPath(); context.moveTo(...foot); context.lineTo(...head); context.stroke();
    if (foot[1] - head[1] > 60) { context.fillText(state.heightName, Math.max(2, head[0] - 30), head[1] - 10); }
  };

  const pointUnder = (event) => {
    if (!target || !mesh) return -1;
    const x = Math.floor((event.offsetX / canvas.clientWidth) * target.wide), y = Math.floor((event.offsetY / canvas.clientHeight) * target.high);
    const cell = x >= 0 && y >= 0 && x < target.wide && y < target.high ? target.cells[y * target.wide + x] : -1;
    if (cell < 0) return -1;
    const row = Math.floor(cell / (mesh.columns - 1)), column = cell % (mesh.columns - 1), [wide, high] = [canvas.clientWidth, canvas.clientHeight];
    let best = -1, least = Infinity;
    for (const [i, j] of [[row, column], [row, column + 1], [row + 1, column], [row + 1, column + 1]]) { // its nearest corner
      const [px, py] = view.project((2 * j) / (mesh.columns - 1) - 1, (2 * i) / (mesh.rows - 1) - 1, mesh.levels[i * mesh.columns + j]);
      const distance = Math.hypot(wide / 2 + scale * px - event.offsetX, high / 2 + scale * py - event.offsetY);
      if (distance < least) { least = distance; best = mesh.lines[0][i] * state.columns + mesh.lines[1][j]; }
    }
    return best;
  };
  canvas.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, [event.offsetX, event.offsetY]);
    canvas.setPointerCapture(event.pointerId);
    dragged = { x: event.offsetX, y: event.offsetY, moved: fingers.size > 1 };
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId), here = [event.offsetX, event.offsetY];
    if (!before) { hover(pointUnder(event)); return; }
    if (!dragged.moved && Math.hypot(here[0] - dragged.x, here[1] - dragged.y) < 4) return;
    dragged.moved = true;
    const { yaw, pitch, zoom } = now();
    if (fingers.size === 1) turn({ yaw: yaw - (here[0] - before[0]) * 0.5, pitch: pitch + (here[1] - before[1]) * 0.5, zoom });
    else {
      const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, where]) => where);
      const spread = (one) => Math.max(Math.hypot(one[0] - other[0], one[1] - other[1]), 1);
      turn({ yaw, pitch: pitch + (here[1] - before[1]) * 0.25, zoom: zoom * (spread(here) / spread(before)) });
    }
    fingers.set(event.pointerId, here);
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!fingers.delete(event.pointerId) || dragged?.moved || fingers.size) return;
    const place = pointUnder(event);
    if (place >= 0) pick(place);
  });
  canvas.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  canvas.addEventListener("pointerleave", () => hover(-1));
  canvas.addEventListener("wheel", (event) => { // the page scrolls until the surface is entered by a click
    if (!event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return;
    event.preventDefault();
    const view = now();
    turn({ ...view, zoom: view.zoom * Math.exp(-Math.max(-120, Math.min(120, event.deltaY)) / 400) });
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { yaw, pitch, zoom } = now(), way = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [1, 0], ArrowDown: [-1, 0] }[event.key];
    if (way && event.shiftKey) step(...way);
    else if (way) turn({ yaw: yaw - 5 * way[1], pitch: pitch + 5 * way[0], zoom });
    else if (event.key === "+" || event.key === "=") turn({ yaw, pitch, zoom: zoom * 1.2 });
    else if (event.key === "-") turn({ yaw, pitch, zoom: zoom / 1.2 });
    else if (event.key === "0") turn({ yaw: 35, pitch: 35, zoom: 1 });
    else if (event.key === "Escape") pick(-1);
    else return;
    event.preventDefault();
  });
  return { node: canvas, show: (latest) => { state = latest; chart.paint(); }, measure: chart.measure, stop: chart.stop };
}
