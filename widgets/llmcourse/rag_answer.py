"""Run a learner's generate function so that its answer grows in view, can be stopped, and cannot break the widget."""

import time

FEWEST_SECONDS = 0.1  # between two updates of a growing answer


def grow_answer(generate, prompt, stopped, tell):
    """Call generate(prompt), a text or an iterable of pieces. Returns (text, state, problem).

    stopped: asked between pieces; tell(text): called as the text grows, at most ten times a second. state: "done",
    "stopped" or "failed"; problem: then what went wrong, in a sentence. A plain text cannot be stopped while it is
    made; it is thrown away then.

    >>> grow_answer(lambda prompt: ["Yes", "."], "Is it?", stopped=lambda: False, tell=lambda text: None)
    ('Yes.', 'done', '')
    """
    text, told = "", 0.0
    try:
        made = generate(prompt)
        for piece in [made] if isinstance(made, str) else made:
            if stopped():
                break
            if not isinstance(piece, str):
                raise TypeError(f"it must give text, got {type(piece).__name__}")
            text += piece
            if time.monotonic() - told > FEWEST_SECONDS:
                told = time.monotonic()
                tell(text)
    except BaseException as problem:  # exit() in a thread must not leave the widget waiting
        return text, "failed", f"generate failed: {type(problem).__name__}: {problem}"
    return text, "stopped" if stopped() else "done", ""
