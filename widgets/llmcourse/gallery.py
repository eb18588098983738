"""The gallery: every widget with one sentence and at most three lines of use.

`python -m llmcourse.gallery` writes course/gallery.ipynb from this list and runs it; README.md shows the same list.
"""

from dataclasses import dataclass
from pathlib import Path

from .repository import REPOSITORY, binder_url, colab_url

PATH = "course/gallery.ipynb"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Entry:
    """One widget: its class (or function) in `llmcourse`, what a learner does with it, and the code that shows it."""

    name: str
    sentence: str
    code: str


GROUPS = {
    "Inside the model": [
        Entry(
            "TokenView",
            "Cut your text into the model's tokens, with the id of each.",
            'TokenView("The cat didn\'t like the tokenizer.", tokenizer)',
        ),
    ],
}


def table():
    """The gallery as a Markdown table for the README.

    >>> table().splitlines()[0]
    '| widget | what you do with it |'
    """
    rows = ["| widget | what you do with it |", "|---|---|"]
    for group, entries in GROUPS.items():
        rows.append(f"| **{group}** | |")
        rows += [f"| `{entry.name}` | {entry.sentence} |" for entry in entries]
    return "\n".join(rows) + "\n"


def notebook():
    """The gallery as a notebook without outputs; its cell ids are the names of the widgets."""
    import nbformat.v4 as v4

    names = sorted({entry.name for entries in GROUPS.values() for entry in entries} | {"load_model"})
    cells = [
        v4.new_markdown_cell(_OPENING.format(colab=colab_url(PATH), binder=binder_url(PATH)), id="title"),
        v4.new_code_cell(_SETUP.format(repository=REPOSITORY, names=",\n    ".join(names)), id="setup"),
    ]
    for group, entries in GROUPS.items():
        cells.append(v4.new_markdown_cell(f"## {group}", id=group.lower().replace(" ", "-")))
        for entry in entries:
            cells.append(v4.new_markdown_cell(f"### {entry.name}\n\n{entry.sentence}", id=f"{entry.name}-words"))
            cells.append(v4.new_code_cell(entry.code, id=entry.name))
    return v4.new_notebook(cells=cells)


_OPENING = """# The widgets

Each widget of the course with a few lines that show it. Every one works on your own text or numbers, by mouse, touch
or keyboard, and `to_html("page.html")` keeps it as a page that needs neither a kernel nor a network.

[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})
[![Launch on Binder](https://mybinder.org/badge_logo.svg)]({binder})"""


_SETUP = """\
try:
    import llmcourse
except ModuleNotFoundError:  # Colab: add what is missing, upgrade nothing
    %pip install --quiet --no-deps "llmcourse @ git+https://github.com/{repository}" bertviz gguf
from llmcourse import (
    {names},
)

model, tokenizer = load_model()"""


def main():
    from .lessons import store
    from .readme import rewrite

    store(notebook(), ROOT / PATH)
    rewrite("gallery", table())


if __name__ == "__main__":
    main()
