// Items to be put in order: moved by buttons, arrow keys, or the handle; each says where it stands now.
import { element } from "./common.js";
import { withCode } from "./inline_code.js";

// How many items stand in their right place; `choice` holds positions of items in the order they were put.
export function standingRight(question, choice) {
  return choice.filter((item, place) => Number.isInteger(item) && question.item[item]?.place === place).length;
}

// `order` with the thing at `from` moved to `to`, what lies between moves up.
export function movedTo(order, from, to) {
  const moved = order.filter((_, place) => place !== from);
  moved.splice(to, 0, order[from]);
  return moved;
}

// { node, order(), touched(), show(choice) }: `order()` is the order in which the items stand; show(undefined) begins anew.
export function orderList(question) {
  const start = question.item.map((_, item) => item);
  const list = element("ol", { class: "llmc-quiz-order" });
  const said = element("div", { class: "llmc-hidden-text", "aria-live": "polite" });
  let order = start, touched = false, done = false;

  const rows = question.item.map((item, position) => {
    const plain = item.text.replaceAll("`", "");
    const mark = element("b", { class: "llmc-quiz-mark" });
    const reason = element("div", { class: "llmc-quiz-reason", hidden: true });
    const handle = element("span", { class: "llmc-quiz-handle", "aria-hidden": "true" }, "⠿");
    const up = element("button", { type: "button", onclick: () => move(position, -1) }, "↑");
    const down = element("button", { type: "button", onclick: () => move(position, 1) }, "↓");
    const text = element("div", { class: "llmc-quiz-item-text" }, element("div", {}, mark, ...withCode(item.text)), reason);
    const buttons = element("div", { class: "llmc-quiz-moves" }, up, down);
    const node = element("li", { class: "llmc-quiz-item" }, handle, text, buttons);
    node.addEventListener("keydown", (event) => {
      const step = { ArrowUp: -1, ArrowDown: 1, Home: -order.length, End: order.length }[event.key];
      if (step === undefined || done) return;
      event.preventDefault();
      move(position, step);
    });
    handle.addEventListener("pointerdown", (event) => {
      if (done || event.button !== 0) return;
      event.preventDefault();
      handle.setPointerCapture(event.pointerId);
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const others = order.filter((one) => one !== position);
      const above = others.filter((one) => { const box = rows[one].node.getBoundingClientRect(); return event.clientY > box.top + box.height / 2; });
      move(position, above.length - order.indexOf(position));
    });
    return { node, mark, reason, handle, up, down, buttons, plain };
  });

  // The row that is moved stays in the document while the others go around it: so it keeps the focus and the pointer.
  const arrange = (kept) => {
    const nodes = order.map((item) => rows[item].node), place = nodes.indexOf(kept);
    if (place < 0) list.replaceChildren(...nodes);
    else { kept.before(...nodes.slice(0, place)); kept.after(...nodes.slice(place + 1)); }
    order.forEach((item, at) => {
      const { up, down, plain } = rows[item], where = `now ${at + 1} of ${order.length}`;
      up.setAttribute("aria-label", `Move up: ${plain}, ${where}`);
      down.setAttribute("aria-label", `Move down: ${plain}, ${where}`);
      up.setAttribute("aria-disabled", String(at === 0)); // not disabled: that would lose the focus
      down.setAttribute("aria-disabled", String(at === order.length - 1));
    });
  };
  const move = (item, step) => {
    const from = order.indexOf(item), to = Math.min(Math.max(from + step, 0), order.length - 1);
    if (to === from || done) return;
    order = movedTo(order, from, to);
    touched = true;
    arrange(rows[item].node);
    said.textContent = `${rows[item].plain} is now ${to + 1} of ${order.length}.`;
  };

  const show = (choice) => {
    const answered = Array.isArray(choice) && choice.length === start.length && start.every((item) => choice.includes(item));
    if (answered) order = choice;
    else if (done) { order = start; touched = false; }
    done = choice !== undefined;
    if (done) said.textContent = "";
    arrange(null);
    order.forEach((item, at) => {
      const { mark, reason, handle, buttons } = rows[item], { place, reason: why } = question.item[item];
      handle.hidden = buttons.hidden = done;
      mark.textContent = !done ? "" : place === at ? "✓ " : `✗ Belongs in place ${place + 1}: `;
      reason.hidden = !done;
      reason.replaceChildren(...(done ? withCode(why) : []));
    });
  };
  arrange(null);
  return { node: element("div", {}, list, said), order: () => order, touched: () => touched, show };
}
