// Quiz: questions that say, once answered, why each option is right or what leads to it. Needs no kernel.
import { element, errorLine, followTheme } from "./common.js";
import { withCode } from "./inline_code.js";
import { orderList, standingRight } from "./quiz_order.js";

// The same rule as is_right in quizzes/__init__.py: positions of options in any order, a number, or positions of items in
// the order they were put. What cannot be a choice is not right.
export function isRight(question, choice) {
  if (question.kind === "numeric") return typeof choice === "number" && Math.abs(choice - question.answer) <= question.tolerance + 1e-12;
  if (!Array.isArray(choice)) return false;
  if (question.kind === "order") return choice.length === question.item.length && standingRight(question, choice) === choice.length;
  return choice.every((position) => question.option[position]?.right) && question.option.every(({ right }, position) => !right || choice.includes(position));
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

function questionView(question, number, prefix, answer, forget) {
  const numeric = question.kind === "numeric";
  const items = question.kind === "order" ? orderList(question) : null;
  const tries = element("span", { class: "llmc-muted" });
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
  const hint = { multiple: "More than one may be right.", order: "Put these in order: by the arrows, the arrow keys, or the handle." }[question.kind];
  const note = hint ? element("div", { class: "llmc-muted" }, hint) : null;
  const row = numeric ? element("div", { class: "llmc-row" }, box, question.unit ? element("span", {}, question.unit) : null) : null;
  const node = element("fieldset", { class: "llmc-quiz-question" },
    element("legend", {}, `${number + 1}. `, ...withCode(question.text)),
    note, ...options.map(({ row }) => row), row, items?.node, element("div", { class: "llmc-row" }, button, verdict, tries), explanation);

  let given; // the choice that is shown as answered
  button.addEventListener("click", () => {
    if (given !== undefined) { forget(); return; }
    if (items && !items.touched()) { verdict.textContent = "Move the items into order first."; return; }
    const choice = items ? items.order() : numeric ? numberFrom(box.value) : options.flatMap(({ input }, position) => (input.checked ? [position] : []));
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
  const show = (choice, count) => {
    const before = given;
    given = choice;
    const done = choice !== undefined;
    const right = done && isRight(question, choice);
    button.textContent = done ? "Try again" : "Check";
    node.classList.toggle("llmc-quiz-right", right);
    node.classList.toggle("llmc-quiz-wrong", done && !right);
    tries.textContent = count ? `${count.tries === 1 ? "1 try" : `${count.tries} tries`}${count.right && !right ? ", right before" : ""}` : "";
    const standing = items && done && Array.isArray(choice) ? `: ${standingRight(question, choice)} of ${question.item.length} stand right` : "";
    if (done) verdict.textContent = right ? "✓ Right" : `✗ Not yet${standing}`;
    else if (before !== undefined) verdict.textContent = "";
    if (items && (done || before !== undefined)) items.show(choice);
    options.forEach(({ option, input, mark, reason, row: line }, position) => {
      if (done) input.checked = Array.isArray(choice) && choice.includes(position);
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
  const change = (question, choice) => {
    const answers = { ...model.get("answers") };
    if (choice === undefined) delete answers[question.id];
    else answers[question.id] = choice;
    if (choice !== undefined && !model.get("live")) { // with a kernel Python counts, since it also keeps
      const { right, tries } = model.get("counts")[question.id] ?? { right: false, tries: 0 };
      model.set("counts", { ...model.get("counts"), [question.id]: { right: right || isRight(question, choice), tries: tries + 1 } });
    }
    model.set("answers", answers);
    model.save_changes();
  };
  const views = questions.map((question, number) => questionView(
    question, number, prefix, (choice) => change(question, choice), () => change(question, undefined)));
  const score = element("div", { class: "llmc-muted" });
  const stops = [];
  const root = element("section", { class: "llmc llmc-quiz", "aria-label": `Quiz: ${model.get("title")}` },
    element("div", { class: "llmc-quiz-title" }, element("b", {}, ...withCode(model.get("title"))), score),
    ...views.map(({ node }) => node), errorLine(model, stops));

  const update = () => {
    const answers = model.get("answers"), counts = model.get("counts") ?? {};
    views.forEach(({ show }, number) => show(answers[questions[number].id], counts[questions[number].id]));
    const right = questions.filter((question) => question.id in answers && isRight(question, answers[question.id])).length;
    const tries = questions.reduce((sum, { id }) => sum + (counts[id]?.tries ?? 0), 0);
    score.textContent = `${right} of ${questions.length} right${tries ? ` · ${tries === 1 ? "1 try" : `${tries} tries`}` : ""}`;
  };
  for (const name of ["answers", "counts"]) {
    model.on(`change:${name}`, update);
    stops.push(() => model.off(`change:${name}`, update));
  }
  stops.push(followTheme(root, () => {}));
  update();
  el.append(root);
  return () => stops.forEach((stop) => stop());
}

export default { render };
