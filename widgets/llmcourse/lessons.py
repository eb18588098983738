"""Lessons from the command line: `python -m llmcourse.lessons run 2.2`, `refresh`, `check` and `new`.

run: lessons with other parameters (papermill), executed copies and HTML pages kept under out/.
refresh: execute lessons in place and store their outputs as the repository wants them.
check: the anatomy of the stored lessons. new: the skeleton of a lesson.
"""

import argparse
import ast
import sys
from pathlib import Path

from . import lesson_files
from .lesson_store import refresh, store, tidy, write_page

__all__ = ["main", "refresh", "store", "tidy", "write_page"]


def main(arguments=None):
    chosen = _parser().parse_args(arguments)
    try:
        chosen.action(chosen)
    except (ValueError, RuntimeError) as problem:  # ours are one clear sentence; a traceback would hide it
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m llmcourse.lessons", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)

    one = commands.add_parser("run", help="run lessons, keep the executed copies and HTML pages")
    one.add_argument("lessons", nargs="+", help="their numbers, such as 2.2, or all")
    one.add_argument("-p", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"), help="set a parameter")
    one.add_argument("--profile", default="cpu", help="quick, cpu (the lesson as it stands) or gpu")
    one.add_argument("--grid", action="append", default=[], metavar="NAME=A,B", help="run with each of these values")
    one.add_argument("--dask", metavar="ADDRESS", help="run on a Dask cluster: local, or a scheduler's tcp://host:port")
    one.add_argument("--resume", action="store_true", help="keep what passed before and has not changed since")
    one.add_argument("--out", type=Path, help="the folder for the results (default: out/<number> or out/course)")
    one.set_defaults(action=_run)

    many = commands.add_parser("refresh", help="execute lessons in place and store their outputs")
    many.add_argument("lessons", nargs="*", help="their numbers (default: all that are written)")
    many.set_defaults(action=_refresh)

    checked = commands.add_parser("check", help="say what the stored lessons lack")
    checked.add_argument("lessons", nargs="*", help="their numbers (default: all that are written)")
    checked.set_defaults(action=_check)

    new = commands.add_parser("new", help="write the skeleton of a lesson that is on the map")
    new.add_argument("lesson", help="its number, such as 2.1")
    new.set_defaults(action=_new)
    return parser


def _run(chosen):
    from . import lesson_profiles

    parameters = {name: _value(text) for name, text in chosen.p}
    if chosen.profile == "gpu" and chosen.dask in (None, "local"):
        lesson_profiles.require_gpu()
    if len(chosen.lessons) > 1 or "all" in chosen.lessons or chosen.grid or chosen.dask or chosen.resume:
        return _run_course(chosen, parameters)

    from .lesson_run import LessonFailed, run

    number = lesson_files.find_lesson(chosen.lessons[0]).number
    parameters = lesson_profiles.profile_parameters(number, chosen.profile) | parameters
    folder = chosen.out or lesson_files.ROOT / "out" / number
    try:
        page = run(number, parameters, folder)
    except LessonFailed as problem:
        sys.exit(f"Lesson {number} stopped in {problem}\nThe copy so far and its page are in {folder}.")
    print(f"executed copy: {page.with_suffix('.ipynb')}\npage:          {page}")


def _run_course(chosen, parameters):
    from .course_cluster import run_on_cluster
    from .course_report import summary
    from .course_run import REPORT, jobs, run_course, run_here

    numbers = [lesson.number for lesson in lesson_files.written()] if "all" in chosen.lessons else chosen.lessons
    grid = dict(_grid(text) for text in chosen.grid)
    work = jobs(list(dict.fromkeys(numbers)), parameters, grid, chosen.profile)
    folder = chosen.out or lesson_files.ROOT / "out" / "course"
    each = (lambda left: run_on_cluster(chosen.dask, left)) if chosen.dask else run_here
    try:
        rows = run_course(work, folder, chosen.resume, each)
    except KeyboardInterrupt:
        print(f"\nStopped. What is known stands in {folder / REPORT}; --resume goes on from here.", file=sys.stderr)
        raise
    print(f"{summary(rows)}\nreport: {folder / REPORT}")
    if failed := [f"{row['name']}, cell {row['cell']}: {row['error']}" for row in rows if row["status"] == "failed"]:
        sys.exit("These lessons fail:\n" + "\n".join(failed))


def _refresh(chosen):
    for number in _numbers(chosen):
        print(f"refreshed {refresh(number).relative_to(lesson_files.ROOT)}")


def _check(chosen):
    from .lesson_anatomy import RULES, check_lesson

    findings = [each for number in _numbers(chosen) for each in check_lesson(lesson_files.find_lesson(number))]
    for finding in findings:
        print(finding)
    if findings:
        sys.exit(f"{len(findings)} {'finding' if len(findings) == 1 else 'findings'}.")
    print(f"Lessons {', '.join(_numbers(chosen))}: all {len(RULES)} rules are kept.")


def _new(chosen):
    from .new_lesson import write_skeleton

    for path in write_skeleton(lesson_files.planned(chosen.lesson)):
        print(f"wrote {path.relative_to(lesson_files.ROOT)}")
    print(f"Each TODO is yours to fill in. Then: make lessons LESSON={chosen.lesson}, and make check-lessons.")


def _numbers(chosen):
    return chosen.lessons or [lesson.number for lesson in lesson_files.written()]


def _grid(text):
    """('SEED', [0, 1]) from 'SEED=0,1'; a value that holds a comma stands in quotes, as in Python."""
    name, sign, values = text.partition("=")
    if not (sign and name and values):
        raise ValueError(f"--grid must look like SEED=0,1,2; this was {text}.")
    try:
        found = ast.literal_eval(f"[{values}]")
    except (ValueError, SyntaxError):
        found = [_value(value) for value in values.split(",")]
    return name, found


def _value(text):
    """A parameter as Python reads it (3, 0.5, True), or the text itself."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


if __name__ == "__main__":
    main()
