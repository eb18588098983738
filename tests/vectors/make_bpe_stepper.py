"""Makes bpe_stepper.json: training and encoding step by step, for the tests in Python and in JavaScript.

Run: python tests/vectors/make_bpe_stepper.py. test_bpe_stepper.py checks that the file still says the same; test_bpe.py
holds the Python side to Hugging Face tokenizers.
"""

import json
from pathlib import Path

from llmcourse import BPEStepper
from llmcourse.bpe_run import encode_run, train_run
from llmcourse.scratch.bpe import GPT2_SPLIT, BPETokenizer
from llmcourse.scratch.bpe_files import DIGIT_SPLIT

PATH = Path(__file__).with_name("bpe_stepper.json")
SHOWN = 12
TEXTS = {
    "words": "low low low lower newest newest widest it's 2024, isn't it?",
    "ties everywhere": "ab cd ef gh",
    "a pair that overlaps itself": "aaa aaaaa aaaaaaa",
    "white space": "a  b\t\tc\n\n d\u00a0e\u0085f\u2003g \ufeffh",
    "many scripts": "你好 你好世界 مرحبا naïve ﬁ café cafe\u0301 🎉🎉 👩‍👩‍👧 ½ ² Ⅷ",
    "hostile": "</script><script>x</script> \u202e\x00\x01 $& \\1",
    "one character": "a",
}


def make_vectors():
    """The content of bpe_stepper.json."""
    training = [_case(name, text, train_run(text, 20)) for name, text in TEXTS.items()]
    learnt = BPETokenizer().train(" ".join(text for name, text in TEXTS.items() if name != "hostile"), 340)
    # As in real tokenizers: ids in another order, digits split off, special tokens, and bytes that no token carries.
    ids = {token: 5_000 - number for token, number in learnt.ids.items() if token not in (b"\x00", b"\x01")}
    special = {"<|end|>": 7, "<|end": 8}
    tokenizer = BPETokenizer(learnt.merges, ids, (DIGIT_SPLIT, GPT2_SPLIT), special)
    texts = {**TEXTS, "special tokens": "low<|end|><|end low 12.5"}
    encoding = [
        {**_case(name, text, encode_run(text, tokenizer)), "ids": tokenizer.encode(text)}
        for name, text in texts.items()
    ]
    stepper = BPEStepper("x", tokenizer=tokenizer)
    page = {"byte_ids": stepper.byte_ids, "table": stepper.table.hex(), "splits": stepper.splits, "special": special}
    return {"made_by": "tests/vectors/make_bpe_stepper.py", "training": training, "encoding": encoding, "page": page}


def _case(name, text, run):
    ids = {**run.tokenizer.ids, **{text.encode(): number for text, number in run.tokenizer.special.items()}}
    steps = []
    for step in range(len(run.merges) + 1):
        symbols, candidates = run.symbols(step), run.candidates(step)
        shown = [[ids[left], ids[right], weight] for (left, right), weight in candidates[:SHOWN]]
        states = [[ids[symbol] for symbol in piece] for piece in symbols]
        steps.append(
            {"symbols": states, "candidates": shown, "total": len(candidates), "tokens": run.token_count(step)}
        )
    merges = [[ids[left], ids[right], ids[left + right]] for left, right in run.merges]
    return {
        "name": name,
        "text": text,
        "pieces": [list(piece) for piece in run.pieces],
        "merges": merges,
        "steps": steps,
    }


if __name__ == "__main__":
    text = json.dumps(make_vectors()).replace('{"name"', '\n{"name"')  # a case a line
    PATH.write_text(text + "\n", encoding="utf-8")
