"""RAGInspector on eight short passages, with a stand-in for an embedding model and a saved answer."""

from . import HOSTILE
from .chunk_viewer import WordTokenizer, letter_counts

PASSAGES = [
    "Cats purr when they are content, and also when they are in pain.",
    "A purr is made by the muscles of the larynx, which open and close it about 25 times a second.",
    "Dogs bark to warn, to greet and to play.",
    "The larynx of a lion is built for roaring; a lion cannot purr as a cat does.",
    "Cheetahs purr, meow and chirp, but cannot roar.",
    "The boiling point of water falls with altitude.",
    "A cat's purr lies between 25 and 150 hertz, a range in which bones are said to heal faster.",
    "Owls turn their heads by up to 270 degrees.",
]
QUERY = "How does a cat purr?"
ANSWER = (
    "A cat purrs with the muscles of its larynx [1]. The sound lies between 25 and 150 hertz [2]. Some say more [9]."
)


def answering(prompt):
    """A stand-in for a language model that gives its answer in pieces."""
    return iter(ANSWER.split(" ") if len(prompt) < 10 else [piece + " " for piece in ANSWER.split(" ")])


def example(hostile=False):
    from llmcourse import RAGInspector

    if hostile:
        inspector = RAGInspector(
            [HOSTILE, f"x {HOSTILE} {HOSTILE}", "\ud800", ""], {HOSTILE[:40]: lambda query: [0, 1, 2, 3]},
            lambda prompt: f"{HOSTILE} [1]. {HOSTILE} [99].", HOSTILE, gold={HOSTILE: [1], "x": [0]}, selected=0,
        )  # fmt: skip
    else:
        inspector = RAGInspector(
            PASSAGES, None, answering, QUERY, k=3, embed=letter_counts, tokenizer=WordTokenizer(), context=170,
            gold={QUERY: [1, 6], "Which animals cannot roar?": [4]}, selected=6,
        )  # fmt: skip
    inspector.ask()
    return inspector
