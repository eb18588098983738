"""A course of tiny notebooks in a folder of its own, for the tests that run lessons."""

import nbformat
from llmcourse import lesson_files
from llmcourse.course_map import Lesson
from llmcourse.lesson_store import tidy


class TinyCourse:
    """course.write("9.1", "SEED = 0", "print(SEED)"): a lesson of these cells, the first tagged `parameters`."""

    def __init__(self, root):
        self.root, self.lessons = root, []

    def write(self, number, *sources):
        cells = [nbformat.v4.new_code_cell(source, id=f"cell-{place}") for place, source in enumerate(sources)]
        cells[0].metadata["tags"] = ["parameters"]
        path = self.root / "course" / f"{number}.ipynb"
        path.parent.mkdir(exist_ok=True)
        nbformat.write(tidy(nbformat.v4.new_notebook(cells=cells)), path)
        if number not in {lesson.number for lesson in self.lessons}:
            self.add(number)
        return path

    def add(self, number):
        self.lessons.append(Lesson(number, f"course/{number}.ipynb", f"Lesson {number}", f"topic_{number}"))


def use(root, monkeypatch=None):
    """A tiny course in `root` in the place of the real one: until the test ends, or for good where there is none."""
    course = TinyCourse(root)
    put = monkeypatch.setattr if monkeypatch else setattr
    put(lesson_files, "ROOT", root)
    put(lesson_files, "LESSONS", course.lessons)
    return course
