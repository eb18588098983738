"""Exercise: The labels of one example: the answer's tokens, its end token, and -100 for the rest."""

import torch

from ...exercise import Exercise, Mistake


def mask_labels(prompt, answer, end):
    ids = prompt + answer + [end]
    labels = [-100] * len(prompt) + answer + [end]
    return ids, labels


def trained_on_the_prompt(prompt, answer, end):
    ids = prompt + answer + [end]
    return ids, list(ids)


def end_not_trained(prompt, answer, end):
    ids = prompt + answer + [end]
    return ids, [-100] * len(prompt) + answer + [-100]


def end_missing(prompt, answer, end):
    return prompt + answer, [-100] * len(prompt) + answer


def one_too_many(prompt, answer, end):
    ids = prompt + answer + [end]
    return ids, [-100] * (len(prompt) + 1) + ids[len(prompt) + 1 :]


def one_too_few(prompt, answer, end):
    ids = prompt + answer + [end]
    return ids, [-100] * (len(prompt) - 1) + ids[len(prompt) - 1 :]


def shifted_by_hand(prompt, answer, end):
    ids, labels = mask_labels(prompt, answer, end)
    return ids, labels[1:] + [-100]


def masked_with_zero(prompt, answer, end):
    ids, labels = mask_labels(prompt, answer, end)
    return ids, [0 if label == -100 else label for label in labels]


def labels_shorter(prompt, answer, end):
    ids = prompt + answer + [end]
    return ids, answer + [end]


def make_ids(size, generator):
    prompt = torch.randint(10, 900, (size + 1,), generator=generator).tolist()
    answer = torch.randint(10, 900, (size,), generator=generator).tolist()
    return prompt, answer, 2


EXERCISE = Exercise(
    name="instruction_data.mask_labels",
    goal="The labels of one example: the answer's tokens, its end token, and -100 for the rest.",
    solution=mask_labels,
    cases=make_ids,
    mistakes=[
        Mistake(
            "trained on the prompt",
            trained_on_the_prompt,
            "Every token has a label, so the model also learns to write the user's questions. The prompt gets -100.",
        ),
        Mistake(
            "the end not trained",
            end_not_trained,
            "The end token stands there, but nothing trains it: the model will never learn to stop.",
        ),
        Mistake(
            "no end token",
            end_missing,
            "The example stops without an end token. So the model never sees where an answer is over, and goes on.",
        ),
        Mistake(
            "mask off by one: the first answer token is lost",
            one_too_many,
            "You mask one token too many. The first token of the answer is the one that decides how it begins.",
        ),
        Mistake(
            "mask off by one: a prompt token is trained",
            one_too_few,
            "You mask one token too few: the last token of the prompt is trained as if the assistant had written it.",
        ),
        Mistake(
            "shifted by hand",
            shifted_by_hand,
            "Your labels stand one place to the left. The model's loss shifts them itself, so now it would shift "
            "twice: a label belongs to the token at its own place.",
        ),
        Mistake(
            "masked with 0",
            masked_with_zero,
            "0 is a token like any other, and you would train the model to write it. PyTorch's cross-entropy skips "
            "-100.",
        ),
        Mistake(
            "labels shorter than ids",
            labels_shorter,
            "There must be one label for each id. Put -100 in the places of the prompt.",
        ),
    ],
    hint="`ids` is prompt, answer and end token in a row. `labels` has the same length: -100 for each prompt token.",
    second_hint="`[-100] * len(prompt) + answer + [end]` is the whole list of labels.",
    statement=(
        "`prompt` and `answer` are lists of token ids, `end` is the id of the end-of-turn token. Return two lists of "
        "the same length: `ids`, all that the model reads, and `labels`, which hold the id wherever the model is "
        "trained and -100 everywhere else.\n\n"
        "Worked value: `mask_labels([7, 8], [5], 2)` is `([7, 8, 5, 2], [-100, -100, 5, 2])`."
    ),
    difficulty=2,
    minutes=6,
)
