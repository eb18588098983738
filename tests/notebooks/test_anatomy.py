"""Every stored lesson keeps every rule of the anatomy; what the rules are is told by `llmcourse.lesson_anatomy`."""

import pytest
from llmcourse import gallery, lesson_files
from llmcourse.lesson_anatomy import RULES, findings, read_lesson

WRITTEN = lesson_files.written()


@pytest.fixture(scope="module", params=WRITTEN, ids=lambda lesson: lesson.number)
def stored(request):
    return read_lesson(request.param)


def test_every_lesson_of_the_course_folder_is_on_the_map():
    root = lesson_files.ROOT
    notebooks = {path.relative_to(root).as_posix() for path in (root / "course").rglob("*.ipynb")}
    notebooks = {path for path in notebooks if ".ipynb_checkpoints" not in path}
    assert notebooks == {lesson.path for lesson in WRITTEN} | {gallery.PATH}
    assert len(notebooks) >= 3


@pytest.mark.parametrize("rule", RULES)
def test_a_lesson_keeps_the_rule(stored, rule):
    assert not (told := findings(stored, [rule])), "\n".join(map(str, told))
