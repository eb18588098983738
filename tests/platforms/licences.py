"""The licences of all that a learner's environment holds: `python tests/platforms/licences.py` writes docs/licences.md.

They are read from the metadata of the packages as they are installed here: those of requirements.txt and what they need
in turn. Which packages those are differs a little from system to system.
"""

import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

from llmcourse.atomic import write_atomically
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "licences.md"
HEAD = """# Licences of the packages

What `pip install -r requirements.txt` brings, and under which licence, as the packages say themselves (metadata read on
{day}). `make licences` writes this page anew. Development tools (`pyproject.toml`, extra `test`) are not listed: no
learner gets them. The course itself is under Apache-2.0; the data and models that it fetches are listed with origin and
licence in `widgets/llmcourse/packaged_data.py` and `embedded_model.py`.

| package | version | licence |
|---|---|---|
"""


def direct():
    """The names in requirements.txt."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return re.findall(r"^[\w-]+", text, re.MULTILINE)


def closure(names):
    """These packages and all that they need here, as installed; without what another system or an extra would need."""
    found, left = {}, list(names)
    while left:
        name = re.sub(r"[-_.]+", "-", left.pop()).lower()
        if name in found:
            continue
        try:
            found[name] = metadata(name)
        except PackageNotFoundError:
            continue
        needs = [Requirement(line) for line in requires(name) or []]
        left += [need.name for need in needs if need.marker is None or need.marker.evaluate({"extra": ""})]
    return dict(sorted(found.items()))


def licence(about):
    """A package's licence in a few words: the SPDX expression, else the classifier, else the first line of the text.

    >>> licence({"License-Expression": "MIT"})
    'MIT'
    """
    get = getattr(about, "get_all", lambda name: [])
    if told := about.get("License-Expression"):
        return told
    classified = [line.split(" :: ")[-1] for line in get("Classifier") or [] if line.startswith("License ::")]
    if classified := [one for one in classified if one != "OSI Approved"]:
        return ", ".join(classified)
    lines = [line.strip() for line in (about.get("License") or "").splitlines() if line.strip()]
    return lines[0][:60] if lines else "not told in its metadata"


def page(found, day):
    """The Markdown page for {name: metadata}."""
    rows = [f"| {about['Name']} | {about['Version']} | {licence(about)} |" for about in found.values()]
    return HEAD.format(day=day) + "\n".join(rows) + "\n"


def main():
    found = closure(direct())
    text = page(found, f"{datetime.now(UTC):%Y-%m-%d}")
    print(f"{write_atomically(PAGE, text.encode('utf-8'))}: {len(found)} packages")


if __name__ == "__main__":
    main()
