// Quiz: questions that say, once answered, why each option is right or what leads to it. Needs no kernel.
import { element, errorLine, followTheme } from "./common.js";

// The same rule as is_right in quizzes/__init__.py: positions of options in any order, or a number.
export function isRight(question, choice) {
  if (question.kind === "numeric") return Math.abs(choice - question.answer) <= question.tolerance + 1e-12;
  return question.option.every((option, position) => option.right === choice.includes(position));
}

// The trap that a wrong number fell into: the nearest one within the tolerance.
export function trapOf(question, number) {
  const distance = (trap) => Math.abs(trap.value - number);
  const near = (question.trap ?? []).filter((trap) => distance(trap) <= question.tolerance + 1e-12);
  return near.sort((one, other) => distance(one) - distance(other))[0];
}

// A number as a learner writes it; null for anything else. A comma is refused: it may mean a point or thousands.
export function numberFrom(text) {
  const plain = text.trim().replace("\u2212", "-");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : null;
}

// A sentence whose parts in backticks are code; strings become text nodes.
function withCode(sentence) {
  return sentence.split("`").map((part, position) => (position % 2 ? element("code", {}, part) : part));
}

function questionView(question, number, prefix, answer, forget) {
  const numeric = question.kind === "numeric";
  const verdict = element("div", { class: "llmc-quiz-verdict", role: "status" });
  const button = element("button", { type: "button" });
  const options = (question.option ?? []).map((option, position) => {
    const input = element("input", {
      type: question.kind === "single" ? "radio" : "checkbox", name: `${prefix}-${number}`, id: `${prefix}-${number}-${position}`,
    });
    const mark = element("b", { class: "llmc-quiz-mark" });
    const reason = element("div", { class: "llmc-quiz-reason", hidden: true });
    const label = element("label", { for: input.id }, mark, ...withCode(option.text));
    return { option, input, mark, reason, row: element("div", { class: "llmc-quiz-option" }, input, element("div", {}, label, reason)) };
  });
  const box = numeric ? element("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "Your answer, a number", size: 12 }) : null;
  const explanation = element("div", { class: "llmc-quiz-explanation" });
  const note = question.kind === "multiple" ? element("div", { class: "llmc-muted" }, "More than one may be right.") : null;
  const row = numeric ? element("div", { class: "llmc-row" }, box, question.unit ? element("span", {}, question.unit) : null) : null;
  const node = element("fieldset", { class: "llmc-quiz-question" },
    element("legend", {}, `${number + 1}. `, ...withCode(question.text)),
    note, ...options.map(({ row }) => row), row, element("div", { class: "llmc-row" }, button, verdict), explanation);

  let given; // the choice that is shown as answered
  button.addEventListener("click", () => {
    if (given !== undefined) { forget(); return; }
    const choice = numeric ? numberFrom(box.value) : options.flatMap(({ input }, position) => (input.checked ? [position] : []));
    if (choice === null) verdict.textContent = "Write a number, with a point for decimals: 0.25";
    else if (!numeric && choice.length === 0) verdict.textContent = "Choose an answer first.";
    else answer(choice);
  });
  box?.addEventListener("keydown", (event) => { if (event.key === "Enter" && given === undefined) button.click(); });

  const explain = (right) => {
    const trap = trapOf(question, given);
    const why = element("div", {}, element("b", {}, `${question.answer} ${question.unit}`.trim(), ": "), ...withCode(question.reason));
    if (right) return [why];
    const solution = element("details", {}, element("summary", {}, "Show the answer"), why);
    return trap ? [element("div", {}, ...withCode(trap.reason)), solution] : [solution];
  };
  const show = (choice) => {
    const before = given;
    given = choice;
    const done = choice !== undefined;
    const right = done && isRight(question, choice);
    button.textContent = done ? "Try again" : "Check";
    node.classList.toggle("llmc-quiz-right", right);
    node.classList.toggle("llmc-quiz-wrong", done && !right);
    if (done) verdict.textContent = right ? "✓ Right" : "✗ Not yet";
    else if (before !== undefined) verdict.textContent = "";
    options.forEach(({ option, input, mark, reason, row: line }, position) => {
      if (done) input.checked = choice.includes(position);
      else if (before !== undefined) input.checked = false;
      input.disabled = done;
      line.classList.toggle("llmc-quiz-chosen", done && input.checked);
      mark.textContent = !done ? "" : option.right ? "✓ " : "✗ ";
      reason.hidden = !done;
      reason.replaceChildren(...(done ? withCode(option.reason) : []));
    });
    if (numeric) {
      box.disabled = done;
      if (done && numberFrom(box.value) !== choice) box.value = String(choice);
      explanation.replaceChildren(...(done ? explain(right) : []));
    }
  };
  return { node, show };
}

function render({ model, el }) {
  const questions = model.get("questions");
  const prefix = `llmc-quiz-${Math.random().toString(36).slice(2)}`;
  const change = (name, choice) => {
    const answers = { ...model.get("answers") };
    if (choice === undefined) delete answers[name];
    else answers[name] = choice;
    model.set("answers", answers);
    model.save_changes();
  };
  const views = questions.map((question, number) => questionView(
    question, number, prefix, (choice) => change(question.id, choice), () => change(question.id, undefined)));
  const score = element("div", { class: "llmc-muted" });
  const stops = [];
  const root = element("section", { class: "llmc llmc-quiz", "aria-label": `Quiz: ${model.get("title")}` },
    element("div", { class: "llmc-quiz-title" }, element("b", {}, ...withCode(model.get("title"))), score),
    ...views.map(({ node }) => node), errorLine(model, stops));

  const update = () => {
    const answers = model.get("answers");
    views.forEach(({ show }, number) => show(answers[questions[number].id]));
    const right = questions.filter((question) => question.id in answers && isRight(question, answers[question.id])).length;
    score.textContent = `${right} of ${questions.length} right`;
  };
  model.on("change:answers", update);
  stops.push(followTheme(root, () => {}), () => model.off("change:answers", update));
  update();
  el.append(root);
  return () => stops.forEach((stop) => stop());
}

export default { render };
