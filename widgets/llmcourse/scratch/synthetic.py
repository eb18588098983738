"""Prompts with which a model writes its own training data: self-instruct, Evol-Instruct, Orca and phi."""

from .chat_templates import chatml

# Each way to make an example harder: what is asked, and a small example of it, without which a small model only copies.
DEPTHS = {
    "constraint": ("Add a condition.", "Tea on Monday at 4 pm.", "Tea on Monday at 4 pm, but only if the sun is out."),
    "detail": (
        "Say more exactly where.",
        "Tea at noon, at Bo's.",
        "Tea at noon, at Bo's, second floor, the blue door.",
    ),
    "change": ("Let the plan change.", "Tea on Monday at 4 pm.", "Not Monday after all: tea on Tuesday at 5:30 pm."),
}
TEACHER = "You are a teacher. First give the answer, then explain it step by step to a child."


def self_instruct(seeds):
    """A prompt that goes on with a list of messages (Wang et al. 2022): the seeds show what is wanted.

    The list stands in the assistant's turn, so that the model has begun it itself and goes on. Cut the answer at its
    first line break.

    >>> self_instruct(["Tea at noon.", "Call me tomorrow."])[-32:]
    'noon.\\n2. Call me tomorrow.\\n3.'
    """
    lines = [f"{place}. {seed}" for place, seed in enumerate(seeds, 1)]
    asked = [{"role": "user", "content": "Write a list of short messages that people send about their plans."}]
    return chatml(asked, True) + "\n".join([*lines, f"{len(lines) + 1}."])


def evolve(text, way):
    """A prompt that makes an example harder in one of `DEPTHS`' ways (Evol-Instruct, Xu et al. 2023)."""
    if way not in DEPTHS:
        raise ValueError(f"way must be one of {', '.join(DEPTHS)}; got {way!r}.")
    asked, before, after = DEPTHS[way]
    turns = [("user", f"{asked}\n\n{before}"), ("assistant", after), ("user", f"{asked}\n\n{text}")]
    return chatml([{"role": role, "content": content} for role, content in turns], True)


def explain(question):
    """A prompt for an explained answer (Orca, Mukherjee et al. 2023): the system turn asks for the reasons."""
    return chatml([{"role": "system", "content": TEACHER}, {"role": "user", "content": question}], True)


def textbook(topic, reader):
    """A prompt for a page of a textbook (phi, Gunasekar et al. 2023): topic and reader vary, so that texts do."""
    asked = f"Write a short paragraph from a school book about {topic}, for {reader}."
    return chatml([{"role": "user", "content": asked}], True)


def first_line(answer):
    """The first line of an answer, without a number and quotation marks around it.

    >>> first_line(' "Lunch on Monday?"\\n5. More')
    'Lunch on Monday?'
    """
    lines = answer.strip().splitlines()
    return lines[0].strip().strip('"“”').strip() if lines else ""
