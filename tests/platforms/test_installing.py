"""What an installation brings: ready wheels on every system, licences, a reason for each dependency."""

import json
import re

import licences
import pytest
import wheels

ROOT = wheels.ROOT
KEEP_OUT = re.compile(r"AGPL|Affero|(?<!L)GPL-|GNU General|commercial|proprietary|unknown|not told", re.IGNORECASE)


def test_every_dependency_has_its_reason():
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert re.search(r" # \S.{8,}", line), f"why {line}?"
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    extras = text.split("[project.optional-dependencies]")[1].split("\n[")[0]
    for line in extras.splitlines():
        if re.search(r'"[\w-]+[><=]', line):
            assert re.search(r"# \S.{8,}", line), f"why {line.strip()}?"


@pytest.fixture(scope="module")
def answer():
    return json.loads(wheels.RESULT.read_text(encoding="utf-8"))


def test_there_are_wheels_for_every_system_and_python(answer):
    asked = {(row["system"], row["python"]) for row in answer["rows"]}
    assert asked == {(system, python) for system in wheels.SYSTEMS for python in wheels.PYTHONS}
    assert [row for row in answer["rows"] if row.get("missing") or row["without_a_wheel"]] == []
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", answer["date"])


def test_a_learner_on_a_cpu_gets_less_than_a_gigabyte(answer):
    """Linux is left out: there the registry's torch is a CUDA build, and the README says how to do without it."""
    sizes = [row["bytes"] for row in answer["rows"] if not row["system"].startswith("Linux")]
    assert max(sizes) < 1e9


def test_uv_is_asked_for_wheels_and_the_tested_versions():
    words = wheels.command("3.12", "Windows x86-64", "lock")
    assert words[words.index("--only-binary") + 1] == ":all:"
    assert words[words.index("--constraint") + 1].endswith(".ci/constraints.txt")
    assert "x86_64-pc-windows-msvc" in words


def test_the_page_of_licences_lists_what_is_required_and_what_that_needs():
    text = licences.PAGE.read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([\w.-]+) \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE))
    names = {re.sub(r"[-_.]+", "-", name).lower() for name in rows}
    assert {re.sub(r"[-_.]+", "-", name).lower() for name in licences.direct()} <= names
    assert len(rows) > 100 and {"tokenizers", "anyio"} <= names
    assert [name for name, told in rows.items() if KEEP_OUT.search(told)] == []


@pytest.mark.parametrize(
    ("about", "told"),
    [
        ({"License": "\nMIT License\n\nCopyright"}, "MIT License"),
        ({"License-Expression": "BSD-3-Clause", "License": "x"}, "BSD-3-Clause"),
        ({}, "not told in its metadata"),
    ],
)
def test_a_licence_in_a_few_words(about, told):
    assert licences.licence(about) == told
