// Progress: the course map with what was done in each lesson, what comes next, and buttons to take it along or begin anew.
import { element, errorLine, followTheme, onTraits } from "./common.js";
import { pushButton } from "./controls.js";
import { withCode } from "./inline_code.js";

const PROGRESS_SIGNS = { "not begun": "○", begun: "◐", done: "●" };
const LARGEST_PROGRESS = 2_000_000; // characters of a file to import; a whole course takes about 30,000

// Whether a link may be followed from here: an address in Colab always, a path only while the notebook runs beside it.
export function lessonAddress(link, live) {
  if (/^([a-z]+):\/\//.exec(link)?.[1] === "https") return link;
  return live && link && !/^[^/]*:/.test(link) && !link.startsWith("/") ? link : null;
}

// The path that JupyterLab knows a linked file by, seen from the page's own address; null where the address shows none.
export function lessonPath(link, address) {
  const path = new URL(link, address).pathname.split("/tree/");
  return path.length > 1 && new URL(address).pathname.includes("/tree/") ? decodeURIComponent(path.slice(1).join("/tree/")) : null;
}

function lessonLink(link, live, ...text) {
  const address = lessonAddress(link, live);
  if (!address) return element("span", {}, ...text);
  if (address.includes("://")) return element("a", { href: address, target: "_blank", rel: "noopener" }, ...text);
  const node = element("a", { href: address }, ...text);
  node.addEventListener("click", () => { // JupyterLab runs a command that an element names, instead of loading the page anew
    const path = document.body.dataset.jpThemeLight === undefined ? null : lessonPath(address, location.href);
    if (path === null) return;
    node.dataset.commandlinkerCommand = "docmanager:open";
    node.dataset.commandlinkerArgs = JSON.stringify({ path });
  });
  return node;
}

function achievement(name, text, [reached, there] = [0, 0]) {
  if (!text) return null;
  const bar = element("span", { class: "llmc-progress-bar", "aria-hidden": "true" }, element("span", { style: `width: ${there ? (100 * reached) / there : 0}%` }));
  return element("div", { class: "llmc-progress-part" }, element("span", { class: "llmc-muted" }, `${name}: `), text, there ? bar : null);
}

function lessonRow(lesson, live) {
  return element("li", { class: "llmc-progress-lesson" },
    element("div", { class: "llmc-progress-name" },
      element("span", { class: `llmc-progress-sign llmc-progress-${lesson.state.replace(" ", "-")}`, "aria-hidden": "true" }, PROGRESS_SIGNS[lesson.state] ?? ""),
      element("span", {}, lessonLink(lesson.link, live, `${lesson.number} ${lesson.title}`), element("span", { class: "llmc-muted" }, ` · ${lesson.state}`))),
    achievement("Exercises", lesson.exercises, lesson.parts?.[0]), achievement("Quiz", lesson.quiz, lesson.parts?.[1]), achievement("Time", lesson.time));
}

function chapterView({ title, lessons }, live) {
  const written = lessons.filter(({ state }) => state !== "planned"), planned = lessons.filter(({ state }) => state === "planned");
  return element("section", { class: "llmc-progress-chapter", "aria-label": title },
    element("div", { class: "llmc-progress-title" }, title),
    written.length ? element("ul", { class: "llmc-progress-lessons" }, ...written.map((lesson) => lessonRow(lesson, live))) : null,
    planned.length ? element("div", { class: "llmc-muted llmc-progress-planned" }, `planned: ${planned.map(({ number, title: name }) => `${number} ${name}`).join(", ")}`) : null);
}

function offer(text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  element("a", { href: address, download: "llmcourse-progress.json" }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function render({ model, el }) {
  const stops = [];
  const live = () => Boolean(model.get("live"));
  const ask = (kind, more = {}) => { model.save_changes(); model.send({ kind, ...more }); }; // saving asks whether a kernel is there
  const say = (text) => { model.set("message", text); model.save_changes(); };

  const next = element("div", { class: "llmc-progress-next" });
  const map = element("div", {});
  const message = element("div", { class: "llmc-progress-message", role: "status" });
  const kept = element("div", { class: "llmc-muted llmc-progress-kept" });

  const chooser = element("input", { type: "file", accept: ".json,application/json", hidden: true, "aria-label": "A saved progress file" });
  chooser.addEventListener("change", async () => {
    const [file] = chooser.files;
    if (!file) return;
    const text = file.size > LARGEST_PROGRESS ? null : await file.text().catch(() => null);
    chooser.value = ""; // so that the same file can be chosen again
    if (text === null) say("This file cannot be read, or is too large to be a progress file.");
    else ask("import", { text });
  });
  const exporting = pushButton("Export", () => { if (live()) ask("export"); else { offer(model.get("file")); say("The file is among your downloads."); } }, "Save your progress as a file; where a page offers no downloads: progress().export()");
  const importing = pushButton("Import …", () => chooser.click(), "Add a saved progress file");
  const refreshing = pushButton("Refresh", () => ask("refresh"), "Read the progress file again");
  const resetting = pushButton("Reset …", () => confirmReset(true), "Begin anew");
  const sure = pushButton("Yes, begin anew", () => { confirmReset(false); ask("reset"); });
  const keep = pushButton("No, keep it", () => confirmReset(false));
  const confirmation = element("div", { class: "llmc-progress-confirm", role: "group", "aria-label": "Confirm the reset", hidden: true },
    element("span", {}, "Begin anew in all lessons? The old file is kept, and its name is told."), sure, keep);
  confirmation.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.preventDefault(); confirmReset(false); } });
  const confirmReset = (open) => {
    confirmation.hidden = !open;
    resetting.setAttribute("aria-expanded", String(open));
    (open ? keep : resetting).focus();
  };
  resetting.setAttribute("aria-expanded", "false");
  const needy = [importing, refreshing, resetting, sure];
  const alone = element("div", { class: "llmc-muted", hidden: true }, "Import, Refresh and Reset need a running notebook: run progress() in one.");

  const draw = () => {
    const link = model.get("next_link"), step = withCode(model.get("next_step"));
    next.replaceChildren(element("b", {}, "Next: "), ...(lessonAddress(link, live()) ? [lessonLink(link, live(), ...step)] : step));
    map.replaceChildren(...model.get("chapters").map((chapter) => chapterView(chapter, live())));
    kept.textContent = live() ? `Kept in ${model.get("kept_in")}, on this machine and nowhere else.` : "";
    alone.hidden = live();
    for (const button of needy) {
      button.disabled = !live();
      if (!live()) button.title = "This needs a running notebook";
    }
  };
  const tell = () => { message.textContent = model.get("message"); };
  onTraits(model, ["chapters", "next_step", "next_link", "kept_in", "live"], draw, stops);
  onTraits(model, ["message"], tell, stops);
  const download = () => { if (waiting) { waiting = false; offer(model.get("file")); say("The file is among your downloads."); } };
  let waiting = false; // of two views of one board only the one that was asked offers the file
  exporting.addEventListener("click", () => { waiting = live(); });
  model.on("change:exports", download);
  stops.push(() => model.off("change:exports", download));

  const root = element("section", { class: "llmc llmc-progress-board", "aria-label": "Your progress" },
    next, element("div", { class: "llmc-row" }, exporting, importing, refreshing, resetting, chooser), confirmation,
    alone, message, errorLine(model, stops), map, kept);
  stops.push(followTheme(root, () => {}));
  draw();
  tell();
  el.append(root);
  return () => stops.forEach((stop) => stop());
}

export default { render };
