// The matrix view of one head: a row for each query, a column for each key, a cell for each weight.
import { element, tokenLabel } from "./common.js";
import { levelAt, weightAt } from "./attention_data.js";
import { LABEL_FONT, ROW_HEIGHT, scrolledCanvas } from "./attention_canvas.js";

const HIGHEST = 640, LARGEST_CELL = 44, READABLE_CELL = 32, LABEL_LENGTH = 12;

export function matrixView({ hover, pick, press }) {
  let shown = null, gutter = { x: 80, y: 80 }, cell = 1;
  const natural = element("canvas"); // one pixel a weight
  let painted = null;

  const rasterise = ({ one, colours }) => {
    if (painted?.levels === one.levels && painted?.colours === colours) return;
    painted = { levels: one.levels, colours };
    natural.width = natural.height = one.tokens;
    const context = natural.getContext("2d");
    const image = context.createImageData(one.tokens, one.tokens);
    const pixels = new Uint32Array(image.data.buffer);
    if (one.square) one.levels.forEach((level, place) => { pixels[place] = colours[level]; });
    else {
      for (let query = 0, place = 0; query < one.tokens; query += 1) {
        for (let key = 0; key <= query; key += 1, place += 1) pixels[query * one.tokens + key] = colours[one.levels[place]];
      }
    }
    context.putImageData(image, 0, 0); // masked cells stay transparent
  };

  const paint = (context, { width, height, left, top }) => {
    if (!shown) return;
    const { one, tokens, theme, query, key, hovered } = shown;
    const count = tokens.length, across = Math.min(width - gutter.x, count * cell - left), down = Math.min(height - gutter.y, count * cell - top);
    context.fillStyle = theme.soft;
    context.globalAlpha = theme.dark ? 0.7 : 1; // masked cells must not outshine small weights
    context.fillRect(gutter.x, gutter.y, across, down);
    context.globalAlpha = 1;
    context.imageSmoothingEnabled = false;
    context.drawImage(natural, left / cell, top / cell, across / cell, down / cell, gutter.x, gutter.y, across, down);
    context.save();
    context.beginPath();
    context.rect(gutter.x - 1, gutter.y - 1, across + 2, down + 2);
    context.clip();
    const band = (asking, asked, colour, thick) => {
      context.strokeStyle = colour;
      context.lineWidth = cell < 6 ? 1 : thick;
      const aside = cell < 6 ? 1.5 : 0; // a frame must not cover the small cells it is about
      if (asking >= 0) context.strokeRect(gutter.x - left, gutter.y - top + asking * cell - aside, count * cell, cell + 2 * aside);
      if (asked >= 0) context.strokeRect(gutter.x - left + asked * cell - aside, gutter.y - top, cell + 2 * aside, count * cell);
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
      for (let key = Math.floor(left / cell); key < Math.min(one.square ? one.tokens : query + 1, (left + across) / cell); key += 1) {
        const colour = colours[levelAt(one, query, key)];
        const luminance = 0.3 * (colour & 255) + 0.59 * ((colour >> 8) & 255) + 0.11 * ((colour >> 16) & 255);
        context.fillStyle = luminance > 130 ? "#1d2127" : "#ffffff";
        context.fillText(weightAt(one, query, key).toFixed(2), gutter.x - left + (key + 0.5) * cell, gutter.y - top + (query + 0.5) * cell);
      }
    }
  };

  const writeLabels = (context, left, top, across, down) => {
    const { tokens, theme, query, key, hovered } = shown;
    const every = Math.max(1, Math.ceil(ROW_HEIGHT / cell));
    context.font = LABEL_FONT;
    context.textBaseline = "middle";
    const write = (chosen, over, start, length, place) => {
      const labels = new Map();
      for (let token = Math.ceil(start / cell / every) * every; token < tokens.length && (token + 0.5) * cell < start + length; token += every) labels.set(token, theme.ink);
      if (over >= 0 && over < tokens.length) labels.set(over, theme.ink);
      if (chosen >= 0) labels.set(chosen, theme.accent);
      for (const [token, colour] of labels) {
        const middle = (token + 0.5) * cell - start;
        const strong = token === chosen || token === over;
        const near = [chosen, over].some((other) => other >= 0 && other !== token && Math.abs(other - token) * cell < ROW_HEIGHT - 1);
        if (middle < 0 || middle > length || (!strong && near)) continue; // a marked label pushes its neighbours aside
        context.fillStyle = colour;
        context.font = token === chosen ? `bold ${LABEL_FONT}` : LABEL_FONT;
        place(tokenLabel(tokens[token], LABEL_LENGTH), middle);
      }
    };
    context.textAlign = "right";
    write(query, hovered?.query ?? -1, top, down, (label, middle) => context.fillText(label, gutter.x - 6, gutter.y + middle, gutter.x - 8));
    context.textAlign = "left";
    write(key, hovered?.key ?? -1, left, across, (label, middle) => {
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

  let measured = {};
  const longestLabel = (tokens) => {
    if (measured.tokens !== tokens) {
      const context = natural.getContext("2d");
      context.font = LABEL_FONT;
      measured = { tokens, width: Math.max(...tokens.map((token) => context.measureText(tokenLabel(token, LABEL_LENGTH)).width)) };
    }
    return measured.width;
  };

  const point = ({ x, y, left, top }) => {
    if (!shown) return null;
    const place = (at, start, scroll) => (at < start ? -1 : Math.floor((at - start + scroll) / cell));
    const query = place(y, gutter.y, top), key = place(x, gutter.x, left), count = shown.tokens.length;
    return Math.max(query, key) < 0 || query >= count || key >= count ? null : { query, key };
  };
  const view = scrolledCanvas({ name: "Attention matrix", paint, point, hover, pick, press });

  return {
    node: view.node,
    show(state) {
      const moved = !shown || shown.query !== state.query || shown.key !== state.key;
      shown = state;
      rasterise(state);
      const width = state.width, count = state.tokens.length;
      const label = Math.ceil(Math.min(Math.max(longestLabel(state.tokens) + 12, 64), width < 420 ? 72 : 110));
      gutter = { x: label, y: label };
      const fit = Math.min((width - label - 2) / count, (HIGHEST - label) / count, LARGEST_CELL);
      cell = Math.max(1, fit > 2 ? Math.floor(fit * 2) / 2 : fit) * state.zoom;
      const side = label + count * cell;
      view.node.dataset.cells = `${label} ${cell}`; // where the cells begin and how large they are, in pixels
      view.size(side, side, Math.min(side, HIGHEST) + (side > width ? 16 : 2));
      view.paint();
      if (moved && (state.query >= 0 || state.key >= 0)) {
        const x = Math.max(state.key, 0) * cell, y = Math.max(state.query, 0) * cell;
        view.reveal({ x, y, width: cell, height: cell }, gutter);
      }
    },
  };
}
