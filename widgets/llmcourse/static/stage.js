// What every widget stands on: a sentence where an exception would leave it blank, and a word when its kernel is gone.
import { element } from "./common.js";

const GONE = "The kernel does not answer: it is busy, or it has stopped. What is here can still be looked at; after a restart run the cell again.";
const ANSWER_MS = 4000;

// Wraps the `render` of a widget. The model it is given catches what its listeners throw, and has `guard(f)` for the rest.
export function onStage(render) {
  return ({ model, el }) => {
    const notice = element("div", { class: "llmc-notice", role: "status" });
    const tell = (sentence) => {
      notice.textContent = sentence;
      if (sentence && !notice.isConnected) (el.querySelector(".llmc") ?? el).prepend(notice);
      if (!sentence) notice.remove();
    };
    const fail = (problem) => {
      console.error(problem);
      tell(`This view could not be drawn (${problem?.message ?? problem}). Run the cell again; if it stays so, please report it.`);
    };
    const guard = (f) => (...values) => { try { return f(...values); } catch (problem) { fail(problem); return undefined; } };
    // Whether a kernel is behind the view cannot be seen: it is asked when the line changes and at the first thing done in
    // a view (one from a saved notebook has no line at all). Whoever is there answers, however late.
    let waiting = null, asked = false;
    const ask = () => {
      asked = true;
      clearTimeout(waiting);
      waiting = setTimeout(() => tell(GONE), ANSWER_MS);
      try { model.send({ kind: "alive" }); } catch { tell(GONE); }
    };
    const hear = (message) => { if (message?.kind === "alive") { clearTimeout(waiting); if (notice.textContent === GONE) tell(""); } };

    const guarded = new Map();
    const stage = {
      get: (name) => model.get(name),
      set: (name, value) => model.set(name, value),
      save_changes() {
        model.save_changes();
        if (!asked && model.get("live")) ask();
      },
      send: (...message) => model.send(...message),
      on(event, listener) {
        if (!guarded.has(listener)) guarded.set(listener, guard(listener));
        model.on(event, guarded.get(listener));
      },
      off: (event, listener) => model.off(event, guarded.get(listener) ?? listener),
      guard,
    };
    const stop = guard(render)({ model: stage, el });
    model.on("comm_live_update", ask);
    model.on("msg:custom", hear);
    return () => { clearTimeout(waiting); model.off("comm_live_update", ask); model.off("msg:custom", hear); stop?.(); };
  };
}
