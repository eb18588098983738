// Inside one weight: the query, the key, their products, the scaled score, and the softmax over the row.
import { element, shortNumber, tokenLabel } from "./common.js";
import { weightSteps } from "./attention_data.js";

const STRIP_HEIGHT = 40, CLOSE = 0.002; // half precision keeps about three digits

export function insideView({ pick }) {
  let shown = null, looked = 0, pointed = 0;
  const strips = {};
  const strip = (name) => {
    const label = element("span", { class: "llmc-strip-label" }), canvas = element("canvas", { "aria-hidden": "true" });
    const value = element("span", { class: "llmc-number llmc-strip-value" });
    strips[name] = { label, canvas, value };
    return element("div", { class: "llmc-strip" }, label, canvas, value);
  };
  const title = element("h4", {});
  const note = element("p", { class: "llmc-muted" });
  const dimension = element("div", { class: "llmc-number llmc-detail", "aria-live": "polite" });
  const keyNote = element("div", { class: "llmc-number llmc-detail" });
  const closing = element("p", { class: "llmc-number" });
  const vectors = element("div", { role: "slider", tabindex: "0", "aria-label": "Dimension of query and key", "aria-valuemin": "0" },
    strip("query"), strip("key"), strip("product"));
  const row = element("div", {}, strip("scores"), strip("weights"));
  const steps = element("div", {}, vectors, dimension, row, keyNote, closing);
  const node = element("section", { class: "llmc-inside", "aria-label": "Inside the selected weight" }, title, note, steps);

  const isolated = (token) => element("bdi", { class: "llmc-token" }, tokenLabel(token));
  const describe = (name, label, value) => {
    strips[name].label.replaceChildren(...label);
    strips[name].value.textContent = value;
  };

  const bars = (name, values, count, marked) => {
    const { canvas } = strips[name], { theme } = shown, width = canvas.clientWidth, dots = globalThis.devicePixelRatio || 1;
    canvas.width = width * dots;
    canvas.height = STRIP_HEIGHT * dots;
    const context = canvas.getContext("2d");
    context.scale(dots, dots);
    const most = values.reduce((high, value) => (Number.isFinite(value) ? Math.max(high, Math.abs(value)) : high), 1e-12), signed = values.some((value) => value < 0 && Number.isFinite(value));
    const zero = signed ? STRIP_HEIGHT / 2 : STRIP_HEIGHT - 1, room = signed ? STRIP_HEIGHT / 2 - 1 : STRIP_HEIGHT - 3;
    const step = width / count;
    context.fillStyle = theme.soft;
    context.fillRect(marked * step, 0, Math.max(step, 2), STRIP_HEIGHT);
    values.forEach((value, place) => {
      if (!Number.isFinite(value)) return; // the query may not look there
      const long = (value / most) * room;
      context.fillStyle = value < 0 ? (theme.dark ? "#f2a65a" : "#c4560a") : theme.accent;
      context.fillRect(place * step, Math.min(zero, zero - long), Math.max(step - (step > 3 ? 1 : 0), 1), Math.abs(long));
    });
    context.fillStyle = theme.line;
    context.fillRect(0, zero, width, 1);
  };

  const look = (place) => {
    const { made } = shown;
    looked = Math.max(0, Math.min(place, made.query.length - 1));
    const words = `dimension ${looked}: ${shortNumber(made.query[looked])} × ${shortNumber(made.key[looked])} = ${shortNumber(made.product[looked])}`;
    dimension.textContent = words;
    vectors.setAttribute("aria-valuenow", String(looked));
    vectors.setAttribute("aria-valuetext", words);
    for (const name of ["query", "key", "product"]) bars(name, made[name], made.query.length, looked);
  };
  const lookAtKey = (token) => {
    const { made, keyTokens, biased } = shown;
    pointed = Math.max(0, Math.min(token, made.scores.length - 1));
    const score = made.scores[pointed] === -Infinity ? "out of sight" : `score ${shortNumber(made.scores[pointed])}`;
    const bias = biased && made.added[pointed] > -Infinity ? ` (bias ${shortNumber(made.added[pointed])})` : "";
    keyNote.replaceChildren("key ", isolated(keyTokens[pointed]), ` (${pointed}): ${score}${bias}, weight ${made.weights[pointed].toFixed(4)}`);
    for (const name of ["scores", "weights"]) bars(name, made[name], keyTokens.length, pointed);
  };
  const placeOf = (event, count) => {
    const box = strips.query.canvas.getBoundingClientRect();
    return Math.floor(((event.clientX - box.left) / box.width) * count);
  };
  for (const kind of ["pointermove", "pointerdown"]) {
    vectors.addEventListener(kind, (event) => look(placeOf(event, shown.made.query.length)));
    row.addEventListener(kind, (event) => lookAtKey(placeOf(event, shown.keyTokens.length)));
  }
  row.addEventListener("pointerleave", () => lookAtKey(shown.key));
  row.addEventListener("click", () => pick(pointed));
  vectors.addEventListener("keydown", (event) => {
    const next = { ArrowLeft: looked - 1, ArrowDown: looked - 1, ArrowRight: looked + 1, ArrowUp: looked + 1, Home: 0, End: shown.made.query.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    look(next);
  });

  return {
    node,
    // Says in words why there is nothing to take apart.
    explain(reason) {
      steps.hidden = true;
      title.textContent = "Inside one weight";
      note.textContent = reason;
    },
    // pair: {queries, keys, size, bias} of the head; visible: how many keys the query sees; weight: the model's own;
    // modelNote: what the model does to its scores besides.
    show({ pair, query, key, tokens, keyTokens, visible, scaling, weight, theme, cross, modelNote }) {
      const made = weightSteps(pair, query, key, scaling, visible), score = made.scores[key], bias = made.added[key];
      const biased = made.added.some((value) => value !== 0 && Number.isFinite(value));
      shown = { made, keyTokens, query, key, theme, biased };
      steps.hidden = false;
      title.replaceChildren("How ", isolated(tokens[query]), " gives ", isolated(keyTokens[key]), ` the weight ${weight.toFixed(4)}`);
      note.textContent = "The query asks, the key answers. Blue products speak for the pair, orange ones against it. "
        + (biased ? "The model adds a bias that depends on the distance between the two." : cross ? "The key comes from the source." : "Both vectors already carry their position.");
      describe("query", ["query of ", isolated(tokens[query])], "");
      describe("key", ["key of ", isolated(keyTokens[key])], "");
      describe("product", ["query × key"], `sum ${shortNumber(made.dot)}`);
      const scaled = scaling === 1 ? "score = sum" : `score = sum × ${shortNumber(scaling)}`;
      describe("scores", [biased ? `${scaled} + bias` : scaled], `score ${shortNumber(score)}`);
      describe("weights", ["softmax of the scores"], `weight ${made.weights[key].toFixed(4)}`);
      vectors.setAttribute("aria-valuemax", String(made.query.length - 1));
      const sum = `${shortNumber(made.dot)}${scaling === 1 ? "" : ` × ${shortNumber(scaling)}`}${biased ? ` ${bias < 0 ? "−" : "+"} ${shortNumber(Math.abs(bias))} (bias)` : ""}`;
      closing.textContent = score === -Infinity ? "This key is out of the query's sight, so its weight is 0." : Math.abs(made.weights[key] - weight) <= CLOSE
        ? `${scaling === 1 && !biased ? "The sum is the score" : `${sum} = ${shortNumber(score)}`}, and exp(${shortNumber(score)}) ÷ sum of exp(score) over ${made.seen} visible ${made.seen === 1 ? "key" : "keys"} = ${shortNumber(Math.exp(score))} ÷ ${shortNumber(made.total)} = ${made.weights[key].toFixed(4)}.`
        : `The model's own weight is ${weight.toFixed(4)}. ${modelNote || "It adds something to the scaled product, such as a window, a bias or a cap."}`;
      look(looked);
      lookAtKey(key);
    },
  };
}
