// The matrix view of one head: a row for each query, a column for each key, a cell for each weight.
import { element, tokenLabel } from "./common.js";
import { isExact, levelAt, weightAt } from "./attention_data.js";
import { LABEL_FONT, ROW_HEIGHT, scrolledCanvas } from "./attention_canvas.js";

const HIGHEST = 640, LARGEST_CELL = 44, READABLE_CELL = 32, LABEL_LENGTH = 12;
const EXACT_CELL = 2, EXACT_SIDE = 384, EXACT_LEAST = 8; // pixels a cell, and weights a side of an exact part

export function matrixView({ hover, pick, press, scrolled }) {
  let shown = null, gutter = { x: 80, y: 80 }, cell = 1, fit = 1;
  const natural = element("canvas"); // one pixel a weight, or of a long text one for the strongest of several
  let painted = null;
  const partCanvases = new Map(); // exact part -> its canvas, in the colours of `painted`

  const raster = (canvas, columns, rows, colourAt) => {
    canvas.width = columns;
    canvas.height = rows;
    const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
    const pixels = new Uint32Array(image.data.buffer);
    for (let row = 0, place = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1, place += 1) pixels[place] = colourAt(row, column, place);
    }
    context.putImageData(image, 0, 0); // masked cells are 0: transparent
    return canvas;
  };
  const rasterise = ({ one, colours, shadeColours }) => {
    if (painted?.one === one && painted?.colours === colours) return;
    painted = { one, colours };
    partCanvases.clear();
    if (one.levels && one.square) raster(natural, one.keys, one.tokens, (row, column, place) => colours[one.levels[place]]);
    else if (one.levels) {
      let place = 0;
      raster(natural, one.tokens, one.tokens, (query, key) => (key > query ? 0 : colours[one.levels[place++]]));
    } else {
      raster(natural, one.columns, one.rows, (row, column, place) => (!one.square && column > row ? 0 : shadeColours[one.shades[place]]));
    }
  };
  const partCanvas = (part) => {
    const { one, colours } = shown;
    if (!partCanvases.has(part)) {
      partCanvases.set(part, raster(element("canvas"), part.columns, part.rows, (row, column, place) => (
        !one.square && part.key + column > part.query + row ? 0 : colours[part.levels[place]])));
    }
    return partCanvases.get(part);
  };
  // The part of `canvas`, which starts at a query and a key and has `size` weights a pixel, that lies in the frame.
  const lay = (context, canvas, { query, key, size }, left, top, across, down) => {
    const x = Math.max(left, key * cell), y = Math.max(top, query * cell);
    const right = Math.min(left + across, (key + canvas.width * size) * cell), bottom = Math.min(top + down, (query + canvas.height * size) * cell);
    if (right <= x || bottom <= y) return;
    const scale = cell * size;
    context.drawImage(canvas, (x - key * cell) / scale, (y - query * cell) / scale, (right - x) / scale, (bottom - y) / scale,
      gutter.x + x - left, gutter.y + y - top, right - x, bottom - y);
  };

  const paint = (context, { width, height, left, top }) => {
    if (!shown) return;
    const { one, theme, query, key, hovered } = shown;
    const across = Math.min(width - gutter.x, one.keys * cell - left), down = Math.min(height - gutter.y, one.tokens * cell - top);
    context.fillStyle = theme.soft;
    context.globalAlpha = theme.dark ? 0.7 : 1; // masked cells must not outshine small weights
    context.fillRect(gutter.x, gutter.y, across, down);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = false;
    const whole = { query: 0, key: 0, size: one.levels ? 1 : one.pool };
    lay(context, natural, whole, left, top, across, down);
    if (!one.levels && cell >= EXACT_CELL) {
      for (const part of [...one.parts].reverse()) {
        if (part.rows < EXACT_LEAST || part.columns < EXACT_LEAST) continue;
        lay(context, partCanvas(part), { query: part.query, key: part.key, size: 1 }, left, top, across, down);
      }
    }
    context.save();
    context.beginPath();
    context.rect(gutter.x - 1, gutter.y - 1, across + 2, down + 2);
    context.clip();
    const band = (asking, asked, colour, thick) => {
      context.strokeStyle = colour;
      context.lineWidth = cell < 6 ? 1 : thick;
      const aside = cell < 6 ? 1.5 : 0; // a frame must not cover the small cells it is about
      if (asking >= 0) context.strokeRect(gutter.x - left, gutter.y - top + asking * cell - aside, one.keys * cell, cell + 2 * aside);
      if (asked >= 0) context.strokeRect(gutter.x - left + asked * cell - aside, gutter.y - top, cell + 2 * aside, one.tokens * cell);
    };
    if (cell >= READABLE_CELL) writeWeights(context, left, top, across, down);
    if (hovered) band(hovered.query, hovered.key, theme.line, 1);
    band(query, key, theme.accent, 2);
    context.restore();
    writeLabels(context, left, top, across, down);
  };

  const writeWeights = (context, left, top, across, down) => {
    const { one, colours } = shown;
    context.font = "10px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (let query = Math.floor(top / cell); query < Math.min(one.tokens, (top + down) / cell); query += 1) {
      for (let key = Math.floor(left / cell); key < Math.min(one.square ? one.keys : query + 1, (left + across) / cell); key += 1) {
        const level = levelAt(one, query, key);
        if (level < 0) continue; // of a long text, and not here yet
        const colour = colours[level];
        const luminance = 0.3 * (colour & 255) + 0.59 * ((colour >> 8) & 255) + 0.11 * ((colour >> 16) & 255);
        context.fillStyle = luminance > 130 ? "#1d2127" : "#ffffff";
        context.fillText(weightAt(one, query, key).toFixed(2), gutter.x - left + (key + 0.5) * cell, gutter.y - top + (query + 0.5) * cell);
      }
    }
  };

  const writeLabels = (context, left, top, across, down) => {
    const { tokens: queryTokens, keyTokens, theme, query, key, hovered } = shown;
    const every = Math.max(1, Math.ceil(ROW_HEIGHT / cell));
    context.font = LABEL_FONT;
    context.textBaseline = "middle";
    const write = (tokens, chosen, over, start, length, place) => {
      const labels = new Map();
      for (let token = Math.ceil(start / cell / every) * every; token < tokens.length && (token + 0.5) * cell < start + length; token += every) labels.set(token, theme.ink);
      if (over >= 0 && over < tokens.length) labels.set(over, theme.ink);
      if (chosen >= 0 && chosen < tokens.length) labels.set(chosen, theme.accent);
      for (const [token, colour] of labels) {
        const middle = (token + 0.5) * cell - start;
        const strong = token === chosen || token === over;
        const near = [chosen, over].some((other) => other >= 0 && other !== token && Math.abs(other - token) * cell < ROW_HEIGHT - 1);
        if (middle < 0 || middle > length || (!strong && (near || middle > length - 4))) continue; // a marked label pushes its neighbours aside
        context.fillStyle = colour;
        context.font = token === chosen ? `bold ${LABEL_FONT}` : LABEL_FONT;
        place(tokenLabel(tokens[token], LABEL_LENGTH), middle);
      }
    };
    context.textAlign = "right";
    write(queryTokens, query, hovered?.query ?? -1, top, down, (label, middle) => context.fillText(label, gutter.x - 6, gutter.y + middle, gutter.x - 8));
    context.textAlign = "left";
    write(keyTokens, key, hovered?.key ?? -1, left, across, (label, middle) => {
      context.save();
      context.translate(gutter.x + middle, gutter.y - 6);
      context.rotate(-Math.PI / 2);
      context.fillText(label, 0, 0, gutter.y - 8);
      context.restore();
    });
    context.fillStyle = theme.muted;
    context.font = "11px system-ui, sans-serif";
    context.textAlign = "left";
    context.fillText("query ↓  key →", 2, 9, gutter.x - 4);
  };

  const measured = new Map(); // list of tokens -> width of its longest label
  const longestLabel = (tokens) => {
    if (!measured.has(tokens)) {
      if (measured.size > 4) measured.clear();
      const context = natural.getContext("2d");
      context.font = LABEL_FONT;
      measured.set(tokens, tokens.reduce((widest, token) => Math.max(widest, context.measureText(tokenLabel(token, LABEL_LENGTH)).width), 0));
    }
    return measured.get(tokens);
  };

  const point = ({ x, y, left, top }) => {
    if (!shown) return null;
    const place = (at, start, scroll) => (at < start ? -1 : Math.floor((at - start + scroll) / cell));
    const query = place(y, gutter.y, top), key = place(x, gutter.x, left), { one } = shown;
    return Math.max(query, key) < 0 || query >= one.tokens || key >= one.keys ? null : { query, key };
  };
  const view = scrolledCanvas({ name: "Attention matrix", paint, point, hover, pick, press, scrolled });

  return {
    node: view.node,
    // Whether cells can still grow: up to 16 times, and at least until weights can be read in them.
    grows: (zoom) => zoom < 16 || fit * zoom < LARGEST_CELL,
    // The exact part of a long text that the frame now needs; null when it has what it shows.
    lacks() {
      if (!shown || shown.one.levels || cell < EXACT_CELL) return null;
      const { one } = shown, { clientWidth, clientHeight, scrollLeft, scrollTop } = view.node;
      const range = (scroll, room, count) => {
        const first = Math.min(count - 1, Math.floor(scroll / cell)), last = Math.min(count, Math.ceil((scroll + room) / cell));
        const start = Math.max(0, Math.min(Math.floor((first + last - EXACT_SIDE) / 2), count - EXACT_SIDE));
        return { first, size: Math.max(last - first, 1), start: Math.min(start, first), side: Math.min(EXACT_SIDE, count) };
      };
      const down = range(scrollTop, clientHeight - gutter.y, one.tokens), across = range(scrollLeft, clientWidth - gutter.x, one.keys);
      const masked = !one.square && across.first > down.first + down.size - 1;
      if (masked || isExact(one, down.first, across.first, down.size, across.size)) return null;
      return { query: down.start, key: across.start, rows: Math.max(down.side, down.size), columns: Math.max(across.side, across.size) };
    },
    show(state) {
      const moved = !shown || shown.query !== state.query || shown.key !== state.key;
      const zoomed = shown && shown.zoom !== state.zoom, before = cell;
      shown = state;
      rasterise(state);
      const { width, one } = state;
      const label = Math.ceil(Math.min(Math.max(longestLabel(state.tokens) + 12, longestLabel(state.keyTokens) + 12, 64), width < 420 ? 72 : 110));
      gutter = { x: label, y: label };
      fit = Math.min((width - label - 2) / one.keys, (HIGHEST - label) / one.tokens, LARGEST_CELL);
      if (one.levels) fit = Math.max(1, fit > 2 ? Math.floor(fit * 2) / 2 : fit);
      cell = fit * state.zoom;
      const wide = label + one.keys * cell, tall = label + one.tokens * cell;
      view.node.dataset.cells = `${label} ${cell}`; // where the cells begin and how large they are, in pixels
      const chosen = state.query >= 0 && state.key >= 0;
      const middle = chosen ? { x: (state.key + 0.5) * before, y: (state.query + 0.5) * before }
        : { x: view.node.scrollLeft + (width - label) / 2, y: view.node.scrollTop + (view.node.clientHeight - label) / 2 };
      view.size(wide, tall, Math.min(tall, HIGHEST) + (wide > width ? 16 : 2));
      if (zoomed) {
        view.node.scrollLeft = (middle.x * cell) / before - (width - label) / 2;
        view.node.scrollTop = (middle.y * cell) / before - (view.node.clientHeight - label) / 2;
      }
      view.paint();
      if ((moved || zoomed) && (state.query >= 0 || state.key >= 0)) {
        const x = Math.max(state.key, 0) * cell, y = Math.max(state.query, 0) * cell;
        view.reveal({ x, y, width: cell, height: cell }, gutter);
      }
    },
  };
}
