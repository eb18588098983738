"""Exercise: Windows over a text that overlap by a few words."""

import torch

from ...exercise import Exercise, Mistake


def overlapping_chunks(words, size, overlap):
    chunks, start = [words[:size]], 0
    while start + size < len(words):
        start += size - overlap
        chunks.append(words[start : start + size])
    return chunks


def without_overlap(words, size, overlap):
    return [words[start : start + size] for start in range(0, len(words), size)]


def step_is_the_overlap(words, size, overlap):
    chunks, start = [words[:size]], 0
    while start + size < len(words):
        start += overlap
        chunks.append(words[start : start + size])
    return chunks


def last_window_twice(words, size, overlap):
    return [words[start : start + size] for start in range(0, len(words), size - overlap)]


def end_dropped(words, size, overlap):
    step = size - overlap
    return [words[start : start + size] for start in range(0, len(words) - size + 1, step)]


def make_words(size, generator):
    window = 5 + 2 * int(torch.randint(size + 1, (), generator=generator))
    # The last window lacks one word, and is longer than a step: so both ways of ending wrongly show.
    words = [f"w{number}" for number in range(window + 2 * (window - 2) - 1)]
    return words, window, 2


EXERCISE = Exercise(
    name="vector_store.overlapping_chunks",
    goal="Windows over a text that overlap by a few words.",
    solution=overlapping_chunks,
    cases=make_words,
    mistakes=[
        Mistake(
            "no overlap",
            without_overlap,
            "Your windows touch and do not overlap: a sentence across a border is in no chunk whole. The next window "
            "starts `size - overlap` words further, not `size`.",
        ),
        Mistake(
            "steps by the overlap",
            step_is_the_overlap,
            "You step by `overlap`, so neighbours share almost everything. They should share only `overlap` words: "
            "step by `size - overlap`.",
        ),
        Mistake(
            "a chunk of nothing new",
            last_window_twice,
            "Your last chunk lies wholly inside the one before it: it holds only the overlap. Stop as soon as a window "
            "reaches the end of the text.",
        ),
        Mistake(
            "the end is dropped",
            end_dropped,
            "The last words are in no chunk, so no search can find them. The last window may be shorter than `size`.",
        ),
    ],
    hint="The next window starts `size - overlap` words after the last. Stop when a window has reached the end.",
    second_hint="Keep a `start`. While `start + size < len(words)`, move it and append `words[start : start + size]`.",
    statement=(
        "Cut a list of `words` into windows of `size` that share `overlap` words with the window before. All words "
        "must be in some chunk; the last may be shorter, and none may hold only what the one before it holds. "
        "`list('abcdefg')` with size 4 and overlap 1 gives `[['a', 'b', 'c', 'd'], ['d', 'e', 'f', 'g']]`."
    ),
    difficulty=2,
    minutes=5,
)
