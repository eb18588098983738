"""Exercise: An Alpaca record as OpenAI messages."""

from ...exercise import Exercise, Mistake
from .inputs import random_text


def alpaca_to_messages(record):
    parts = [record["instruction"], record["input"]]
    question = "\n\n".join(part for part in parts if part)
    return [{"role": "user", "content": question}, {"role": "assistant", "content": record["output"]}]


def input_lost(record):
    return alpaca_to_messages(record | {"input": ""})


def empty_input_joined(record):
    question = record["instruction"] + "\n\n" + record["input"]
    return [{"role": "user", "content": question}, {"role": "assistant", "content": record["output"]}]


def instruction_as_system(record):
    return [
        {"role": "system", "content": record["instruction"]},
        {"role": "user", "content": record["input"]},
        {"role": "assistant", "content": record["output"]},
    ]


def sharegpt_instead(record):
    question, answer = alpaca_to_messages(record)
    return [{"from": "human", "value": question["content"]}, {"from": "gpt", "value": answer["content"]}]


def answer_missing(record):
    return alpaca_to_messages(record)[:1]


def make_record(size, generator):
    """Odd sizes hold an input, even ones none."""
    words = [random_text(size + 1, generator) for _ in range(3)]
    return ({"instruction": words[0], "input": words[1] if size % 2 else "", "output": words[2]},)


EXERCISE = Exercise(
    name="instruction_data.alpaca_to_messages",
    goal="An Alpaca record as OpenAI messages.",
    solution=alpaca_to_messages,
    cases=make_record,
    mistakes=[
        Mistake(
            "the input lost",
            input_lost,
            "The instruction alone is only half of the question: a record with an input needs both in the user's turn.",
        ),
        Mistake(
            "an empty input joined",
            empty_input_joined,
            "Many records have no input. Then your question ends in two line breaks that no user types, and the model "
            "learns to expect them. Join only the parts that hold something.",
        ),
        Mistake(
            "the instruction as system turn",
            instruction_as_system,
            "That is a possible design, but not this one: here the user says both, first what to do and then with "
            "what.",
        ),
        Mistake(
            "ShareGPT's names",
            sharegpt_instead,
            "`from`, `value`, `human` and `gpt` are ShareGPT's words. OpenAI messages have `role` and `content`, "
            "`user` and `assistant`.",
        ),
        Mistake(
            "the answer missing",
            answer_missing,
            "Without the assistant's turn there is nothing to learn from. The output belongs into it.",
        ),
    ],
    hint="Two messages: the user's with instruction and input, the assistant's with the output. Input may be empty.",
    second_hint='`"\\n\\n".join(part for part in parts if part)` joins only the parts that are not empty.',
    statement=(
        "`record` has `instruction`, `input` (may be an empty text) and `output`. Return two messages: the user's "
        "holds instruction and input with an empty line between them, the assistant's the output.\n\n"
        'Worked value: `{"instruction": "Add.", "input": "1 + 1", "output": "2"}` becomes `[{"role": "user", '
        '"content": "Add.\\n\\n1 + 1"}, {"role": "assistant", "content": "2"}]`.'
    ),
    difficulty=1,
    minutes=4,
)
