"""What the install lines of the lessons add on Colab, and that they move nothing which is there."""

import ast
import re
import shlex
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import nbformat
from colab_list import canonical, colab_pins
from llmcourse import lesson_files
from packaging.requirements import Requirement

OPTIONS = {"--quiet", "--no-deps", "--only-binary", ":all:"}
COLAB_PYTHON = {"python_version": "3.13", "python_full_version": "3.13.15", "platform_system": "Linux", "extra": ""}
# A package that is named alone, with --no-deps, must find on Colab what it needs. These needs are of parts of it that
# no lesson runs, with the part.
NOT_RUN = {"bertviz": {"boto3": "its own downloads of old models"}}


def install_lines(notebook):
    """The words after `%pip install` of every such line in a notebook, as lists."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    lines = [line.strip() for source in sources for line in source.splitlines()]
    return [shlex.split(line)[2:] for line in lines if line.startswith("%pip install")]


def added(notebook):
    """The packages, other than the course itself, that a notebook's install lines name, as written."""
    words = [word for line in install_lines(notebook) for word in line if word != ":all:" and word[0] != "-"]
    return [word for word in words if not word.startswith("llmcourse @ ")]


def name_of(word):
    """The package of a word of an install line, without the version it may ask for.

    >>> name_of("onnx<1.21")
    'onnx'
    """
    return re.split(r"[=<>!~@\[ ]", word)[0]


def lesson_notebooks():
    """{path inside the repository: notebook} of all that is in the course folder."""
    paths = sorted((lesson_files.ROOT / "course").rglob("*.ipynb"))
    paths = [path for path in paths if ".ipynb_checkpoints" not in path.parts]
    return {path.relative_to(lesson_files.ROOT).as_posix(): nbformat.read(path, 4) for path in paths}


def complaints(notebook):
    """What is wrong with a notebook's install lines, as sentences: none is the right number."""
    for line in install_lines(notebook):
        if "--no-deps" not in line:
            yield "an install line without --no-deps may move what Colab has."
        if unknown := {word for word in line if word.startswith("-")} - OPTIONS:
            yield f"an install line has the options {sorted(unknown)}; there may be {sorted(OPTIONS)}."
    words = added(notebook)
    versions = [word for word in words if word != name_of(word) and canonical(name_of(word)) in colab_pins()]
    if versions:
        yield f"{versions} ask for a version: a package that is there could be moved."
    names = [name_of(word) for word in words if word not in versions]
    there = colab_pins().keys() | {canonical(name) for name in names}
    for module in sorted(imported(notebook)):
        if not there & {canonical(name) for name in _distributions().get(module, [module])}:
            yield f"the lesson imports {module}, which Colab does not have and no install line names."
    if any("load_model(" in cell.source for cell in notebook.cells) and "gguf" not in names:
        yield "load_model converts the embedded model with gguf, which no install line names."
    for name in names:
        for need in needs(name):
            if need not in there and need not in NOT_RUN.get(name, {}):
                yield f"{name} needs {need}, which Colab does not have and no install line names."


def imported(notebook):
    """The names of the packages outside Python and the course that a notebook's code imports, wherever it does."""
    found = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        for line in ast.walk(ast.parse(re.sub(r"^(\s*)[%!].*", r"\1pass", cell.source, flags=re.MULTILINE))):
            if isinstance(line, ast.Import):
                found |= {name.name for name in line.names}
            elif isinstance(line, ast.ImportFrom) and not line.level:
                found.add(line.module)
    return {name.split(".")[0] for name in found} - sys.stdlib_module_names - {"llmcourse"}


@cache
def _distributions():
    return packages_distributions()


def needs(name):
    """What a package needs on Colab's Python, as canonical names; nothing is asked from the network.

    It is read from the package installed here, whichever version that is. Raises LookupError where there is none.
    """
    try:
        lines = requires(name) or []
    except PackageNotFoundError:
        raise LookupError(f"{name} is not installed here, so what it needs cannot be read.") from None
    found = [Requirement(line) for line in lines]
    return [canonical(one.name) for one in found if one.marker is None or one.marker.evaluate(COLAB_PYTHON)]
