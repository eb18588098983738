"""Quiz: the questions of a lesson; every option says why it is right or what leads to it."""

import contextlib
import html

import traitlets

from . import progress_file, quizzes
from .course_map import lesson
from .course_widget import CourseWidget
from .inline_code import with_code


def quiz(topic):
    """Show the quiz of a topic: `quiz("attention")`. Raises ValueError for a topic without a quiz.

    >>> quiz("start")                                                          # doctest: +SKIP
    """
    title, questions = quizzes.load(topic)
    return Quiz(topic, title, questions)


class Quiz(CourseWidget):
    """Test what you understood: answer, read the reason behind every option, try again.

    topic: under this name answers are noted in the learner's progress.
    title, questions: as `quizzes.load(topic)` gives them.
    answers: question id → the choice made in the page: a list of positions of options, a number, or the positions of
    the items in the order they were put. score: how many of these are right.
    counts: question id → {right, tries} so far, what was noted before included; what was right once stays right.

    Works without a kernel too; then nothing is noted.

    >>> quiz("start").score                                                    # doctest: +SKIP
    0
    """

    stem = "quiz_card"

    title = traitlets.Unicode("").tag(sync=True)
    questions = traitlets.List(traitlets.Dict()).tag(sync=True)
    answers = traitlets.Dict().tag(sync=True)
    counts = traitlets.Dict().tag(sync=True)

    def __init__(self, topic, title, questions, **traits):
        self.topic = topic
        super().__init__(title=title, questions=questions, summary=_summary(title, questions), **traits)
        self.observe(self._note, names="answers")
        place = lesson(topic)
        if place:
            self._keep(progress_file.record_visit, place.number)
        with contextlib.suppress(OSError):  # an unreadable file has been told by the line above
            self.counts = progress_file.read()["quizzes"].get(topic, {})

    @property
    def score(self):
        given = [question for question in self.questions if question["id"] in self.answers]
        return sum(quizzes.is_right(question, self.answers[question["id"]]) for question in given)

    def picture(self):
        """PNG bytes: the questions with their options, without the answers."""
        from .quiz_picture import quiz_picture

        return quiz_picture(self.title, self.questions)

    def _note(self, change):
        for question in self.questions:
            name = question["id"]
            if name in change["new"] and change["new"][name] != change["old"].get(name):
                right = quizzes.is_right(question, change["new"][name])
                before = self.counts.get(name, {"right": False, "tries": 0})
                counted = {"right": before["right"] or right, "tries": before["tries"] + 1}
                self.counts = {**self.counts, name: counted}
                self._keep(progress_file.record_quiz, self.topic, name, right)

    def _keep(self, record, *what):
        try:
            record(*what)
        except Exception as problem:  # a folder that cannot be written must not stop the quiz
            self.error = f"Your progress could not be saved: {problem}"
        else:
            self.error = ""

    def _fallback(self):
        """Questions and folded answers as text: more than a picture where no kernel runs, also for a screen reader."""
        items = "".join(f"<li>{_question_html(question)}</li>" for question in self.questions)
        return (
            f"<p><b>{with_code(self.title)}</b></p><ol>{items}</ol>"
            "<p><small>Run the cell to answer and to keep your score.</small></p>"
        )


def _summary(title, questions):
    return f"Quiz: {title}. " + " ".join(f"{i}. {question['text']}" for i, question in enumerate(questions, 1))


def _question_html(question):
    text = f"<p>{with_code(question['text'])}</p>"
    if question["kind"] == "numeric":
        right = f"{question['answer']:g} {question['unit']}".strip()
        traps = "".join(f"<li>{trap['value']:g}: {with_code(trap['reason'])}</li>" for trap in question.get("trap", []))
        return text + _folded(f"<p><b>{html.escape(right)}</b>: {with_code(question['reason'])}</p><ul>{traps}</ul>")
    if question["kind"] == "order":
        shown = "".join(f"<li>{with_code(item['text'])}</li>" for item in question["item"])
        inside = "".join(
            f"<li>{with_code(item['text'])}: {with_code(item['reason'])}</li>"
            for item in sorted(question["item"], key=lambda item: item["place"])
        )
        return f"{text}<p><small>Put these in order.</small></p><ul>{shown}</ul>{_folded(f'<ol>{inside}</ol>')}"
    options = "".join(f"<li>{with_code(option['text'])}</li>" for option in question["option"])
    reasons = "".join(
        f"<li>{'✓' if option['right'] else '✗'} {with_code(option['text'])}: {with_code(option['reason'])}</li>"
        for option in question["option"]
    )
    many = "<p><small>More than one may be right.</small></p>" if question["kind"] == "multiple" else ""
    return f"{text}{many}<ul>{options}</ul>{_folded(f'<ul>{reasons}</ul>')}"


def _folded(inside):
    return f"<details><summary>Answer</summary>{inside}</details>"
