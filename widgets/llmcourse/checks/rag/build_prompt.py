"""Exercise: The prompt of retrieval-augmented generation, with a number to cite for each passage."""

import torch

from ...exercise import Exercise, Mistake


def build(question, passages):
    blocks = [f"[{number}] {passage}" for number, passage in enumerate(passages, start=1)]
    return "\n\n".join([*blocks, f"Question: {question}\nAnswer:"])


def numbered_from_zero(question, passages):
    blocks = [f"[{number}] {passage}" for number, passage in enumerate(passages)]
    return "\n\n".join([*blocks, f"Question: {question}\nAnswer:"])


def without_numbers(question, passages):
    return "\n\n".join([*passages, f"Question: {question}\nAnswer:"])


def question_first(question, passages):
    blocks = [f"[{number}] {passage}" for number, passage in enumerate(passages, start=1)]
    return "\n\n".join([f"Question: {question}", *blocks]) + "\nAnswer:"


def run_together(question, passages):
    return build(question, passages).replace("\n\n", "\n")


def answer_not_asked(question, passages):
    return build(question, passages).removesuffix("\nAnswer:")


def first_passage_only(question, passages):
    return build(question, passages[:1])


def make_passages(size, generator):
    subjects, verbs = ["Cats", "Dogs", "Owls", "Bees"], ["sleep", "hunt", "hide", "sing"]
    picks = torch.randint(4, (size + 1, 2), generator=generator).tolist()
    return "Who sleeps?", [f"{subjects[one]} {verbs[other]}." for one, other in picks]


EXERCISE = Exercise(
    name="rag.build_prompt",
    goal="The prompt of retrieval-augmented generation, with a number to cite for each passage.",
    solution=build,
    cases=make_passages,
    mistakes=[
        Mistake("numbered from zero", numbered_from_zero, "The first passage is [1]: `enumerate(passages, start=1)`."),
        Mistake(
            "no numbers",
            without_numbers,
            "Without a number before each passage the model has nothing to cite, and you nothing to check.",
        ),
        Mistake(
            "question before the passages",
            question_first,
            "A language model continues the end of its prompt. Put the question last, next to where it answers.",
        ),
        Mistake(
            "no blank line between",
            run_together,
            "One line break joins the passages into one text. A blank line (two breaks) shows where each ends.",
        ),
        Mistake(
            "no 'Answer:'",
            answer_not_asked,
            "The prompt ends with the question. End it with `Answer:`, so that what follows is one.",
        ),
        Mistake(
            "only the first passage",
            first_passage_only,
            "All passages belong in the prompt: the best one is not always first.",
        ),
    ],
    hint="Make a list of blocks such as `[1] Cats purr.`, add the question's block, and join with a blank line.",
    second_hint='The last block is `f"Question: {question}\\nAnswer:"`, and `"\\n\\n".join(blocks)` joins them.',
    statement=(
        "Return one text: each passage behind its number in brackets, from `[1]`; a blank line after each; then "
        "`Question: …` and, on the next line, `Answer:`.\n\n"
        'Worked value: `build("Who purrs?", ["Cats purr.", "Dogs bark."])` is '
        '`"[1] Cats purr.\\n\\n[2] Dogs bark.\\n\\nQuestion: Who purrs?\\nAnswer:"`.'
    ),
    difficulty=1,
    minutes=4,
)
