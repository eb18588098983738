"""A quiz with a question of each kind."""

from llmcourse.quiz_card import Quiz

from . import HOSTILE


def example(hostile=False):
    word = HOSTILE if hostile else "softmax"
    options = [
        {"text": word, "right": True, "reason": f"Yes: {word}."},
        {"text": "relu", "right": False, "reason": "It does not sum to one."},
    ]
    questions = [
        {"id": "one", "kind": "single", "text": f"What is {word}?", "option": options},
        {"id": "many", "kind": "multiple", "text": "Which of these?", "option": options},
        {
            "id": "number",
            "kind": "numeric",
            "text": "How many?",
            "answer": 2,
            "tolerance": 0.1,
            "unit": word,
            "reason": "Two.",
        },
    ]
    return Quiz("start", word, questions)
