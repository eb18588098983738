// The lines view of one head: queries on the left, keys on the right, between them lines as opaque as their weight.
import { tokenLabel } from "./common.js";
import { isExact, visibleKeys, weightAt } from "./attention_data.js";
import { LABEL_FONT, scrolledCanvas } from "./attention_canvas.js";

const HEADING = 24, TALLEST = 560, FAINTEST = 0.01, SHADES = 64, BAND = 32;

export function linesView({ hover, pick, press, scrolled }) {
  let shown = null, row = 22;

  const columns = (width) => {
    const label = Math.min(200, Math.round(width * 0.32));
    return { from: label, to: width - label };
  };
  const focus = () => {
    const { hovered, query, key } = shown;
    return hovered ?? { query, key };
  };

  const paint = (context, { width, height, top }) => {
    if (!shown) return;
    const { one, tokens, keyTokens, theme, query, key } = shown;
    const { from, to } = columns(width), looked = focus();
    const middle = (token) => HEADING + (token + 0.5) * row - top;
    const { first, last } = inView(top, height);
    context.save();
    context.beginPath();
    context.rect(0, HEADING, width, height - HEADING);
    context.clip();
    shade(context, looked, { from, to, middle, first, last, width });
    drawLines(context, looked, { from, to, middle, first, last });
    if (query >= 0 && key >= 0) stroke(context, [[query, key]], { from, to, middle }, theme.accent, 1, 3);
    context.textBaseline = "middle";
    for (let token = first; token <= last; token += 1) {
      const write = (text, chosen, over, align, x) => {
        if (text === undefined) return; // the shorter of the two texts has ended
        context.font = chosen ? `bold ${LABEL_FONT}` : LABEL_FONT;
        context.fillStyle = chosen || over ? theme.accent : theme.ink;
        context.textAlign = align;
        context.fillText(tokenLabel(text, 18), x, middle(token), from - 50);
      };
      write(tokens[token], token === query, token === shown.hovered?.query, "right", from - 8);
      write(keyTokens[token], token === key, token === shown.hovered?.key, "left", to + 8);
    }
    writeWeights(context, looked, { width, middle, first, last });
    context.restore();
    context.fillStyle = theme.muted;
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.textAlign = "right";
    context.fillText("query: attends", from - 8, HEADING / 2, from - 8);
    context.textAlign = "left";
    context.fillText("key: is attended to", to + 8, HEADING / 2, width - to - 10);
  };

  const inView = (top, height) => ({
    first: Math.max(0, Math.floor((top - row) / row)),
    last: Math.min(Math.max(shown.one.tokens, shown.one.keys) - 1, Math.ceil((top + height) / row)),
  });

  // The weights of the token in focus as bars behind the tokens of the other column.
  const shade = (context, looked, { from, to, middle, first, last, width }) => {
    for (const [token, weight, right] of weightsOf(looked, first, last)) {
      context.globalAlpha = 0.3;
      context.fillStyle = shown.theme.accent;
      const length = weight * (width - to - 4);
      context.fillRect(right ? to + 4 : from - 4 - length, middle(token) - row / 2 + 1, length, row - 2);
    }
    context.globalAlpha = 1;
  };
  const writeWeights = (context, looked, { width, middle, first, last }) => {
    context.font = "11px system-ui, sans-serif";
    context.fillStyle = shown.theme.muted;
    for (const [token, weight, right] of weightsOf(looked, first, last)) {
      if (!(weight >= 0.005)) continue; // it would read 0.00, or is not here yet
      context.textAlign = right ? "right" : "left";
      context.fillText(weight.toFixed(2), right ? width - 4 : 4, middle(token));
    }
  };
  const weightsOf = ({ query, key }, first, last) => {
    const found = [];
    const { one } = shown;
    for (let token = first; token <= Math.min(last, (query >= 0 ? one.keys : one.tokens) - 1); token += 1) {
      const weight = query >= 0 ? weightAt(one, query, token) : key >= 0 ? weightAt(one, token, key) : NaN;
      if (weight >= 0) found.push([token, weight, query >= 0]);
    }
    return found;
  };

  const drawLines = (context, { query, key }, place) => {
    const { one, theme } = shown;
    const shades = Array.from({ length: SHADES + 1 }, () => []); // one path a shade: thousands of lines in one frame
    const add = (asking, asked) => {
      const weight = weightAt(one, asking, asked);
      const outside = Math.max(asking, asked) < place.first || Math.min(asking, asked) > place.last;
      if (weight >= FAINTEST && !outside) shades[Math.ceil(weight * SHADES)].push([asking, asked]);
    };
    const all = (asking) => { for (let asked = 0; asked < visibleKeys(one, asking); asked += 1) add(asking, asked); };
    if (query >= 0) all(query);
    else {
      // Of a long text only the queries in view draw their lines.
      const from = one.levels || key >= 0 ? 0 : place.first, to = one.levels || key >= 0 ? one.tokens : Math.min(place.last + 1, one.tokens);
      for (let asking = from; asking < to; asking += 1) {
        if (key >= 0) add(asking, key);
        else all(asking);
      }
    }
    shades.forEach((pairs, shade) => stroke(context, pairs, place, theme.accent, shade / SHADES, 2));
  };
  const stroke = (context, pairs, { from, to, middle }, colour, opacity, thick) => {
    if (!pairs.length) return;
    const bend = (to - from) * 0.4;
    context.globalAlpha = opacity;
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.beginPath();
    for (const [asking, asked] of pairs) {
      context.moveTo(from, middle(asking));
      context.bezierCurveTo(from + bend, middle(asking), to - bend, middle(asked), to, middle(asked));
    }
    context.stroke();
    context.globalAlpha = 1;
  };

  const point = ({ x, y, top }) => {
    const token = Math.floor((y - HEADING + top) / row), { from, to } = columns(view.node.clientWidth);
    if (!shown || y < HEADING || token < 0 || (x > from && x < to)) return null;
    if (token >= (x <= from ? shown.one.tokens : shown.one.keys)) return null;
    return x <= from ? { query: token, key: -1 } : { query: -1, key: token };
  };
  const view = scrolledCanvas({ name: "Attention lines", paint, point, hover, pick, press, scrolled });

  return {
    node: view.node,
    // The exact part of a long text that the frame now needs; null when it has what it shows.
    lacks() {
      if (!shown || shown.one.levels) return null;
      const { one } = shown, { query, key } = focus();
      const { first, last } = inView(view.node.scrollTop, view.node.clientHeight), start = Math.floor(Math.min(first, one.tokens - 1) / BAND) * BAND;
      const rows = Math.min(Math.ceil((Math.min(last, one.tokens - 1) + 1 - start) / BAND) * BAND, one.tokens - start);
      const part = query >= 0 ? { query, key: 0, rows: 1, columns: one.keys }
        : key >= 0 ? { query: 0, key, rows: one.tokens, columns: 1 } : { query: start, key: 0, rows, columns: one.keys };
      return isExact(one, part.query, part.key, part.rows, part.columns) ? null : part;
    },
    show(state) {
      const moved = !shown || shown.query !== state.query || shown.key !== state.key;
      shown = state;
      const count = Math.max(state.one.tokens, state.one.keys);
      row = count > 40 ? 18 : 22;
      const tall = HEADING + count * row + 4;
      view.size(state.width - (tall > TALLEST ? 18 : 0), tall, Math.min(tall, TALLEST));
      view.paint();
      const token = state.query >= 0 ? state.query : state.key;
      if (moved && token >= 0) view.reveal({ x: 0, y: token * row, width: 1, height: row }, { x: 0, y: HEADING });
    },
  };
}
