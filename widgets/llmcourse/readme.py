"""The parts of README.md that follow from the code: `python -m llmcourse.readme` writes them anew."""

from pathlib import Path

from .atomic import write_atomically
from .course_map import CHAPTERS, LESSONS
from .repository import binder_url, colab_url

ROOT = Path(__file__).parents[2]


def lesson_table():
    """The chapter table in Markdown, with badges for the lessons that are written.

    >>> lesson_table().splitlines()[0]
    '| | lesson | open it |'
    """
    rows = ["| | lesson | open it |", "|---|---|---|"]
    for chapter, title in CHAPTERS.items():
        if chapter != "0":
            rows.append(f"| **{chapter}** | **{title}** | |")
        for lesson in LESSONS:
            if lesson.number[0] == chapter:
                rows.append(_row(lesson))
    return "\n".join(rows) + "\n"


def replace_between(text, name, content):
    """`text` with everything between the markers `<!-- name:begin -->` and `<!-- name:end -->` replaced.

    Raises ValueError when the markers are missing.

    >>> replace_between("<!-- a:begin --><!-- a:end -->", "a", "new")
    '<!-- a:begin -->\\nnew<!-- a:end -->'
    """
    begin, end = f"<!-- {name}:begin -->", f"<!-- {name}:end -->"
    if begin not in text or end not in text:
        raise ValueError(f"the text must hold the markers {begin} and {end}.")
    return f"{text.split(begin)[0]}{begin}\n{content}{end}{text.split(end, 1)[1]}"


def _row(lesson):
    if not (ROOT / lesson.path).exists():
        return f"| {lesson.number} | {lesson.title} | planned |"
    badges = (
        f"[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab_url(lesson.path)}) "
        f"[![Launch on Binder](https://mybinder.org/badge_logo.svg)]({binder_url(lesson.path)})"
    )
    return f"| {lesson.number} | [{lesson.title}]({lesson.path}) | {badges} |"


def rewrite(name, content):
    """Write one part of README.md anew."""
    readme = ROOT / "README.md"
    write_atomically(readme, replace_between(readme.read_text("utf-8"), name, content).encode("utf-8"))


if __name__ == "__main__":
    from .gallery import table

    rewrite("map", lesson_table())
    rewrite("gallery", table())
