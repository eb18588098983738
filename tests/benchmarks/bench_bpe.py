"""Measure BPE beside its peers, in one run: `python tests/benchmarks/bench_bpe.py`.

Training and encoding: ours, Hugging Face `tokenizers` (Rust) and the textbook's recounting get the same text of the
encyclopedia; all must learn the same merges and give the same ids, or nothing is reported. The textbook would take
hours for 1 MB, so it is measured on 0.2 MB and 100 merges, where ours is measured too. The figures go to
results/bpe.json.
"""

import json

from llmcourse.scratch.bpe import BPETokenizer
from llmcourse.scratch.bpe_files import from_json
from llmcourse.scratch.bpe_textbook import train_by_recounting
from llmcourse.vocabularies import english_text
from measurements import budget, median_time, save_results
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from tqdm import tqdm

LARGE, SMALL = (1_000_000, 1_000), (200_000, 100)  # bytes of text, merges
ALPHABET = sorted(pre_tokenizers.ByteLevel.alphabet())


def first_bytes(text, size):
    """The longest beginning of a text that takes at most `size` bytes."""
    return text.encode()[:size].decode("utf-8", "ignore")


def train_ours(text, merges):
    return BPETokenizer().train(text, 256 + merges)


def train_library(text, merges):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(vocab_size=256 + merges, initial_alphabet=ALPHABET, show_progress=False)
    tokenizer.train_from_iterator([text], trainer)
    return tokenizer


def train_textbook(text, merges):
    return train_by_recounting(BPETokenizer().split(text), merges)


def row(name, task, text, merges, seconds):
    size = len(text.encode())
    return {
        "name": name,
        "task": task,
        "bytes": size,
        "merges": merges,
        "seconds": seconds,
        "mb_s": size / 1e6 / seconds,
    }


def learnt(library):
    return from_json(json.loads(library.to_str()))["merges"]


def main():
    rows, text = [], english_text(2_000_000)
    bar = tqdm(total=6, unit="task")

    def timed(name, task, repeats, run, sample, merges):
        bar.set_description(f"{name}, {task}")
        value, seconds = median_time(run, repeats)
        rows.append(row(name, task, sample, merges, seconds))
        bar.update()
        return value, seconds

    large, small = first_bytes(text, LARGE[0]), first_bytes(text, SMALL[0])
    ours, ours_s = timed("course", "train", 3, lambda: train_ours(large, LARGE[1]), large, LARGE[1])
    library, _ = timed("tokenizers", "train", 3, lambda: train_library(large, LARGE[1]), large, LARGE[1])
    assert ours.merges == learnt(library)
    quick, quick_s = timed("course", "train", 3, lambda: train_ours(small, SMALL[1]), small, SMALL[1])
    slow, slow_s = timed("textbook", "train", 1, lambda: train_textbook(small, SMALL[1]), small, SMALL[1])
    assert quick.merges == slow
    fresh = BPETokenizer(ours.merges)  # knows no word yet: the cache is part of what is measured
    ids, _ = timed("course", "encode", 1, lambda: fresh.encode(large), large, LARGE[1])
    same, _ = timed("tokenizers", "encode", 3, lambda: library.encode(large).ids, large, LARGE[1])
    assert ids == same
    bar.close()
    # The textbook counts every pair of the text for every merge: its time grows with text × merges.
    scaled = slow_s * (LARGE[0] / SMALL[0]) * (LARGE[1] / SMALL[1])
    budgets = [
        budget("BPE training in plain Python, 1 MB of text, 1,000 merges", ours_s, 10, "s"),
        budget(
            "the same against the textbook's (measured at 0.2 MB, 100 merges; scaled)", scaled / ours_s, 100, "×", True
        ),
        budget("BPE training against the textbook's, both at 0.2 MB and 100 merges", slow_s / quick_s, 10, "×", True),
    ]
    print(save_results("bpe", rows, budgets))


if __name__ == "__main__":
    main()
