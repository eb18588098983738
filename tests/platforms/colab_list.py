"""Colab's published list of packages as a constraint file: `python tests/platforms/colab_list.py [FILE or address]`.

Colab writes down what its image holds (`pip freeze`) in a public repository. This command turns that list into
colab_constraints.txt, which the Colab lane installs and which the lessons' install lines are held against. Without an
argument the list is fetched; with one it is read from that file or address.
"""

import re
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path

from llmcourse.atomic import write_atomically

PUBLISHED = "https://raw.githubusercontent.com/googlecolab/backend-info/main/pip-freeze.txt"
CONSTRAINTS = Path(__file__).parent / "colab_constraints.txt"
TIMEOUT_S = 60
MUST_HOLD = ("torch", "transformers", "ipywidgets", "ipykernel", "numpy")


def canonical(name):
    """A package's name as indexes compare it.

    >>> canonical("Jupyter_Client")
    'jupyter-client'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(text):
    """{canonical name: version} of the lines `name==version`; a build such as +cu128 is no part of the version.

    >>> pins("torch==2.11.0+cu128\\nopen @ file:///x\\n# a note")
    {'torch': '2.11.0'}
    """
    found = re.findall(r"^([\w.-]+)==([^\s+;]+)", text, re.MULTILINE)
    return {canonical(name): version for name, version in found}


def colab_pins():
    """{canonical name: version} of what Colab has, as this repository knows it."""
    return pins(CONSTRAINTS.read_text(encoding="utf-8"))


def constraint_file(listed, day):
    """The constraint file for a published list; raises ValueError for a text that is no such list."""
    found = pins(listed)
    if missing := [name for name in MUST_HOLD if name not in found]:
        raise ValueError(f"this is not Colab's list of packages: it does not hold {', '.join(missing)}.")
    head = f"# What Colab's image holds: its published pip-freeze.txt, read on {day} by colab_list.py.\n# {PUBLISHED}\n"
    return head + "".join(f"{name}=={version}\n" for name, version in sorted(found.items()))


def changes(before, after):
    """Lines that say what moved between two lists.

    >>> changes({"a": "1", "b": "1"}, {"a": "2", "c": "1"})
    ['a 1 -> 2', 'b 1 -> gone', 'c new -> 1']
    """
    names = sorted(before.keys() | after.keys())
    moved = [(name, before.get(name, "new"), after.get(name, "gone")) for name in names]
    return [f"{name} {old} -> {new}" for name, old, new in moved if old != new]


def read(place):
    """The text of a file or an address."""
    if "://" not in place:
        return Path(place).read_text(encoding="utf-8")
    with urllib.request.urlopen(place, timeout=TIMEOUT_S) as answer:
        return answer.read().decode("utf-8")


def main(arguments=None):
    place = (sys.argv[1:] if arguments is None else arguments or [PUBLISHED])[:1] or [PUBLISHED]
    try:
        new = constraint_file(read(place[0]), f"{datetime.now(UTC):%Y-%m-%d}")
    except (OSError, ValueError) as problem:
        sys.exit(f"Colab's list could not be read from {place[0]}: {problem}")
    for line in changes(colab_pins() if CONSTRAINTS.exists() else {}, pins(new)):
        print(line)
    print(write_atomically(CONSTRAINTS, new.encode("utf-8")))


if __name__ == "__main__":
    main()
