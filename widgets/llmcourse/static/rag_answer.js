// The answer with its citations as links to the passages, and how much of each sentence's wording they share.
import { element } from "./common.js";
import { pushButton } from "./controls.js";
import { answerPieces, sharedWords } from "./rag_prompt.js";

// `pick(passage)`, `ask()` and `stop()` are called by its buttons. `show({ answer, passages, live, able, asking, stale })` draws.
export function answerPanel({ pick, ask, stop }) {
  const start = pushButton("Generate the answer", ask), end = pushButton("Stop", stop);
  const status = element("span", { class: "llmc-muted", "aria-live": "polite" });
  const text = element("div", { class: "llmc-rag-answer", role: "group", "aria-label": "Answer" });
  const table = element("table", { class: "llmc-rag-shares" });
  const note = element("p", { class: "llmc-muted" }, "The share of a sentence’s different words that stand in a passage. It measures wording, not truth: a copied sentence scores 100 %, a right paraphrase may score little.");
  const shares = element("div", { class: "llmc-rag-shares-place", role: "group", "aria-label": "Words of each sentence shared with each passage", tabindex: "0" }, table);
  const node = element("div", {}, element("div", { class: "llmc-row" }, start, end, status), text, note, shares);
  let drawn = null;

  const show = ({ answer, passages, live, able, asking, stale }) => {
    start.disabled = !live || !able || asking;
    start.title = !able ? "Give RAGInspector a generate function" : live ? "" : "Generating needs a running kernel";
    end.disabled = !live || !asking;
    const told = {
      running: asking ? "The model writes …" : "Stopping …", done: "", stopped: "Stopped.", failed: "It failed; what there is stays.",
    }[answer.state] ?? (able ? live ? "No answer yet." : "No answer was saved; generating needs a running kernel." : "No generate function was given.");
    const full = [told, stale ? `This answer belongs to another query or other passages: “${answer.query}”` : ""].filter(Boolean).join(" ");
    if (status.textContent !== full) status.textContent = full;
    if (drawn === answer) return;
    drawn = answer;
    const numbers = (answer.passages ?? []).filter((number) => passages[number] !== undefined);
    text.replaceChildren(...answerPieces(answer.text ?? "").map(({ text: piece, cited }) => (cited === null ? element("span", { class: "llmc-rag-said" }, piece)
      : element("span", {}, ...cited.map((one) => citation(one, numbers, pick))))));
    const rows = sharedWords(answer.text ?? "", numbers.map((number) => passages[number]));
    note.hidden = shares.hidden = rows.length === 0 || numbers.length === 0;
    table.replaceChildren(
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "sentence"), ...numbers.map((number, place) => element("th", { scope: "col", title: `passage #${number}` }, `[${place + 1}]`)))),
      element("tbody", {}, ...rows.map(({ sentence, shares: held }) => element("tr", {},
        element("th", { scope: "row" }, sentence),
        ...held.map((share) => element("td", { class: "llmc-number", style: `--llmc-share: ${(40 * share).toFixed(0)}%` }, `${(100 * share).toFixed(0)} %`))))));
  };
  return { node, show };
}

function citation(one, numbers, pick) {
  const number = numbers[one - 1];
  if (number === undefined) return element("span", { class: "llmc-rag-nowhere", title: "The prompt held no passage with this number" }, `[${one}?]`);
  return element("button", { type: "button", class: "llmc-rag-citation", title: `passage #${number}`, onclick: () => pick(number) }, `[${one}]`);
}
