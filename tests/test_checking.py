"""check(): what a learner is told, for every kind of answer, and that nothing stops the lesson."""

import re
import sys
import threading
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from llmcourse import check, checking, checks, progress_file
from llmcourse.exercise import Exercise, Mistake

EXERCISE = Exercise(
    name="start.scale",
    goal="Twice the matrix.",
    solution=lambda matrix: 2 * matrix,
    cases=lambda size, generator: (torch.randn(size, size + 1, generator=generator),),
    mistakes=[
        Mistake("transposed", lambda matrix: 2 * matrix.T, "The rows became columns."),
        Mistake("squared", lambda matrix: matrix**2, "You multiplied with itself."),
        Mistake("half", lambda matrix: matrix / 2, "You divided."),
    ],
    hint="Two `times` the matrix.",
)
VALUE = Exercise(
    name="start.number",
    goal="Half of one.",
    solution=0.5,
    mistakes=[
        Mistake("double", 2.0, "You doubled."),
        Mistake("one", 1.0, "That is one."),
        Mistake("nothing", 0, "None."),
    ],
    hint="One by two.",
)
LIST = Exercise(
    name="start.list",
    goal="Count to three.",
    solution=[1, 2, 3],
    mistakes=[Mistake("from zero", [0, 1, 2], "Start at one.")],
    hint="Begin with 1.",
)
WORD = Exercise(
    name="start.word",
    goal="Say cat.",
    solution="cat",
    mistakes=[Mistake("dog", "dog", "The other one.")],
    hint="It purrs.",
)

LOOSE = Exercise(
    name="start.loose",
    goal="Say the cat sat.",
    solution="The cat sat",
    mistakes=[Mistake("a question", "Did it?", "Do not ask.", recognise=lambda text: text.endswith("?"))],
    hint="It sat.",
    ignore=["whitespace", "case"],
)
JOIN = Exercise(
    name="start.join",
    goal="The words with blanks between them.",
    solution=lambda words: " ".join(words),
    cases=lambda size, generator: (["cat", "dog", "cow", "hen", "fox", "owl"][:size],),
    mistakes=[
        Mistake("no blanks", lambda words: "".join(words), "Put a blank between two words."),
        Mistake("shouted", lambda words: " ".join(words).upper(), "No.", lambda text, words: text.isupper()),
    ],
    hint="A method of a text.",
    second_hint="`' '.join`",
)
EXERCISES = (EXERCISE, VALUE, LIST, WORD, LOOSE, JOIN)


@pytest.fixture(autouse=True)
def own_exercises(monkeypatch):
    monkeypatch.setattr(checks, "exercises", lambda topic: EXERCISES if topic == "start" else ())


def test_passed():
    result = check("start.scale", lambda x: x + x)
    assert (result.status, result.mistake) == ("passed", None)
    assert repr(result) == "✓ Passed · start.scale\nTwice the matrix."


def stub(matrix):
    """Twice the matrix."""
    ...


def not_written(matrix):
    raise NotImplementedError


@pytest.mark.parametrize("answer", [None, ..., stub, not_written, lambda matrix: None, lambda matrix: NotImplemented])
def test_not_attempted_and_not_counted(answer):
    assert check("start.scale", answer).status == "not attempted"
    assert progress_file.read()["exercises"] == {}


def test_a_named_mistake_on_the_smallest_failing_input():
    result = check("start.scale", lambda x: x.square())
    assert (result.status, result.mistake) == ("failed", "squared")
    assert "You multiplied with itself." in result.sentences
    assert [row.label for row in result.inputs + result.results] == ["matrix", "yours", "expected"]
    assert result.inputs[0].value.shape == (1, 2)
    assert result.hint == ""


def test_the_smallest_failing_input_is_found_when_small_ones_pass():
    result = check("start.scale", lambda x: 2 * x if len(x) < 4 else x)
    assert (result.mistake, tuple(result.inputs[0].value.shape), result.hint) == (None, (4, 5), EXERCISE.hint)


def test_shape_type_and_dtype_come_before_numbers():
    told = [
        check("start.scale", answer).sentences[0]
        for answer in (lambda x: x[:, :1], lambda x: x.tolist(), lambda x: x.long(), lambda x: x.numpy())
    ]
    assert told == [
        "Your result has the shape (1, 1), expected (1, 2).",
        "Your result is a list, expected a torch tensor.",
        "Your result has the dtype torch.int64, expected torch.float32.",
        "Your result is a NumPy array, expected a torch tensor.",
    ]


def test_a_wrong_shape_can_be_a_named_mistake():
    result = check("start.scale", lambda x: (x + x).T)
    assert result.mistake == "transposed"
    assert result.sentences == ["The rows became columns.", "Your result has the shape (2, 1), expected (1, 2)."]


def test_nan_and_infinity():
    assert "holds nan" in check("start.scale", lambda x: x * torch.nan).sentences[0]
    assert check("start.scale", lambda x: x * torch.inf).status == "failed"


def test_an_error_is_told_with_the_learners_own_line():
    def answer(matrix):
        other = torch.zeros(7, 7)
        return matrix @ other

    result = check("start.scale", answer)
    assert result.status == "failed"
    assert "stopped in its line 3 with RuntimeError: mat1 and mat2 shapes" in result.sentences[0]
    assert result.code == "return matrix @ other"
    assert [row.label for row in result.inputs + result.results] == ["matrix"]


def test_an_error_whose_message_fails():
    class Strange(Exception):
        def __str__(self):
            raise ValueError

    def answer(matrix):
        raise Strange

    assert check("start.scale", answer).sentences[0].endswith("with Strange")


def test_exit_and_endless_loops_do_not_stop_the_lesson(monkeypatch):
    def loop(matrix):
        while True:
            pass

    monkeypatch.setattr(checking, "SECONDS", 0.3)
    assert "SystemExit" in check("start.scale", lambda x: exit()).sentences[0]
    assert "no result after 0.3 seconds" in check("start.scale", loop).sentences[0]


def test_a_changed_input_is_detected_and_named():
    def answer(matrix):
        result = 2 * matrix
        matrix.zero_()
        return result

    result = check("start.scale", answer)
    assert (result.status, result.mistake) == ("failed", "changes its input")
    assert "`matrix`" in result.sentences[0]


def test_prints_are_kept_in_the_card(capsys):
    def answer(matrix):
        print("size", len(matrix))
        return matrix

    result = check("start.scale", answer)
    assert result.printed == "size 1\n"
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("answer", [torch.zeros(2), 3, "text", [1]])
def test_a_result_instead_of_the_function(answer):
    assert "Give the function itself" in check("start.scale", answer).sentences[0]


def test_a_function_with_other_parameters():
    assert (
        "is called with 1 argument (matrix), but it takes 2 (a, b)" in check("start.scale", lambda a, b: a).sentences[0]
    )


@pytest.mark.parametrize("name", ["start.scal", "nothing.at.all", "", None, 3, object()])
def test_an_unknown_exercise_is_told_with_near_names(name):
    result = check(name, lambda x: x)
    assert result.status == "not attempted"
    assert "There is no exercise" in result.sentences[0]
    if name == "start.scal":
        assert "Did you mean 'start.scale'" in result.sentences[0]


@pytest.mark.parametrize("answer", [0.5, np.float32(0.5), torch.tensor(0.5), np.array(0.5)])
def test_numbers_as_answers(answer):
    assert check("start.number", answer).status == "passed"


def test_a_wrong_value_does_not_give_the_right_one_away():
    result = check("start.number", 0.7)
    assert (result.status, result.hint) == ("failed", "One by two.")
    assert "0.5" not in repr(result) + result._repr_html_()
    assert check("start.number", 2).mistake == "double"
    assert "expected a number" in check("start.number", "half").sentences[0]


@pytest.mark.parametrize("answer", [[1, 2, 3], (1, 2, 3), torch.tensor([1, 2, 3]), np.arange(1, 4)])
def test_lists_as_answers(answer):
    assert check("start.list", answer).status == "passed"
    assert check("start.list", torch.arange(3)).mistake == "from zero"


def test_texts_as_answers():
    assert check("start.word", " cat\n").status == "passed"
    assert check("start.word", "dog").mistake == "dog"
    assert "cat" not in repr(check("start.word", "cow"))


def test_what_does_not_count_in_a_text_is_said():
    assert check("start.loose", "the  CAT\nsat ").status == "passed"
    result = check("start.loose", "the cat ran")
    assert result.sentences == [
        "Your answer is another one than expected; the first difference is at character 9.",
        "Compared without regard to white space or upper and lower case.",
    ]
    assert "    the cat ran\n            ^" in repr(result)
    assert "sat" not in repr(result).replace("It sat.", "")


@pytest.mark.parametrize("answer", ["Is it?", "WHAT?"])
def test_a_mistake_can_be_recognised_by_a_predicate(answer):
    assert check("start.loose", answer).mistake == "a question"


def test_texts_of_functions_stand_beside_each_other_with_the_difference_marked():
    result = check("start.join", lambda words: "-".join(words))
    assert result.sentences == ["Your result differs first at character 4: '-' where a blank is expected."]
    assert result.inputs[0].value == ["cat", "dog"]
    assert "yours:\n    cat-dog\n       ^\nexpected:\n    cat dog\n       ^" in repr(result)
    page = result._repr_html_()
    assert re.search(r"cat<b style=[^>]*>-</b>dog", page) and re.search(r"cat<b style=[^>]*> </b>dog", page)
    assert check("start.join", "".join).mistake == "no blanks"
    assert check("start.join", lambda words: "-".join(words).upper()).mistake == "shouted"


def test_limits_are_told_in_one_kind_sentence(monkeypatch):
    def recursive(matrix):
        return recursive(matrix)

    def asks(matrix):
        return input("Which? ")

    told = [check("start.scale", answer).sentences[0] for answer in (recursive, asks, lambda x: exit())]
    assert "called itself without end" in told[0]
    assert "stopped in its line 2: it asked for input from the keyboard" in told[1]
    assert "as `exit()` does" in told[2]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits a process's data")
def test_a_huge_allocation_is_told_and_the_lesson_goes_on():
    for answer in (lambda x: torch.zeros(10**9), lambda x: [0] * 10**9):
        assert "asked for more than 512 MB of memory" in check("start.scale", answer).sentences[0]
    assert check("start.scale", lambda x: x + x).status == "passed"


def test_a_flood_of_prints_is_cut_and_counted():
    result = check("start.scale", lambda x: print("x" * 10_000) or x)
    assert "… 8,001 more characters were left out." in result.printed
    assert "8,001 more characters" in result._repr_html_()


def test_a_thread_left_running_is_told():
    ended = threading.Event()

    def answer(matrix):
        threading.Thread(target=ended.wait, args=(20,), daemon=True).start()
        return 2 * matrix

    result = check("start.scale", answer)
    ended.set()
    assert (result.status, result.note) == (
        "passed",
        "The function left 1 thread running; wait for each with `join()`.",
    )


class Hostile:
    def __repr__(self):
        raise RuntimeError("no repr")

    def __eq__(self, other):
        raise RuntimeError("no comparison")

    __hash__ = None


def endless_list():
    items = []
    items.append(items)
    return items


@pytest.mark.parametrize(
    "value",
    [
        Hostile(),
        [Hostile()],
        endless_list(),
        torch.zeros(2, device="meta"),
        torch.eye(2).to_sparse(),
        "x" * 10**6,
        {1: Hostile()},
    ],
)
def test_hostile_results_are_shown_without_an_error(value):
    for result in (check("start.scale", lambda x: value), check("start.number", value), check("start.list", value)):
        assert result.status == "failed"
        assert len(result._repr_html_()) < 10_000 and len(repr(result)) < 10_000


def test_every_text_of_the_learner_is_escaped():
    attack = "<script>alert(1)</script><img src=x onerror=alert(2)>"

    def answer(matrix):
        print(attack)
        raise ValueError(attack)

    for result in (check("start.scale", answer), check("start.scale", lambda x: attack), check(attack, answer)):
        page = result._repr_html_()
        assert "<script" not in page and "<img" not in page
        assert "&lt;script&gt;" in page


def test_the_card_holds_only_what_an_untrusted_notebook_keeps():
    tags = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            tags.append((tag, [name for name, _ in attributes]))

    reader = Reader()
    reader.feed(check("start.scale", lambda x: print("hello") or x)._repr_html_())
    assert {tag for tag, _ in tags} == {"div", "b", "code", "table", "tr", "td", "small", "details", "summary", "pre"}
    assert {name for _, names in tags for name in names} <= {"style"}


def test_the_card_shows_wrong_numbers_marked_beside_the_expected_ones():
    def answer(matrix):
        wrong = 2 * matrix
        wrong[0, 1] = 1.25
        return wrong

    page = check("start.scale", answer)._repr_html_()
    marked = re.findall(r"font-weight: bold[^>]*>([^<]*)<", page)
    assert marked == ["1.2500"]
    assert page.index(">yours<") < page.index("1.2500") < page.index(">expected<")


def test_colours_stand_out_on_white_and_on_dark():
    def luminance(colour):
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    pages = [check("start.scale", answer)._repr_html_() for answer in (lambda x: 2 * x, lambda x: x, None)]
    colours = set(re.findall(r"#[0-9a-f]{6}", "".join(pages)))
    assert len(colours) == 3
    for colour in colours:  # lines, which need 3:1; the text has the page's own colour
        for background in ("#ffffff", "#111111"):
            light, dark = sorted((luminance(colour), luminance(background)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3, (colour, background)
    assert not re.search(r"[^-]color: #", "".join(pages))


def test_the_same_answer_gives_the_same_card():
    answers = [lambda x: x.square(), lambda x: torch.rand(x.shape), lambda x: x[0, 0, 0]]
    for answer in answers:
        assert check("start.scale", answer)._repr_html_() == check("start.scale", answer)._repr_html_()


def test_results_are_recorded():
    check("start.scale", lambda x: x)
    check("start.scale", lambda x: 2 * x)
    check("start.scale", lambda x: x)
    check("start.number", 3)
    progress = progress_file.read()
    assert progress["exercises"] == {
        "start.scale": {"status": "passed", "tries": 3},
        "start.number": {"status": "failed", "tries": 1},
    }
    assert list(progress["lessons"]) == ["0"]


def test_a_folder_that_cannot_be_written_is_told_in_one_line(learner_folder):
    learner_folder.write_text("a file where the folder should be")
    result = check("start.scale", lambda x: 2 * x)
    assert result.status == "passed"
    assert result.note.startswith("Your progress could not be saved: ")
    assert result.note in repr(result)
    assert "Your progress could not be saved" in result._repr_html_()


def test_a_fault_in_an_exercise_is_told_and_not_counted(monkeypatch):
    broken = Exercise("start.broken", "Goal.", lambda x: 1 / 0, [], "Hint.", cases=lambda size, generator: (size,))
    monkeypatch.setattr(checks, "exercises", lambda topic: (broken,) if topic == "start" else ())
    result = check("start.broken", lambda x: x)
    assert "could not be judged (ZeroDivisionError: division by zero)" in result.sentences[0]
    assert progress_file.read()["exercises"] == {}
