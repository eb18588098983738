"""The prompt of retrieval-augmented generation and what can be traced in its answer.

static/rag_prompt.js does the same in the page; tests/vectors/rag_inspector.json holds both to it.
"""

import re
from itertools import pairwise

from .scratch.retrieval import terms
from .scratch.splitters import sentence_bounds

TEMPLATE = (
    "Answer the question from the passages below. Cite each passage that you use by its number, like [1]. "
    "If the passages do not hold the answer, say so.\n\n{passages}\n\nQuestion: {question}\nAnswer:"
)
_SLOT = re.compile(r"(\{passages\}|\{question\})")
_CITATION = re.compile(r"\[([0-9]{1,3}(?:, ?[0-9]{1,3})*)\]")


def check_template(template):
    """Raise ValueError unless the template has {passages} and {question}, once each."""
    slots = _SLOT.findall(template)
    if sorted(slots) != ["{passages}", "{question}"]:
        raise ValueError("template must hold {passages} and {question}, once each.")


def passage_block(number, passage):
    """A passage as it stands in the prompt.

    >>> passage_block(1, "Cats purr.")
    '[1] Cats purr.'
    """
    return f"[{number}] {passage}"


def fill(template, passages, question):
    """The prompt; what passages or question hold is never read as a slot.

    >>> fill("{passages} Q: {question}", ["Cats {question}."], "Why?")
    '[1] Cats {question}. Q: Why?'
    """
    blocks = "\n\n".join(passage_block(number, passage) for number, passage in enumerate(passages, start=1))
    values = {"{passages}": blocks, "{question}": question}
    return "".join(values.get(part, part) for part in _SLOT.split(template))


def fitting(costs, fixed, limit):
    """How many passages, best first, fit into a prompt: the worst of them fall out first.

    costs: tokens of each passage's block. fixed: tokens of the rest. limit: tokens for both, 0 for no limit.

    >>> fitting([30, 40, 20], fixed=20, limit=100)
    2
    """
    total = fixed
    for count, cost in enumerate(costs):
        total += cost
        if limit and total > limit:
            return count
    return len(costs)


def citations(answer):
    """The numbers cited in an answer, with their places: [(start, end, [numbers]), …].

    >>> citations("Yes [1], no [2, 3].")
    [(4, 7, [1]), (12, 18, [2, 3])]
    """
    return [
        (match.start(), match.end(), [int(number) for number in match[1].split(",")])
        for match in _CITATION.finditer(answer)
    ]


def shared_words(answer, passages):
    """Of each answer sentence's different words, the share that stands in each passage: [(sentence, [shares]), …].

    It measures wording, not truth: a copied sentence scores 1, a right paraphrase may score little. Citations are left
    out, and sentences without a word.

    >>> shared_words("Cats purr [1].", ["All cats sleep."])
    [('Cats purr [1].', [0.5])]
    """
    held, rows = [set(terms(passage)) for passage in passages], []
    for start, end in pairwise(sentence_bounds(answer)):
        said = set(terms(_CITATION.sub(" ", answer[start:end])))
        if said:
            rows.append((answer[start:end].strip(), [len(said & words) / len(said) for words in held]))
    return rows
