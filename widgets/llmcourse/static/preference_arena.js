// The arena of PreferenceLab: ratings with their intervals, Elo with a K of one's choice, and who beat whom.
import { element, numbersFrom, onBytes, tokenLabel } from "./common.js";
import { slider } from "./controls.js";
import { eloRatings, ratingAxis } from "./preference_ratings.js";
import { heatMap } from "./heat_map.js";

const FEW_BATTLES = 20; // below, a bootstrap interval says little
const ARENA_COLUMNS = ["Model", "Bradley–Terry", "95 % interval", "", "Elo", "Battles", "Score"];

// Returns { node, update, listen(draw, stops), measure, stop }: the arena of what the model holds.
export function preferenceArena(model) {
  let triples = new Int32Array(0), wins = new Float64Array(0), chosen = null;
  const k = slider({ label: "K of Elo", min: 0.5, max: 128, values: [1, 2, 4, 8, 16, 24, 32, 48, 64, 128], step: 0.5, change: (value) => { model.set("k", value); model.save_changes(); } });
  const body = element("tbody", {});
  const scale = element("div", { class: "llmc-pref-scale llmc-muted llmc-number", "aria-hidden": "true" }, element("span", {}), element("span", {}));
  const map = heatMap({ label: "Score of the row’s model against the column’s", pick: (place) => { chosen = place; update(); } });
  const few = element("div", { class: "llmc-muted llmc-pref-note" });
  const heads = ARENA_COLUMNS.map((name, at) => element(at === 3 ? "td" : "th", at === 3 ? { "aria-hidden": "true", class: "llmc-pref-axis" } : { scope: "col" }, at === 3 ? scale : name));
  const node = element("section", { class: "llmc-pref-arena", "aria-label": "Arena" },
    element("div", { class: "llmc-row" }, element("strong", {}, "Arena: ratings of the models"), k.node),
    element("div", { class: "llmc-pref-table", tabindex: "0", role: "region", "aria-label": "Ratings" },
      element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body)),
    few, element("div", { class: "llmc-pref-title" }, "Who beat whom: share of the score of the row’s model against the column’s"), map.node);

  const update = () => {
    const ratings = model.get("ratings"), names = model.get("models"), count = names.length;
    node.hidden = count === 0;
    if (count === 0) return;
    k.set(model.get("k"));
    const elo = eloRatings(triples, count, model.get("k")), axis = ratingAxis(ratings);
    const order = ratings.map((_, at) => at).sort((one, other) => ratings[other].rating - ratings[one].rating);
    scale.children[0].textContent = axis.low;
    scale.children[1].textContent = axis.high;
    while (body.children.length > count) body.lastChild.remove();
    while (body.children.length < count) body.append(arenaRow());
    order.forEach((number, place) => fillArenaRow(body.children[place], ratings[number], elo[number], axis));
    few.textContent = ratings.some((one) => one.battles < FEW_BATTLES) ? `Some models fought fewer than ${FEW_BATTLES} battles: their intervals are too narrow to trust.` : "";
    if (wins.length !== count * count) return; // the names have come before the numbers
    const games = (row, column) => wins[row * count + column] + wins[column * count + row];
    const values = new Float32Array(count * count).fill(NaN);
    order.forEach((row, y) => order.forEach((column, x) => { if (games(row, column) > 0) values[y * count + x] = wins[row * count + column] / games(row, column) - 0.5; }));
    const shown = order.map((number) => modelName(names[number], 24));
    map.show({
      rows: count, columns: count, values, low: -0.5, high: 0.5, diverging: true, rowNames: shown, columnNames: shown, ends: ["0 %", "100 %"], selected: chosen,
      cellText: (y, x) => (Number.isNaN(values[y * count + x]) ? "–" : `${Math.round(100 * (values[y * count + x] + 0.5))} %`),
      describe: (y, x) => {
        const [row, column] = [order[y], order[x]], fought = games(row, column);
        return fought ? `${shown[y]} scored ${wins[row * count + column]} of ${fought} against ${shown[x]}` : `${shown[y]} and ${shown[x]} ${y === x ? "are the same model" : "have not met"}`;
      },
    });
  };
  const listen = (draw, stops) => stops.push(
    onBytes(model, "battles_data", (bytes) => { triples = numbersFrom(bytes, Int32Array); draw(); }),
    onBytes(model, "wins_data", (bytes) => { wins = numbersFrom(bytes, Float64Array); draw(); }));
  return { node, update, listen, measure: map.measure, stop: map.stop };
}

function modelName(name, longest) {
  return tokenLabel(name, longest).replaceAll("·", " ");
}

function arenaRow() {
  const bar = element("div", { class: "llmc-pref-bar", "aria-hidden": "true" }, element("span", { class: "llmc-pref-interval" }), element("span", { class: "llmc-pref-dot" }));
  return element("tr", {}, element("th", { scope: "row" }), ...[1, 2].map(() => element("td", { class: "llmc-number" })), element("td", { class: "llmc-pref-axis", "aria-hidden": "true" }, bar), ...[4, 5, 6].map(() => element("td", { class: "llmc-number" })));
}

function fillArenaRow(row, { name, rating, low, high, battles, score }, elo, axis) {
  const [model, own, interval, chart, online, fought, share] = row.children;
  model.textContent = modelName(name, 40);
  own.textContent = rating.toFixed(0);
  interval.textContent = `${low.toFixed(0)} to ${high.toFixed(0)}`;
  online.textContent = elo.toFixed(0);
  fought.textContent = battles.toLocaleString("en");
  share.textContent = `${Math.round((100 * score) / battles)} %`;
  const [line, dot] = chart.firstChild.children;
  line.style.left = `${100 * axis.place(low)}%`;
  line.style.width = `${100 * (axis.place(high) - axis.place(low))}%`;
  dot.style.left = `${100 * axis.place(rating)}%`;
}
