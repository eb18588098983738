"""Exercise: Faithfulness: the share of an answer's claims that the passages support."""

import torch

from ...exercise import Exercise, Mistake


def faithful(claims, passages):
    supported = [any(claim in passage for passage in passages) for claim in claims]
    return sum(supported) / len(supported)


def share_of_passages(claims, passages):
    used = [any(claim in passage for claim in claims) for passage in passages]
    return sum(used) / len(used)


def in_every_passage(claims, passages):
    return sum(all(claim in passage for passage in passages) for claim in claims) / len(claims)


def first_passage_only(claims, passages):
    return sum(claim in passages[0] for claim in claims) / len(claims)


def all_or_nothing(claims, passages):
    return float(all(any(claim in passage for passage in passages) for claim in claims))


def every_mention_counted(claims, passages):
    return sum(claim in passage for claim in claims for passage in passages) / len(claims)


def make_claims(size, generator):
    """Claims that no passage, one, two or all passages support."""
    facts = ["cats purr", "dogs bark", "owls hoot", "bees hum"]
    facts = [facts[place] for place in torch.randperm(4, generator=generator).tolist()]
    both = [f"{facts[0]} and {facts[1]}", f"{facts[0]}, {facts[2]} and {facts[1]}"]
    passages = [*both, *[f"{facts[0]}, fish swim"] * size]
    return [facts[0], facts[1], facts[2], *["cows fly"] * size, "pigs read"], passages


EXERCISE = Exercise(
    name="rag.faithfulness",
    goal="Faithfulness: the share of an answer's claims that the passages support.",
    solution=faithful,
    cases=make_claims,
    mistakes=[
        Mistake(
            "share of passages used",
            share_of_passages,
            "You count passages. Faithfulness is about the answer: of its *claims*, how many does some passage "
            "support?",
        ),
        Mistake(
            "support demanded from every passage",
            in_every_passage,
            "One passage that supports a claim is enough: any(…), not all(…), over the passages.",
        ),
        Mistake(
            "only the first passage read",
            first_passage_only,
            "The support may stand in any of the passages, not only in the first.",
        ),
        Mistake(
            "all or nothing",
            all_or_nothing,
            "One invented claim makes your score 0. It is a share: supported claims / all claims.",
        ),
        Mistake(
            "mentions counted",
            every_mention_counted,
            "A claim that two passages support counts twice for you. Ask of each claim once: is it supported?",
        ),
    ],
    hint="For each claim: `any(claim in passage for passage in passages)`. Then the share that is true.",
    second_hint="sum of those truths / len(claims).",
    statement=(
        "`claims` are the statements of an answer, `passages` what the model was given, both lists of texts. A claim "
        "is supported when it stands in at least one passage (`claim in passage`). Return their share."
        "\n\nWorked value: `faithful(['cats purr', 'cats fly'], ['all cats purr', 'dogs bark'])` is 0.5."
    ),
    difficulty=1,
    minutes=4,
)
