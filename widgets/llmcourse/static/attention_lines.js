// The lines view of one head: queries on the left, keys on the right, between them lines as opaque as their weight.
import { tokenLabel } from "./common.js";
import { visibleKeys, weightAt } from "./attention_data.js";
import { LABEL_FONT, scrolledCanvas } from "./attention_canvas.js";

const HEADING = 24, TALLEST = 560, FAINTEST = 0.01, SHADES = 64;

export function linesView({ hover, pick, press }) {
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
    const { one, tokens, theme, query, key } = shown;
    const { from, to } = columns(width), looked = focus();
    const middle = (token) => HEADING + (token + 0.5) * row - top;
    const first = Math.max(0, Math.floor((top - row) / row)), last = Math.min(tokens.length - 1, Math.ceil((top + height) / row));
    context.save();
    context.beginPath();
    context.rect(0, HEADING, width, height - HEADING);
    context.clip();
    shade(context, looked, { from, to, middle, first, last, width });
    drawLines(context, looked, { from, to, middle, first, last });
    if (query >= 0 && key >= 0) stroke(context, [[query, key]], { from, to, middle }, theme.accent, 1, 3);
    context.textBaseline = "middle";
    for (let token = first; token <= last; token += 1) {
      const label = tokenLabel(tokens[token], 18);
      const write = (chosen, over, align, x) => {
        context.font = chosen ? `bold ${LABEL_FONT}` : LABEL_FONT;
        context.fillStyle = chosen || over ? theme.accent : theme.ink;
        context.textAlign = align;
        context.fillText(label, x, middle(token), from - 50);
      };
      write(token === query, token === shown.hovered?.query, "right", from - 8);
      write(token === key, token === shown.hovered?.key, "left", to + 8);
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
      if (weight < 0.005) continue; // it would read 0.00
      context.textAlign = right ? "right" : "left";
      context.fillText(weight.toFixed(2), right ? width - 4 : 4, middle(token));
    }
  };
  const weightsOf = ({ query, key }, first, last) => {
    const found = [];
    for (let token = first; token <= last; token += 1) {
      if (query >= 0) found.push([token, weightAt(shown.one, query, token), true]);
      else if (key >= 0) found.push([token, weightAt(shown.one, token, key), false]);
    }
    return found;
  };

  const drawLines = (context, { query, key }, place) => {
    const { one, tokens, theme } = shown;
    const shades = Array.from({ length: SHADES + 1 }, () => []); // one path a shade: thousands of lines in one frame
    const add = (asking, asked) => {
      const weight = weightAt(one, asking, asked);
      const outside = Math.max(asking, asked) < place.first || Math.min(asking, asked) > place.last;
      if (weight >= FAINTEST && !outside) shades[Math.ceil(weight * SHADES)].push([asking, asked]);
    };
    const all = (asking) => { for (let asked = 0; asked < visibleKeys(one, asking); asked += 1) add(asking, asked); };
    if (query >= 0) all(query);
    else if (key >= 0) tokens.forEach((_, asking) => add(asking, key));
    else tokens.forEach((_, asking) => all(asking));
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
    if (!shown || y < HEADING || token < 0 || token >= shown.tokens.length || (x > from && x < to)) return null;
    return x <= from ? { query: token, key: -1 } : { query: -1, key: token };
  };
  const view = scrolledCanvas({ name: "Attention lines", paint, point, hover, pick, press });

  return {
    node: view.node,
    show(state) {
      const moved = !shown || shown.query !== state.query || shown.key !== state.key;
      shown = state;
      row = state.tokens.length > 40 ? 18 : 22;
      const tall = HEADING + state.tokens.length * row + 4;
      view.size(state.width - (tall > TALLEST ? 18 : 0), tall, Math.min(tall, TALLEST));
      view.paint();
      const token = state.query >= 0 ? state.query : state.key;
      if (moved && token >= 0) view.reveal({ x: 0, y: token * row, width: 1, height: row }, { x: 0, y: HEADING });
    },
  };
}
