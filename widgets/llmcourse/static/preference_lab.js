// PreferenceLab: a blind vote on two answers, and the ratings that votes between models become.
import { element, errorLine, followTheme, onTraits } from "./common.js";
import { pushButton } from "./controls.js";
import { preferenceArena } from "./preference_arena.js";

const VOTE_BUTTONS = [["left", "← Left is better", "ArrowLeft"], ["tie", "↑ Tie", "ArrowUp"], ["both bad", "↓ Both bad", "ArrowDown"], ["right", "Right is better →", "ArrowRight"]];
const NO_KERNEL = "Voting needs a running kernel, which keeps the votes";

function render({ model, el }) {
  const stops = [];
  const ask = (kind, value = null) => {
    if (!model.get("live")) return;
    model.set("request", { turn: model.get("turn"), kind, value, number: Math.random() });
    model.save_changes();
  };
  const vote = (value) => { if (model.get("answers").length) ask("vote", value); };

  const prompt = element("div", { class: "llmc-pref-prompt", dir: "auto" });
  const sides = ["Left", "Right"].map((name) => {
    const text = element("div", { class: "llmc-pref-text", dir: "auto" });
    return { text, node: element("section", { class: "llmc-pref-answer", "aria-label": `${name} answer` }, element("div", { class: "llmc-muted" }, name), text) };
  });
  const buttons = VOTE_BUTTONS.map(([value, label]) => pushButton(label, () => vote(value)));
  const undo = pushButton("Undo", () => ask("undo"));
  const pair = element("div", { class: "llmc-pref-pair" }, ...sides.map((side) => side.node));
  const status = element("div", { class: "llmc-muted llmc-pref-status", "aria-live": "polite" });
  const panel = element("div", { class: "llmc-pref-panel", role: "group", tabindex: "0", "aria-label": "Vote: left, right, up for a tie, down for both bad" },
    prompt, pair, element("div", { class: "llmc-row llmc-pref-buttons" }, ...buttons, undo));
  panel.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const chosen = VOTE_BUTTONS.find(([, , key]) => key === event.key)?.[0];
    if (!chosen) return;
    event.preventDefault();
    if (!event.repeat) vote(chosen); // a held key is one vote
  });

  const question = element("textarea", { rows: 2, class: "llmc-text-box", "aria-label": "Your prompt to the models", placeholder: "Ask both models something", spellcheck: "false" });
  const write = pushButton("Let two answers be written", () => ask("ask", question.value));
  const own = element("div", { class: "llmc-pref-own" }, question, write);
  const tallies = element("dl", { class: "llmc-pref-tallies" });
  const note = element("div", { class: "llmc-muted llmc-pref-note" });
  const arena = preferenceArena(model);
  const root = element("div", { class: "llmc llmc-preference-lab" }, own, errorLine(model, stops), panel, status, tallies, arena.node, note);

  const update = () => {
    const answers = model.get("answers"), live = model.get("live"), busy = model.get("busy"), last = model.get("last");
    own.hidden = !model.get("can_generate");
    for (const node of [question, write]) { node.disabled = !live || busy; node.title = live ? "" : "Writing answers needs a running kernel"; }
    panel.hidden = answers.length === 0 && model.get("undoable") === 0;
    pair.hidden = prompt.hidden = answers.length === 0;
    setText(prompt, model.get("prompt"));
    sides.forEach(({ text }, at) => setText(text, answers[at] ?? ""));
    for (const button of buttons) { button.disabled = !live || busy || answers.length === 0; button.title = live ? "" : NO_KERNEL; }
    undo.disabled = !live || busy || model.get("undoable") === 0;
    undo.title = live ? "Take back the last vote" : NO_KERNEL;
    setText(status, busy ? "Two answers are being written…" : [revealed(last), waitingText(model, answers)].filter(Boolean).join(" "));
    const [counts, agreement, position] = [model.get("counts"), model.get("agreement"), model.get("position")];
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    showTallies(tallies, [
      ["Votes", whole(total), `left ${counts.left}, right ${counts.right}, tie ${counts.tie}, both bad ${counts["both bad"]}`],
      ["Agreement with the labels", agreement.compared ? `${Math.round(agreement.percent)} %` : "–",
        agreement.compared ? `${agreement.agreed} of ${agreement.compared}; Cohen’s kappa ${agreement.kappa === null ? "not defined" : agreement.kappa.toFixed(2)}` : "no voted pair carries a label"],
      ["Left among the decided", position.share === null ? "–" : `${Math.round(100 * position.share)} %`,
        position.share === null ? "sides are random: one half is expected" : `95 % interval ${Math.round(100 * position.low)} to ${Math.round(100 * position.high)} %; ${position.low > 0.5 || position.high < 0.5 ? "a pull to one side" : "one half lies within: no bias shown"}`],
    ]);
    arena.update();
    setText(note, [model.get("note"), live ? `Votes are kept in ${model.get("file")}` : "A saved page: the ratings answer, voting needs a running kernel."].filter(Boolean).join(" "));
  };
  const soon = onTraits(model, ["turn", "undoable", "prompt", "answers", "waiting", "last", "counts", "agreement", "position", "models", "ratings", "k", "note", "busy", "live", "can_generate", "error"], update, stops);
  arena.listen(soon, stops);
  stops.push(followTheme(root, () => arena.measure()));
  update();
  el.append(root);
  return () => { stops.forEach((stop) => stop()); arena.stop(); };

  function revealed({ vote: given, models = [], label }) {
    if (!given) return "";
    const names = models.filter(Boolean).length === 2 ? ` Left was ${models[0]}, right was ${models[1]}.` : "";
    return `You voted “${given}”.${names}${label ? ` The label says “${label}”.` : ""}`;
  }
  function waitingText(state, answers) {
    const waiting = state.get("waiting");
    if (answers.length === 0) return state.get("can_generate") ? "Write a prompt to see two answers." : "No pair is left to vote on.";
    return waiting === 1 ? "This is the last pair." : `${whole(waiting)} pairs wait, this one included.`;
  }
  function showTallies(list, rows) {
    while (list.children.length < rows.length) list.append(element("div", {}, element("dt", { class: "llmc-muted" }), element("dd", { class: "llmc-number" }), element("dd", { class: "llmc-muted llmc-pref-small" })));
    rows.forEach((texts, at) => texts.forEach((text, part) => setText(list.children[at].children[part], text)));
  }
  function whole(value) { return value.toLocaleString("en"); }
  function setText(node, text) { if (node.textContent !== text) node.textContent = text; }
}

export default { render };
