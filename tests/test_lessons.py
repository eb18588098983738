"""The lesson tools: run with parameters, refresh in place, tidy; a failing lesson loses nothing."""

import nbformat
import pytest
from llmcourse import lesson_files, lesson_run, lesson_store, lessons
from llmcourse.course_map import Lesson

WIDGET = 'from llmcourse import TokenView, load_model\nview = TokenView("a b", load_model()[1])\nview'


def outputs(path):
    cells = [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]
    return [cell.outputs for cell in cells]


def test_run_takes_parameters_and_keeps_copy_and_page(course, tmp_path, capsys):
    source = course.write("9.1", "x = 1", "print(x * 2)")
    before = source.read_text()
    lessons.main(["run", "9.1", "-p", "x", "21"])
    assert "42" in outputs(tmp_path / "out" / "9.1" / "9.1.ipynb")[2][0].text
    assert "42" in (tmp_path / "out" / "9.1" / "9.1.html").read_text()
    assert source.read_text() == before
    assert "9.1.html" in capsys.readouterr().out


def test_a_failing_lesson_keeps_its_copy_and_page(course, tmp_path):
    course.write("9.1", "x = 1", "1 / 0", "print('never')")
    with pytest.raises(lesson_run.LessonFailed, match="cell-1: ZeroDivisionError: division by zero"):
        lesson_run.run("9.1", {}, tmp_path / "kept")
    assert "ZeroDivisionError" in (tmp_path / "kept" / "9.1.html").read_text()


def test_the_command_names_the_failing_cell_without_a_traceback(course, tmp_path):
    course.write("9.1", "x = 1", "1 / 0")
    with pytest.raises(SystemExit, match="Lesson 9.1 stopped in cell cell-1: ZeroDivisionError"):
        lessons.main(["run", "9.1"])


def test_an_older_copy_is_not_taken_for_this_runs(course, tmp_path):
    course.write("9.1", "x = 1", "print('from before')")
    lesson_run.run("9.1", {}, tmp_path / "kept")
    course.write("9.1", "x = 1", "1 / 0")
    with pytest.raises(lesson_run.LessonFailed):
        lesson_run.run("9.1", {}, tmp_path / "kept")
    assert "from before" not in (tmp_path / "kept" / "9.1.html").read_text()


def test_an_error_that_a_lesson_shows_on_purpose_is_none(course, tmp_path):
    path = course.write("9.1", "x = 1", "1 / 0", "print('after')")
    notebook = nbformat.read(path, 4)
    notebook.cells[1].metadata["tags"] = ["raises-exception"]
    nbformat.write(notebook, path)
    page = lesson_run.run("9.1", {}, tmp_path / "kept")
    copy = nbformat.read(page.with_suffix(".ipynb"), 4)
    assert [cell.id for cell in copy.cells] == ["cell-0", "cell-1", "cell-2"], "papermill's marks are gone"
    assert copy.cells[2].outputs[0].text == "after\n"


def test_an_unknown_parameter_is_told_and_nothing_runs(course, tmp_path):
    course.write("9.1", "SEED = 1\nTEXT: str = 'a'", "print(SEED)")
    with pytest.raises(SystemExit, match="Lesson 9.1 has no parameter SEDE; it has SEED, TEXT."):
        lessons.main(["run", "9.1", "-p", "SEDE", "2"])
    assert not (tmp_path / "out").exists()


def test_time_memory_and_the_learners_progress(course):
    held = "import os\nheld = bytearray(200_000_000)\ndel held\nprint(os.environ['LLMCOURSE_PROGRESS'])"
    path = course.write("9.1", "x = 1", held)
    outcome = lesson_run.run_text(path.read_text(), {"x": 2}, "/nowhere")
    assert (outcome["status"], outcome["error"]) == ("passed", "")
    assert 200_000_000 < outcome["peak_bytes"] < 500_000_000
    assert outcome["seconds"] > 0
    copy = nbformat.reads(outcome["notebook"], 4)
    assert copy.cells[-1].outputs[0].text.startswith("/"), "a new learner's, in a folder that is gone now"


@pytest.mark.parametrize("cell", ["1 / 0", "import os\nos._exit(1)", "raise KeyboardInterrupt", "def ("])
def test_whatever_a_lesson_does_wrong_is_an_outcome(course, cell):
    path = course.write("9.1", "x = 1", cell)
    outcome = lesson_run.run_text(path.read_text(), {}, ".")
    assert (outcome["status"], outcome["cell"]) == ("failed", "cell-1")
    assert outcome["error"] and "\n" not in outcome["error"]


def test_refresh_stores_outputs_without_what_dies_with_the_kernel(course):
    path = course.write("9.1", "x = 1", WIDGET)
    lessons.refresh("9.1")
    notebook = nbformat.read(path, 4)
    assert "widgets" not in notebook.metadata
    assert [cell.id for cell in notebook.cells] == ["cell-0", "cell-1"]
    data = notebook.cells[1].outputs[0].data
    assert lesson_store.WIDGET_VIEW not in data
    assert data["text/html"].startswith("<img alt=")


def test_a_closed_progress_bar_is_not_stored(course):
    path = course.write("9.1", "from tqdm.notebook import tqdm\nlist(tqdm(range(3), desc='Writing', leave=False))")
    lessons.refresh("9.1")
    outputs = nbformat.read(path, 4).cells[0].outputs
    assert [output.output_type for output in outputs] == ["execute_result"]


def test_a_failing_refresh_leaves_the_file_as_it_was(course):
    path = course.write("9.1", "x = 1", "1 / 0")
    before = path.read_bytes()
    with pytest.raises(Exception, match="division by zero"):
        lessons.refresh("9.1")
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_an_unknown_lesson_names_those_there_are(course):
    course.write("9.1", "x = 1")
    with pytest.raises(SystemExit, match="no lesson 3.9.*can be run: 9.1"):
        lesson_files.find_lesson("3.9")


def test_a_planned_lesson_says_so(course):
    course.lessons.append(Lesson("9.2", "course/9.2.ipynb", "Two", "two"))
    with pytest.raises(SystemExit, match="not written yet.*make new-lesson LESSON=9.2"):
        lesson_files.find_lesson("9.2")


@pytest.mark.parametrize("text, value", [("3", 3), ("0.5", 0.5), ("True", True), ("In the year", "In the year")])
def test_parameters_are_read_as_python_would(text, value):
    assert lessons._value(text) == value


def test_progress_bars_are_not_kept():
    cell_source = "train()"
    view = {lesson_store.WIDGET_VIEW: {"model_id": "a"}, "text/plain": "Training:   0%|          | 0/3 [00:00<?]"}
    other = {lesson_store.WIDGET_VIEW: {"model_id": "b"}, "text/plain": "50% of it, a slider"}
    bar, slider = (nbformat.v4.new_output("display_data", data) for data in (view, other))
    said = nbformat.v4.new_output("stream", name="stdout", text="done\n")
    cell = nbformat.v4.new_code_cell(cell_source, outputs=[bar, said, slider])
    tidied = lesson_store.tidy(nbformat.v4.new_notebook(cells=[cell]))
    assert tidied.cells[0].outputs == [said, slider]


def test_text_sent_in_pieces_is_one_output():
    pieces = [("stdout", "1, "), ("stdout", "2\n"), ("stderr", "oh\n"), ("stdout", "3\n")]
    outputs = [nbformat.v4.new_output("stream", name=name, text=text) for name, text in pieces]
    tidied = lesson_store.tidy(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("count()", outputs=outputs)]))
    assert [output.text for output in tidied.cells[0].outputs] == ["1, 2\n", "oh\n", "3\n"]
