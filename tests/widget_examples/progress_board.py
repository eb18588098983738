"""The progress of a learner who has begun; the file it reads is the test's own."""

from llmcourse import Progress, progress_file

from . import HOSTILE


def example(hostile=False):
    progress_file.record_visit("0")
    progress_file.record_exercise("start.next_token", "passed")
    progress_file.record_quiz("start", "softmax-gap", False)
    board = Progress()
    if hostile:
        lesson = {"number": HOSTILE, "title": HOSTILE, "state": HOSTILE, "link": "javascript:alert(1)"}
        lesson |= {"exercises": HOSTILE, "quiz": HOSTILE, "time": HOSTILE, "parts": [[1, 2], [0, 0]]}
        planned = {**lesson, "state": "planned"}
        board.chapters = [{"title": HOSTILE, "lessons": [lesson, planned]}]
        board.next_step = board.message = board.kept_in = board.file = HOSTILE
        board.next_link = "javascript:alert(1)"
    return board
