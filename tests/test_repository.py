"""The repository's own promises: its map is true, its address stands in one place, its commands exist."""

import re
import subprocess
import sys
from pathlib import Path

import llmcourse
import pytest
from llmcourse.course_map import CHAPTERS, LESSONS
from llmcourse.readme import lesson_table
from llmcourse.repository import REPOSITORY

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
IGNORED = {".git", ".venv", "out", "build", ".pytest_cache", ".ruff_cache", ".hypothesis", "node_modules"}
TEXT = {".py", ".md", ".ipynb", ".js", ".mjs", ".toml", ".txt", ".yml", ".cfg", ".css", ".html", ""}


def own_files():
    for path in sorted(ROOT.rglob("*")):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not IGNORED & set(parts) and "vendor" not in parts and path.suffix in TEXT:
            yield path


def between(name):
    return re.search(rf"<!-- {name}:begin -->\n(.*?)<!-- {name}:end -->", README, re.DOTALL)[1]


def test_every_place_on_the_map_exists():
    places = re.findall(r"^\| `([^`]+)` \|", between("files"), re.MULTILINE)
    assert len(places) > 20
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_every_top_level_file_is_on_the_map():
    places = set(re.findall(r"^\| `([^`/]+)/?[^`]*` \|", between("files"), re.MULTILINE)) | {"README.md", "LICENSE"}
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    top = {name.split("/")[0] for name in listed.stdout.split()}
    assert top - places - {".gitignore", ".gitattributes", ".github"} == set()


def test_the_lesson_table_follows_the_course_map():
    assert between("map") == lesson_table()
    assert all(title in between("map") for title in CHAPTERS.values())


def test_commands_of_the_readme_exist():
    named = set(re.findall(r"\bmake ([a-z-]+)\b", README)) - {"does"}
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"lab", "test", "run", "bench"} <= named
    assert named <= targets


def test_the_gate_runs_the_test_command_of_the_readme():
    assert (ROOT / ".ci" / "run").read_text().rstrip().endswith("make test")


def test_every_address_of_the_repository_is_the_one_constant():
    pattern = re.compile(r"(?:github\.com/|colab\.research\.google\.com/github/|mybinder\.org/v2/gh/)([\w.-]+/[\w-]+)")
    found = {}
    for path in own_files():
        for name in pattern.findall(path.read_text(encoding="utf-8")):
            found.setdefault(name, path)
    foreign = {name: path for name, path in found.items() if name.lower() != REPOSITORY.lower()}
    allowed = {"jessevig/bertviz", "TransformerLensOrg/CircuitsVis"}  # peers that the course names
    allowed |= {"ggml-org/ggml", "pytorch/pytorch"}  # where a file format and a rounding rule are written down
    allowed |= {"ggml-org/llama"}  # llama.cpp, which lesson 5.3 runs (the pattern ends at the dot)
    allowed |= {"karpathy/micrograd"}  # the model of the scalar engine's form
    allowed |= {"huggingface/peft", "unslothai/unsloth"}  # the libraries that lesson 3.3 names
    allowed |= {"vllm-project/vllm", "schemathesis/schemathesis", "openai/openai-python"}  # what lesson 7.3 names
    assert set(foreign) <= allowed, foreign
    assert REPOSITORY in found


def test_public_names_can_all_be_imported():
    for name in llmcourse.__all__:
        value = getattr(llmcourse, name)
        assert callable(value), name
        assert value.__doc__, f"{name} has no docstring"
    with pytest.raises(AttributeError, match="has no 'nonsense'"):
        _ = llmcourse.nonsense


def test_importing_the_library_imports_nothing_heavy():
    heavy = ["torch", "transformers", "ipywidgets", "numpy"]
    code = f"import sys, llmcourse; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_every_module_has_a_purpose_and_a_test():
    tests = "\n".join(f"{path.stem}\n{path.read_text(encoding='utf-8')}" for path in (ROOT / "tests").rglob("*.py"))
    for path in sorted((ROOT / "widgets" / "llmcourse").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        assert source.startswith(('"""', 'r"""')), f"{path.name} does not say what it is for"
        assert source.count("\n") <= 260, f"{path.name} does more than one thing"
        if path.stem != "__init__" and path.parent.parent.name != "checks":  # test_exercises finds every exercise
            stem = path.stem.removesuffix("_picture")  # tested with its widget
            assert re.search(rf"(\b|test_){stem}\b", tests), f"no test names {stem}"


def test_each_widget_has_one_stem():
    from llmcourse.course_widget import CourseWidget

    widgets = [value for value in (getattr(llmcourse, name) for name in llmcourse.__all__)]
    widgets = [one for one in widgets if isinstance(one, type) and issubclass(one, CourseWidget)]
    assert len(widgets) >= 4
    for widget in widgets:
        assert widget.__module__ == f"llmcourse.{widget.stem}"
        assert (ROOT / "widgets" / "llmcourse" / "static" / f"{widget.stem}.js").exists()
        assert (ROOT / "tests" / f"test_{widget.stem}.py").exists()
        assert (ROOT / "tests" / "browser" / f"test_{widget.stem}.py").exists()


def test_the_constraints_hold_every_requirement():
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    names = {re.match(r"[\w-]+", line)[0] for line in lines if line and not line.startswith("#")}
    pinned = set(re.findall(r"^([\w-]+)==", (ROOT / ".ci" / "constraints.txt").read_text(), re.MULTILINE))
    assert names <= pinned
    assert not {name for name in pinned if name.startswith(("nvidia", "cuda"))}


def test_the_numbers_of_the_lessons_follow_their_paths():
    for lesson in LESSONS[1:]:
        chapter, number = lesson.number.split(".")
        assert re.match(rf"course/{chapter}_\w+/{number}_\w+\.ipynb$", lesson.path), lesson
