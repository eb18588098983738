"""The curriculum as a table (curriculum.toml): the items that each lesson covers, and where it shows them."""

import tomllib
from functools import cache
from pathlib import Path


@cache
def curriculum():
    """The table: lesson number → covers (items), told (items that need not run) and evidence (item → cells, words).

    >>> "causal mask" in curriculum()["2.2"]["covers"]
    True
    """
    table = tomllib.loads((Path(__file__).parent / "curriculum.toml").read_text(encoding="utf-8"))
    for number, row in table.items():
        if strange := (set(row.get("evidence", {})) | set(row.get("told", []))) - set(row["covers"]):
            raise ValueError(f"curriculum.toml, lesson {number}: {', '.join(sorted(strange))} is not among its items.")
    return table


def covers_its_row(stored):
    """Every item of the lesson's row has evidence, and the evidence is in the notebook: cells, one of which runs."""
    row = curriculum().get(stored.lesson.number)
    if row is None:
        yield "", "curriculum.toml has no row for this lesson", "its items, and where they are shown"
        return
    kinds = {cell.id: cell.cell_type for cell in stored.notebook.cells if cell.source.strip()}
    text = stored.text.lower()
    for item in row["covers"]:
        shown = row.get("evidence", {}).get(item, {})
        cells, words = shown.get("cells", []), shown.get("words", [])
        if not cells and not words:
            yield "", f"nothing shows '{item}'", "its cells and words in curriculum.toml, and the cells in the lesson"
        for name in cells:
            if name not in kinds:
                yield name, f"the cell that shows '{item}' is gone", "the cell, or another one in curriculum.toml"
        for word in words:
            if word.lower() not in text:
                yield "", f"'{word}' is not in the text, and stands for '{item}'", "the words, or others in the table"
        runs = any(kinds.get(name) == "code" for name in cells)
        if shown and not runs and item not in row.get("told", []):
            yield "", f"'{item}' is told and not run", "a code cell among its cells"
