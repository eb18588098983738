"""Profiles change only what a lesson lets them change; an unknown one and a missing GPU are one sentence."""

import nbformat
import pytest
from llmcourse import lesson_files, lesson_profiles, lessons
from llmcourse.lesson_profiles import PROFILES, profile_parameters


def test_cpu_is_the_lesson_as_it_stands():
    assert all(profile_parameters(lesson.number, "cpu") == {} for lesson in lesson_files.LESSONS)


def test_the_table_names_lessons_profiles_and_their_parameters():
    for number, profiles in lesson_profiles._table().items():
        known = lesson_files.parameter_names(
            nbformat.read(lesson_files.ROOT / lesson_files.find_lesson(number).path, 4)
        )
        assert profiles.keys() <= set(PROFILES) - {"cpu"}, number
        for profile in profiles:
            assert profile_parameters(number, profile).keys() <= set(known), (number, profile)


def test_an_unknown_profile_is_told_with_the_nearest(course):
    course.write("9.1", "x = 1")
    with pytest.raises(SystemExit, match="There is no profile qick. Did you mean quick?"):
        lessons.main(["run", "9.1", "--profile", "qick"])
    with pytest.raises(SystemExit, match="There are: quick, cpu, gpu."):
        lessons.main(["run", "all", "--profile", "x"])


def test_a_profile_changes_parameters_and_p_has_the_last_word(course, tmp_path, monkeypatch):
    course.write("9.1", "STEPS = 100\nSEED = 0", "print(STEPS, SEED)")
    monkeypatch.setattr(lesson_profiles, "_table", lambda: {"9.1": {"quick": {"STEPS": 2, "SEED": 1}}})
    lessons.main(["run", "9.1", "--profile", "quick", "-p", "SEED", "5"])
    copy = nbformat.read(tmp_path / "out" / "9.1" / "9.1.ipynb", 4)
    assert copy.cells[-1].outputs[0].text == "2 5\n"


def test_gpu_without_a_gpu_is_one_sentence(course, monkeypatch):
    import torch

    course.write("9.1", "x = 1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for lesson in ("9.1", "all"):
        with pytest.raises(SystemExit, match="^The gpu profile needs a GPU, and torch finds none here; [^.]*[.]$"):
            lessons.main(["run", lesson, "--profile", "gpu"])


def test_gpu_with_a_gpu_runs(course, tmp_path, monkeypatch):
    import torch

    course.write("9.1", "x = 1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    lessons.main(["run", "9.1", "--profile", "gpu"])
    assert (tmp_path / "out" / "9.1" / "9.1.html").exists()
