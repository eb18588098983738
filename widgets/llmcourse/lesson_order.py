"""Rules for the parts of a lesson: which there are, in which order, and what each must say."""

import re

from . import lesson_files
from .lesson_profiles import PROFILES, profile_parameters
from .repository import REPOSITORY

TODO = re.compile(r"\bTODO\b")


def title_is_the_maps(stored):
    number = "" if stored.lesson.number == "0" else f"{stored.lesson.number} · "
    wanted = f"# {number}{stored.lesson.title}"
    lines = [line for line in stored.source("title").splitlines() if line.strip()]
    if stored.place("title") != 0 or not lines or lines[0] != wanted:
        yield "title", "the first cell is not the title of the course map", f"a cell `title` that begins with {wanted}"
    elif len(lines) < 3 or lines[1].startswith("["):
        yield "title", "there is no promise", "the promise in one sentence between title and badges"


def at_a_glance_is_whole(stored):
    glance = stored.source("at-a-glance")
    points = len(re.findall(r"^- ", glance, re.MULTILINE))
    minutes = re.search(r"(\d+) minutes", glance)
    if stored.place("at-a-glance") != 1:
        yield (
            "at-a-glance",
            "the second cell is not `at-a-glance`",
            "what the learner will learn, and what it costs",
        )
        return
    if "You will be able to" not in glance or not 3 <= points <= 5:
        yield "at-a-glance", f"it lists {points} things", "3 to 5 under 'You will be able to'"
    if not minutes or int(minutes[1]) != stored.lesson.minutes:
        told = f"{minutes[1]} minutes" if minutes else "no minutes"
        yield "at-a-glance", f"it promises {told}, course_map.py {stored.lesson.minutes}", "the same number in both"
    if not re.search(r"\*\*(You need|Before this)\*\*", glance):
        yield "at-a-glance", "it does not say what is needed before", "**You need** and what that is"


def setup_adds_only_what_is_missing(stored):
    cell = stored.source("setup")
    if "--no-deps" not in cell or f"git+https://github.com/{REPOSITORY}" not in cell:
        yield "setup", "it does not install this course alone", f"%pip install --no-deps … github.com/{REPOSITORY}"
    if re.search(r"--upgrade|-U\b", cell):
        yield "setup", "it upgrades packages", "add what is missing, upgrade nothing"


def parameters_can_be_changed(stored):
    tagged = [cell.id for cell in stored.tagged("parameters")]
    if tagged != ["parameters"]:
        yield (
            "parameters",
            f"tagged `parameters` are {tagged or 'no cells'}",
            "one cell, called and tagged `parameters`",
        )
        return
    names = lesson_files.parameter_names(stored.notebook)
    if "SEED" not in names:
        yield "parameters", "there is no SEED", "SEED = 0, used wherever something is random"
    for profile in PROFILES:
        for name in profile_parameters(stored.lesson.number, profile).keys() - set(names):
            yield "parameters", f"profiles.toml changes {name} in {profile}, which is no parameter", "a name set here"


def parts_stand_in_order(stored):
    """title, at-a-glance, setup, parameters, puzzle, quiz, summary: in this order, with steps between."""
    wanted = ["title", "at-a-glance", "setup", "parameters", "puzzle", "summary"]
    places = [stored.place(name) for name in wanted]
    for name, place in zip(wanted, places, strict=True):
        if place is None:
            yield name, "this cell is missing", f"the cells {', '.join(wanted)}, in this order"
    there = [place for place in places if place is not None]
    if there != sorted(there):
        yield "", "the parts do not stand in their order", ", ".join(wanted)


def puzzle_is_answered(stored):
    if not re.search(r"^#+ .*\bpuzzle\b", stored.text, re.MULTILINE | re.IGNORECASE):
        yield "puzzle", "no heading names the puzzle", "a heading such as '## A puzzle: …' before the first step"
    answer = re.search(r"the puzzle, answered", stored.text, re.IGNORECASE)
    if not answer or answer.start() < stored.text.find(stored.source("puzzle")):
        yield "summary", "the puzzle is not answered", "'The puzzle, answered' after the steps"


def steps_are_there(stored):
    first, last = stored.place("puzzle") or 0, stored.place("summary") or len(stored.notebook.cells)
    between = [cell.source for cell in stored.notebook.cells[first:last] if cell.cell_type == "markdown"]
    steps = sum(len(re.findall(r"^## ", source, re.MULTILINE)) for source in between)
    if steps < 3:
        yield "puzzle", f"{steps} sections stand between puzzle and summary", "at least three steps, each with ## "
    numbers = [int(number) for source in between for number in re.findall(r"^## (\d+) · ", source, re.MULTILINE)]
    if numbers != list(range(1, len(numbers) + 1)):
        yield "puzzle", f"the steps are numbered {', '.join(map(str, numbers))}", "1, 2, 3 and so on, without a gap"
    predictions = sum(len(re.findall(r"\bpredict", source, re.IGNORECASE)) for source in between)
    if predictions < 3:
        yield "puzzle", f"'predict' comes {predictions} times", "something to predict in at least three places"


def a_widget_is_shown(stored):
    import llmcourse

    from .course_widget import CourseWidget

    used = {name for cell in stored.code for name in re.findall(r"\b([A-Z]\w+)\(", cell.source)}
    public = [getattr(llmcourse, name) for name in used & set(llmcourse.__all__)]
    if not any(isinstance(each, type) and issubclass(each, CourseWidget) for each in public):
        yield "", "no cell shows a widget of the course", "at least one, such as AttentionExplorer(…)"


def proof_asserts(stored):
    """A section headed 'Proof' holds a code cell with an assertion."""
    inside = proofs = asserts = 0
    for cell in stored.notebook.cells:
        if cell.cell_type == "markdown":
            for marks, heading in re.findall(r"^(#+) (.*)$", cell.source, re.MULTILINE):
                level = len(marks)
                if re.search(r"\bproof\b", heading, re.IGNORECASE):
                    inside, proofs = level, proofs + 1
                elif inside and level <= inside:
                    inside = 0
        elif inside and re.search(r"^\s*assert ", cell.source, re.MULTILINE):
            asserts += 1
    if not proofs:
        yield "", "no heading says Proof", "a section 'Proof': ours against the library that everyone trusts"
    elif not asserts:
        yield "", "the proof asserts nothing", "an assert with a tolerance in a cell of the section"


def summary_is_short(stored):
    summary = re.split(r"^#+ Sources", stored.source("summary"), flags=re.MULTILINE)[0]
    points = len(re.findall(r"^- ", summary, re.MULTILINE))
    if not 1 <= points <= 7:
        yield "summary", f"it has {points} points", "up to seven"
    after = "".join(cell.source for cell in stored.notebook.cells[stored.place("summary") or 0 :])
    if not re.search(r"\blesson \d\.\d\b|\b\d\.\d · ", after):
        yield "summary", "it does not say what comes next", "**Next:** and the number of a lesson"


def sources_are_named(stored):
    last = stored.notebook.cells[-1].source if stored.notebook.cells else ""
    sources = re.split(r"^#+ Sources", last, flags=re.MULTILINE)
    links = len(re.findall(r"\]\(https://", sources[-1])) if len(sources) > 1 else 0
    if not 3 <= links <= 9:
        yield "sources", f"the last cell names {links} sources", "'Sources', 3 to 9 links with a few words to each"


def nothing_is_left_to_do(stored):
    for cell in stored.notebook.cells:
        for line in cell.source.splitlines():
            if TODO.search(line):
                yield cell.id, f"unfinished: {line.strip()[:80]}", "the finished text or code"
    package, topic = stored.root / "widgets" / "llmcourse", stored.lesson.topic
    for path in [*sorted((package / "checks" / topic).glob("*.py")), package / "quizzes" / f"{topic}.toml"]:
        count = len(TODO.findall(path.read_text(encoding="utf-8"))) if path.exists() else 0
        if count:
            where = path.relative_to(stored.root).as_posix()
            yield "", f"{where} holds {count} TODO", "finished exercises and questions"
