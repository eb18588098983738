"""progress(): the map tells what was done and what comes next, and can be taken along."""

import json
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import Progress, check, checks, progress, progress_file, progress_rows, quizzes
from llmcourse.course_map import LESSONS
from llmcourse.repository import colab_url

AVAILABLE = [lesson for lesson in LESSONS if lesson.available]


def row(board, number):
    return next(row for row in board.rows if row.lesson.number == number)


def do_everything(topic):
    for exercise in checks.exercises(topic):
        progress_file.record_exercise(exercise.name, "passed")
    for question in quizzes.load(topic)[1]:
        progress_file.record_quiz(topic, question["id"], True)


def test_before_the_first_step():
    board = progress()
    assert [row.lesson for row in board.rows] == LESSONS
    assert {row.state for row in board.rows} == {"planned", "not begun"}
    assert board.next_step == "Open lesson 0 · Start here."
    assert not progress_file.path().exists()


def test_a_solved_exercise_and_an_answered_quiz_show():
    check("start.next_token", lambda logits: logits.max())
    assert row(progress(), "0").exercises == (0, 1, 1)
    assert progress().next_step == "Go on with lesson 0 · Start here: the exercise `start.next_token`."
    check("start.next_token", lambda logits: logits.argmax())
    ids = [question["id"] for question in quizzes.load("start")[1]]
    progress_file.record_quiz("start", ids[0], True)
    progress_file.record_quiz("start", ids[1], False)
    progress_file.record_quiz("start", "a-question-of-an-older-edition", True)
    board = progress()
    assert row(board, "0").cells == ["◐ begun", "1 of 1 passed", f"1 of {len(ids)} right, 1 tried", ""]
    assert board.next_step == "Go on with lesson 0 · Start here: its quiz."


def test_a_visit_begins_a_lesson():
    progress_file.record_visit(AVAILABLE[-1].number)
    board = progress()
    assert row(board, AVAILABLE[-1].number).state == "begun"
    assert board.next_step.startswith(f"Go on with lesson {AVAILABLE[-1].number} ")


def test_done_lessons_lead_to_the_next_and_to_the_end():
    do_everything("start")
    board = progress()
    assert row(board, "0").state == "done"
    assert board.next_step == f"Open lesson {AVAILABLE[1].number} · {AVAILABLE[1].title}."
    for lesson in AVAILABLE:
        do_everything(lesson.topic)
    assert progress().next_step == "You have done every lesson that is written so far."


def test_every_lesson_is_on_the_card_and_in_the_text():
    board = progress()
    for lesson in LESSONS:
        assert f"{lesson.number} {lesson.title}" in board._repr_html_()
        assert f"{lesson.number} {lesson.title}" in repr(board)
    assert "<script" not in board._repr_html_() and "<style" not in board._repr_html_()


def test_links_lead_from_the_notebooks_folder_to_the_lesson(tmp_path, monkeypatch):
    lesson = AVAILABLE[1]
    for each in AVAILABLE[:2]:
        (tmp_path / each.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / each.path).touch()
    monkeypatch.chdir(tmp_path / "course")
    page = progress()._repr_html_()
    assert f'<a href="{lesson.path.removeprefix("course/")}">' in page
    assert page.count("<a ") == 2
    monkeypatch.chdir((tmp_path / lesson.path).parent)
    assert '<a href="../0_start_here.ipynb">' in progress()._repr_html_()


def test_without_the_folders_titles_are_plain_and_in_colab_they_lead_to_colab(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "<a " not in progress()._repr_html_()
    monkeypatch.setitem(__import__("sys").modules, "google.colab", object())
    assert f'<a href="{colab_url("course/0_start_here.ipynb")}">' in progress()._repr_html_()


def test_export_and_import(tmp_path):
    check("start.next_token", lambda logits: logits.argmax())
    saved = progress().export(tmp_path / "saved.json")
    assert saved.read_text() == progress_file.export()
    assert progress_file.parsed(saved.read_text())["exercises"] == progress_file.read()["exercises"]
    progress().reset(confirm=True)
    assert row(progress(), "0").exercises == (0, 0, 1)
    assert row(progress().import_from(saved), "0").exercises == (1, 1, 1)


def test_time_is_shown_in_words(monkeypatch):
    monkeypatch.setattr(progress_rows.quizzes, "load", lambda topic: ("", []))
    record = {**progress_file.empty(), "lessons": {"0": {"visited": "", "seconds": 3700}}}
    assert progress_rows.rows(record)[0].cells[-1] == "1 h 2 min"
    assert [progress_rows.duration(each) for each in (0, 1, 60, 3600)] == ["", "1 min", "1 min", "1 h"]


def ask(board, **message):
    """What a button of the page sends."""
    board._asked(board, message, [])
    return board


def test_the_buttons_do_what_the_methods_do():
    progress_file.record_exercise("start.next_token", "passed")
    board = Progress()
    progress_file.record_exercise("start.next_token", "passed")
    assert ask(board, kind="export").exports == 1
    saved = board.file
    assert saved == progress_file.export(), "the file is that of now, not of when the board was made"
    ask(board, kind="reset")
    kept = next(progress_file.path().parent.glob("progress.before-reset-*.json"))
    assert board.message == f"Your old progress is kept as {kept}."
    assert row(board, "0").state == "not begun"
    assert ask(board, kind="import", text=saved).message.startswith("The file was added")
    assert row(board, "0").exercises == (1, 1, 1)
    assert board.chapters[0]["lessons"][0]["exercises"] == "1 of 1 passed"
    progress_file.record_visit("2.2")
    assert row(board, "2.2").state == "not begun"
    assert row(ask(board, kind="refresh"), "2.2").state == "begun"
    for strange in ({}, {"kind": "nonsense"}, {"kind": ["import"]}):
        before = board.message
        assert ask(board, **strange).message == before
    board._asked(board, "not a dictionary", [])


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "null", '{"version": 1}', "\x00", "\ud800", None])
def test_a_file_that_is_no_progress_is_told_in_the_page(text):
    progress_file.record_visit("0")
    board = ask(Progress(), kind="import", text=text)
    assert (board.error, board.message) == ("The file holds no progress of this course.", "")
    assert list(progress_file.read()["lessons"]) == ["0"]
    assert ask(board, kind="refresh").error == ""


def test_a_newer_file_and_a_broken_one_are_told_in_the_page():
    board = Progress()
    newer = json.dumps({**progress_file.empty(), "version": 99})
    assert "newer version of the course" in ask(board, kind="import", text=newer).error
    progress_file.record_visit("0")
    progress_file.path().write_text("{")
    kept = ask(board, kind="refresh").error
    assert kept.startswith("Your progress file could not be read. It is kept as ")


def test_a_folder_that_cannot_be_written_is_told_in_the_page(learner_folder):
    board = Progress()
    learner_folder.write_text("a file where the folder should be")
    saved = json.dumps({"version": 1, "lessons": {"0": {"visited": ""}}, "exercises": {}, "quizzes": {}})
    assert ask(board, kind="import", text=saved).error.startswith("That did not work: ")


COUNTS = st.integers(0, 10**12)
RECORDS = st.fixed_dictionaries(
    {
        "lessons": st.dictionaries(
            st.sampled_from([lesson.number for lesson in LESSONS] + ["\ud800", "99"]),
            st.fixed_dictionaries({"visited": st.text(max_size=8), "seconds": COUNTS}),
        ),
        "exercises": st.dictionaries(
            st.sampled_from(["start.next_token", "attention.causal_mask", "gone"]),
            st.fixed_dictionaries({"status": st.sampled_from(["passed", "failed"]), "tries": COUNTS}),
        ),
        "quizzes": st.dictionaries(
            st.sampled_from(["start", "attention", "gone"]),
            st.dictionaries(
                st.sampled_from(["softmax-gap", "gqa-saves", "gone"]),
                st.fixed_dictionaries({"right": st.booleans(), "tries": COUNTS}),
            ),
        ),
    }
)


@settings(max_examples=20, deadline=None)
@given(record=RECORDS)
def test_any_progress_can_be_shown(record):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("LLMCOURSE_PROGRESS", folder)
        whole = {"version": 2, "id": "x", "last": None, "others": {}, **record}
        progress_file.path().write_text(json.dumps(whole))
        board = progress()
        assert [row.lesson for row in board.rows] == LESSONS
        assert board.error == "" and board.summary.startswith("Your progress: ") and repr(board)
        assert board.picture().startswith(b"\x89PNG")
        assert board.to_html().count("<script") == 2


def test_a_page_that_is_passed_on_does_not_tell_where_files_are_kept():
    board = progress()
    assert board.kept_in == str(progress_file.path())
    assert board.kept_in not in board.to_html()


def test_import_of_something_else_is_refused_and_changes_nothing(tmp_path):
    progress_file.record_visit("0")
    before = progress_file.read()
    (tmp_path / "other.json").write_text('{"version": 1}')
    with pytest.raises(ValueError, match="holds no progress of this course"):
        progress().import_from(tmp_path / "other.json")
    with pytest.raises(OSError):
        progress().import_from(tmp_path / "missing.json")
    assert progress_file.read() == before


def test_reset_asks_first_and_keeps_the_old_file(capsys):
    progress_file.record_visit("0")
    with pytest.raises(ValueError, match=r"reset\(confirm=True\)"):
        progress().reset()
    with pytest.raises(ValueError):
        progress().reset(confirm="yes")
    assert list(progress_file.read()["lessons"]) == ["0"]
    board = progress().reset(confirm=True)
    assert row(board, "0").state == "not begun"
    kept = next(progress_file.path().parent.glob("progress.before-reset-*.json"))
    assert str(kept) in capsys.readouterr().out
    assert list(json.loads(kept.read_text())["lessons"]) == ["0"]
