// BatchTimeline: static against continuous batching, simulated here in one frame and in Python alike.
import { element, errorLine, followTheme, inNextFrame, onTraits } from "./common.js";
import { pushButton, slider } from "./controls.js";
import { batchLanes } from "./batch_lanes.js";
import { makeRequests, measuresOf, momentOf, placeContinuously, placeStatically } from "./batch_simulation.js";

const POLICIES = [["static", "Static batching", placeStatically], ["continuous", "Continuous batching", placeContinuously]];
const MADE = ["count", "rate", "output", "spread", "seed"];
const RANGES = { slots: [1, 16], count: [1, 64], rate: [0.1, 100], output: [1, 1000], spread: [0, 2], seed: [0, 2 ** 32 - 1], step_ms: [0.1, 10000], prefill_tokens: [1, 100000] }; // as in Python
const SETTINGS = Object.keys(RANGES), FRACTIONS = ["rate", "spread", "step_ms"];
const PLAYED_MS = 15000; // how long a whole run plays
const MEASURES = [
  ["throughput", "Throughput", (value) => `${value.toFixed(1)} tokens/s`, 1],
  ["slot_use", "Slots at work", (value) => `${(100 * value).toFixed(1)} %`, 1],
  ["first_token_mean", "Time to first token, mean", seconds, -1],
  ["first_token_p95", "… 95th percentile", seconds, -1],
  ["latency_mean", "Latency, mean", seconds, -1],
  ["latency_p95", "… 95th percentile", seconds, -1],
  ["seconds", "All answered after", seconds, -1],
];

function render({ model, el }) {
  const stops = [];
  let cached = null, playing = null;
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const whole = (name) => (value) => { if (Number.isInteger(value)) set(name, value); };
  const knobs = {
    slots: slider({ label: "Slots", min: 1, max: 16, change: (value) => set("slots", value) }),
    count: slider({ label: "Requests", min: 1, max: 64, change: (value) => set("count", value) }),
    rate: slider({ label: "Arrivals a second", min: 0.1, max: 100, step: 0.1, values: [0.1, 0.2, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 50, 100], change: (value) => set("rate", value) }),
    output: slider({ label: "Mean answer", min: 1, max: 1000, values: [1, 2, 5, 10, 20, 30, 40, 60, 80, 100, 150, 200, 300, 500, 1000], change: whole("output") }),
    spread: slider({ label: "Spread of answers", min: 0, max: 2, step: 0.05, change: (value) => set("spread", value) }),
    seed: slider({ label: "Seed", min: 0, max: 2 ** 32 - 1, values: Array.from({ length: 51 }, (_, seed) => seed), change: whole("seed") }),
  };

  // The runs of the settings now; computed once for them.
  const settingNow = (name) => {
    const [low, high] = RANGES[name], value = Math.min(Math.max(Number(model.get(name)) || low, low), high);
    return FRACTIONS.includes(name) ? value : Math.trunc(value);
  };
  const settingsNow = () => Object.fromEntries(SETTINGS.map((name) => [name, settingNow(name)]));
  const runsNow = () => {
    const settings = settingsNow(), given = model.get("given") ?? [];
    const key = JSON.stringify([settings, given]);
    if (cached?.key === key) return cached;
    const requests = given.length ? given : makeRequests(settings);
    const runs = POLICIES.map(([, , place]) => place(requests, settings)).map((placements) => ({ placements, measures: measuresOf(requests, placements, settings) }));
    cached = { key, settings, requests, runs, begin: runs[0].measures.begin, end: Math.max(...runs.map(({ measures }) => measures.end)) };
    return cached;
  };
  const stepNow = () => {
    const { begin, end } = runsNow(), time = model.get("time");
    return time < 0 ? end : Math.min(begin + time, end);
  };
  const seek = (step, save = true) => {
    const { begin, end } = runsNow();
    model.set("time", step >= end ? -1 : step - begin);
    if (save) { stop(); model.save_changes(); }
  };
  const pick = (request) => set("selected", request === model.get("selected") ? -1 : request);

  const stop = () => {
    if (playing === null) return;
    cancelAnimationFrame(playing);
    playing = null;
    model.save_changes();
    soon();
  };
  const play = () => {
    if (playing !== null) { stop(); return; }
    const { begin, end } = runsNow();
    let at = stepNow() >= end ? begin : stepNow(), before = null;
    seek(Math.floor(at), false);
    const frame = (now) => {
      const runs = runsNow();
      at += (before === null ? 0 : now - before) * (runs.end - runs.begin) / PLAYED_MS;
      before = now;
      seek(Math.floor(at), false);
      if (at >= runs.end) stop(); else playing = requestAnimationFrame(frame);
    };
    playing = requestAnimationFrame(frame);
    soon();
  };

  const time = element("input", { type: "range", min: 0, max: 1, step: 1, "aria-label": "Time" });
  time.addEventListener("input", () => seek(runsNow().begin + Number(time.value)));
  const playButton = pushButton("Play", play, "Space, in a timeline, does the same");
  const clock = element("output", { class: "llmc-number llmc-batch-clock" });
  const player = element("div", { class: "llmc-batch-player", role: "group", "aria-label": "Play through time" }, playButton,
    pushButton("◀ Step", () => seek(Math.max(stepNow() - 1, runsNow().begin))), pushButton("Step ▶", () => seek(stepNow() + 1)), time, clock);
  const lanes = POLICIES.map(([, title]) => batchLanes({ label: `${title}: time`, seek, pick, play }));
  const moments = POLICIES.map(() => element("div", { class: "llmc-muted llmc-number llmc-batch-moment" }));
  const story = element("div", { class: "llmc-batch-story", "aria-live": "polite" });
  const cells = MEASURES.map(() => [0, 1, 2].map(() => element("td", { class: "llmc-number" })));
  const table = element("table", { class: "llmc-batch-measures" },
    element("thead", {}, element("tr", {}, element("td", {}), ...["static", "continuous", "gain"].map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...MEASURES.map(([, name], place) => element("tr", {}, element("th", { scope: "row" }, name), ...cells[place]))));
  const note = element("p", { class: "llmc-muted llmc-batch-note" });
  const root = element("div", { class: "llmc llmc-batch-timeline" }, errorLine(model, stops),
    element("div", { class: "llmc-batch-knobs" }, ...Object.values(knobs).map(({ node }) => node)),
    legend(), player,
    ...POLICIES.flatMap(([, title], place) => [element("div", { class: "llmc-batch-head" }, element("b", {}, title), moments[place]), lanes[place].node]),
    story, table, note);

  const update = () => {
    const { settings, requests, runs, begin, end } = runsNow(), at = stepNow();
    for (const [name, knob] of Object.entries(knobs)) {
      knob.set(settings[name]);
      if (MADE.includes(name)) knob.node.hidden = (model.get("given") ?? []).length > 0;
    }
    const selected = model.get("selected");
    runs.forEach(({ placements }, place) => {
      const now = momentOf(requests, placements, settings, at);
      const spoken = `${now.working} slots at work, ${now.held} held, ${now.idle} idle; ${now.waiting} waiting, ${now.answered} answered, ${now.tokens.toLocaleString("en")} tokens`;
      moments[place].textContent = spoken;
      lanes[place].show({ requests, placements, slots: settings.slots, step: settings.step_ms, begin, end, at, selected, spoken, now: stepNow, chosen: () => model.get("selected") });
    });
    time.max = String(end - begin);
    time.value = String(at - begin);
    const now = `${(at * settings.step_ms / 1000).toFixed(2)} s`;
    time.setAttribute("aria-valuetext", now);
    clock.textContent = now;
    playButton.textContent = playing === null ? "Play" : "Pause";
    story.textContent = storyOf(selected, requests, runs, settings);
    MEASURES.forEach(([name, , format, better], place) => {
      const values = runs.map(({ measures }) => measures[name]), gain = better > 0 ? values[1] / values[0] : values[0] / values[1];
      cells[place][0].textContent = format(values[0]);
      cells[place][1].textContent = format(values[1]);
      cells[place][2].textContent = Number.isFinite(gain) ? `${gain.toFixed(2)} ×` : "–";
    });
    note.textContent = `One step takes ${settings.step_ms} ms, however many slots work: in it each slot writes one token, or reads up to ${settings.prefill_tokens.toLocaleString("en")} tokens of its prompt. Static batches pad prompts to the longest and answer together; the slot of a finished request is held until then.`;
  };
  const soon = onTraits(model, ["given", ...SETTINGS, "time", "selected"], update, stops);
  const measure = inNextFrame(() => lanes.forEach((lane) => lane.measure()));
  stops.push(followTheme(root, measure), () => { if (playing !== null) cancelAnimationFrame(playing); }, ...lanes.map((lane) => lane.stop));
  soon();
  el.append(root);
  return () => stops.forEach((end) => end());
}

function legend() {
  const entry = (kind, text) => element("span", {}, element("span", { class: `llmc-batch-key llmc-batch-${kind}`, "aria-hidden": "true" }), text);
  return element("div", { class: "llmc-batch-legend" }, entry("prefill", "reads the prompt (prefill)"), entry("decode", "writes tokens (decode)"), entry("held", "held, but no work"), entry("idle", "idle"), entry("arrival", "a request arrives"));
}

function storyOf(selected, requests, runs, { step_ms: step }) {
  if (!(selected >= 0 && selected < requests.length)) return "Choose a request, by a click or with the up and down keys in a timeline, to follow it under both policies.";
  const [arrival, prompt, output] = requests[selected];
  const at = (steps) => seconds(steps * step / 1000);
  const told = runs.map(({ placements }, place) => {
    const one = placements.find(({ request }) => request === selected);
    return `${POLICIES[place][1]}: begun at ${at(one.start)}, first token at ${at(one.first)}, last at ${at(one.done)}, answered at ${at(one.finish)}, latency ${seconds(one.finish * step / 1000 - arrival)}.`;
  });
  return `Request ${selected + 1} arrives at ${seconds(arrival)} with a prompt of ${prompt.toLocaleString("en")} tokens and an answer of ${output.toLocaleString("en")}. ${told.join(" ")}`;
}

function seconds(value) {
  return `${value.toFixed(2)} s`;
}

export default { render };
