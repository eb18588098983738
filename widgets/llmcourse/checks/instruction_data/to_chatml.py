"""Exercise: Messages as ChatML text, ready for the model to answer."""

from ...exercise import Exercise, Mistake
from .inputs import random_text


def to_chatml(messages):
    text = ""
    for message in messages:
        text += f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n"
    return text + "<|im_start|>assistant\n"


def no_opening(messages):
    return to_chatml(messages).removesuffix("<|im_start|>assistant\n")


def end_missing(messages):
    return to_chatml(messages).replace("<|im_end|>", "")


def opening_closed(messages):
    return to_chatml(messages) + "<|im_end|>\n"


def role_on_the_same_line(messages):
    text = "".join(f"<|im_start|>{message['role']} {message['content']}<|im_end|>\n" for message in messages)
    return text + "<|im_start|>assistant "


def no_break_between_turns(messages):
    text = "".join(f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>" for message in messages)
    return text + "<|im_start|>assistant\n"


def last_message_only(messages):
    return to_chatml(messages[-1:])


def make_messages(size, generator):
    """A system turn, then user and assistant in turn, the user last."""
    roles = ["system", *["user", "assistant"] * (size - 1), "user"]
    return ([{"role": role, "content": random_text(3, generator)} for role in roles],)


EXERCISE = Exercise(
    name="instruction_data.to_chatml",
    goal="Messages as ChatML text, ready for the model to answer.",
    solution=to_chatml,
    cases=make_messages,
    mistakes=[
        Mistake(
            "the assistant's turn not opened",
            no_opening,
            "The text ends after the user's turn, so the model may as well write another user turn. Open the "
            "assistant's turn at the end.",
        ),
        Mistake(
            "no end of turn",
            end_missing,
            "Without `<|im_end|>` nothing says where a turn is over, and a model trained so never stops.",
        ),
        Mistake(
            "the opening closed at once",
            opening_closed,
            "You closed the assistant's turn: the model sees an empty answer that is already over.",
        ),
        Mistake(
            "role and words on one line",
            role_on_the_same_line,
            "A line break stands between the role and the words. With a blank the tokens differ from all that the "
            "model was trained on.",
        ),
        Mistake(
            "no line break between turns",
            no_break_between_turns,
            "Each turn ends in `<|im_end|>` and a line break. One missing character, and the ids differ.",
        ),
        Mistake(
            "only the last message",
            last_message_only,
            "A model remembers nothing between calls: the whole conversation must stand in the text each time.",
        ),
    ],
    hint="Each turn is `<|im_start|>`, role, line break, words, `<|im_end|>`, line break. What stands at the very end?",
    second_hint='After the loop over the messages, add `"<|im_start|>assistant\\n"` and nothing else.',
    statement=(
        "Write each message as `<|im_start|>role`, a line break, the content, `<|im_end|>`, a line break. At the end "
        "open the assistant's turn.\n\n"
        'Worked value: `[{"role": "user", "content": "Hi"}]` becomes '
        '`"<|im_start|>user\\nHi<|im_end|>\\n<|im_start|>assistant\\n"`.'
    ),
    difficulty=2,
    minutes=5,
)
