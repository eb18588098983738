"""A quiz with a question of each kind."""

from llmcourse.quiz_card import Quiz

from . import HOSTILE


def example(hostile=False):
    word = HOSTILE if hostile else "softmax"
    options = [
        {"text": word, "right": True, "reason": f"Yes: {word}."},
        {"text": "relu", "right": False, "reason": "It does not sum to one."},
    ]
    number = {"id": "number", "kind": "numeric", "text": "How many?", "answer": 2, "tolerance": 0.1, "unit": word}
    items = [
        {"text": "weighted sum", "reason": "The weights must be there.", "place": 2},
        {"text": f"{word} of the scores", "reason": f"It needs scores: {word}.", "place": 1},
        {"text": "dot products", "reason": "All else is made from them.", "place": 0},
    ]
    questions = [
        {"id": "one", "kind": "single", "text": f"What is {word}?", "option": options},
        {"id": "many", "kind": "multiple", "text": "Which of these?", "option": options},
        {**number, "reason": "Two."},
        {"id": "steps", "kind": "order", "text": "In which order?", "item": items},
    ]
    return Quiz("start", word, questions)
