"""The workflows can be read, call only make targets that exist, pin their actions, and cover what is promised."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
TIMED = {"lanes": "daily", "gpu": "daily", "newest": "weekly"}


def read(path):
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["on"] = content.pop(True, content.get("on"))  # YAML 1.1 reads the key `on` as true
    return content


def steps(workflow):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def workflow(request):
    return read(request.param)


def test_there_is_one_for_each_promise():
    assert {path.stem for path in WORKFLOWS} >= {"test", *TIMED}


def test_every_make_target_exists(workflow):
    words = " ".join(step.get("run", "") for step in steps(workflow))
    for job in workflow["jobs"].values():
        for name, values in job.get("strategy", {}).get("matrix", {}).items():
            words = " ".join(words.replace(f"${{{{ matrix.{name} }}}}", str(value)) for value in values)
    named = set(re.findall(r"\bmake ([a-z-]+)", words))
    assert named <= TARGETS
    files = re.findall(r"(?:^|\s)(\.?[\w.-]+/[\w./-]+)", words)
    assert all((ROOT / file).exists() for file in files if not file.startswith((".venv", "tests/platforms/results")))


def test_actions_are_pinned_and_jobs_end(workflow):
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert used and all(re.fullmatch(r"[\w-]+/[\w-]+@(v\d+(\.\d+)*|[0-9a-f]{40})", each) for each in used)
    for name, job in workflow["jobs"].items():
        assert 0 < job["timeout-minutes"] <= 180, name
        systems = job.get("strategy", {}).get("matrix", {}).get("system", [job["runs-on"]])
        assert not [system for system in systems if system.endswith("latest")], "a moving system hides what was tested"


def test_nothing_may_write_to_the_repository(workflow):
    assert workflow["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("name", TIMED)
def test_lanes_run_by_themselves_and_by_hand(name):
    when = read(ROOT / ".github" / "workflows" / f"{name}.yml")["on"]
    assert "workflow_dispatch" in when
    minute, hour, day, month, weekday = when["schedule"][0]["cron"].split()
    assert (day, month) == ("*", "*") and (weekday == "*") == (TIMED[name] == "daily")
    assert minute != "0", "the full hour is when everybody's jobs start"


def test_the_matrix_holds_the_systems_and_pythons_that_are_promised():
    jobs = read(ROOT / ".github" / "workflows" / "test.yml")["jobs"]
    pythons = {"3.11", "3.12", "3.13"}
    assert set(jobs["linux"]["strategy"]["matrix"]["python"]) == pythons
    assert set(jobs["desktops"]["strategy"]["matrix"]["python"]) == pythons
    assert {re.match("[a-z]+", system)[0] for system in jobs["desktops"]["strategy"]["matrix"]["system"]} == {
        "macos",
        "windows",
    }


def test_the_canary_knows_no_constraints():
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").split("$(VENV)/.newest:")[1].split("\n\n")[0]
    assert "constraints" not in recipe.split("\n", 1)[1]
