"""The gallery: every widget with one sentence and at most three lines of use.

`python -m llmcourse.gallery` writes course/gallery.ipynb from this list and runs it; README.md shows the same list.
"""

from dataclasses import dataclass
from pathlib import Path

from .repository import REPOSITORY, binder_url, colab_url

PATH = "course/gallery.ipynb"
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Entry:
    """One widget: its class (or function) in `llmcourse`, what a learner does with it, and the code that shows it."""

    name: str
    sentence: str
    code: str


GROUPS = {
    "Inside a model": [
        Entry(
            "Workspace",
            "Type a sentence: tokens, attention, logit lens and next token stand side by side and select each other.",
            'Workspace(model, tokenizer, "The capital of France is")',
        ),
        Entry(
            "TokenView",
            "Cut one text with several tokenizers, compare their counts, and find the same characters in each.",
            'text = "Tokenization of 你好, naïve café, 1234"\n'
            'TokenView(text, tokenizers={"SmolLM2": tokenizer, "characters": "characters", "bytes": "bytes"})',
        ),
        Entry(
            "BPEStepper",
            "Watch a vocabulary being learnt merge by merge on your own text.",
            'BPEStepper("low low low lower newest newest widest", merges=20, step=3)',
        ),
        Entry(
            "AttentionExplorer",
            "See every attention head on your text, and take one weight apart into its query and key.",
            'sentence = "The cat sat because it was tired."\n'
            "AttentionExplorer(model=model, tokenizer=tokenizer, text=sentence, layer=13, head=8)",
        ),
        Entry(
            "LogitLens",
            "Read what the model would say if it stopped after each layer.",
            'LogitLens(model=model, tokenizer=tokenizer, text="The capital of France is")',
        ),
        Entry(
            "ArchitectureExplorer",
            "Walk through a model's parts with their shapes, parameters and cost, or lay two models side by side.",
            'ArchitectureExplorer("gpt2", compare="llama-3-8b")',
        ),
        Entry(
            "EmbeddingExplorer",
            "Find neighbours of words in all dimensions, see what the map hides, and solve king − man + woman.",
            'words = ["king", "queen", "man", "woman", "Paris", "London", "France", "England", "cat", "dog"]\n'
            "EmbeddingExplorer.of_tokens(model, tokenizer, words, selected=0)",
        ),
    ],
    "What comes next": [
        Entry(
            "SamplingExplorer",
            "Turn every knob of decoding at once, draw tokens, and go on from the one that was drawn.",
            'SamplingExplorer(model=model, tokenizer=tokenizer, text="Once upon a time", temperature=0.8, top_p=0.9)',
        ),
        Entry(
            "DecodingTree",
            "Grow the tree of likeliest continuations and see where greedy and beam search part.",
            'DecodingTree(model, tokenizer, "She opened the door and saw", depth=3, width=3)',
        ),
    ],
    "Training": [
        Entry(
            "TrainingMonitor",
            "Follow the curves of a run while it trains, compare runs, pause it and stop it.",
            "monitor = TrainingMonitor(total_steps=300)\n"
            "monitor.start(monitor.log(step, train_loss=3 * 0.98**step + 0.5, lr=1e-3) for step in range(300))\n"
            "monitor",
        ),
        Entry(
            "LossLandscape",
            "Turn a loss surface beside its contours and watch gradient descent run down it or fly off.",
            "axis = [step / 20 - 2 for step in range(81)]\n"
            "LossLandscape.of_function(lambda x, y: (1 - x) ** 2 + 10 * (y - x * x) ** 2, axis, axis, log_scale=True)",
        ),
        Entry(
            "DatasetViewer",
            "See each fine-tuning example as the model reads it, and which of its tokens are trained on.",
            'examples = [{"instruction": "Name a prime.", "output": "7 is a prime."}]\n'
            "DatasetViewer(examples, tokenizer, max_length=64)",
        ),
        Entry(
            "RankExplorer",
            "Slide the rank of a real weight matrix, see what is lost, and what LoRA of that rank trains.",
            "RankExplorer(model=model, rank=8)",
        ),
        Entry(
            "PreferenceLab",
            "Vote blindly on two answers and watch the votes become training data and ratings.",
            'battles = [("greedy", "top-p", 1), ("top-p", "hot", 1), ("hot", "greedy", 0), ("hot", "top-p", 1)] * 8\n'
            'pairs = [{"prompt": "2 + 2?", "a": "4", "b": "22", "model_a": "greedy", "model_b": "hot"}]\n'
            "PreferenceLab(pairs, battles=battles)",
        ),
    ],
    "Smaller numbers": [
        Entry(
            "NumberFormat",
            "Flip the bits of a number in FP32, BF16, FP8 and others, and see what it becomes.",
            'NumberFormat(3.14159, format="bf16")',
        ),
        Entry(
            "QuantizationExplorer",
            "Round real weights to a few bits and see the grid, the error and the outliers.",
            "QuantizationExplorer(model=model, bits=4)",
        ),
        Entry(
            "GGUFMap",
            "Open a model file byte by byte, down to the numbers of one block.",
            "GGUFMap()",
        ),
    ],
    "Grounding in documents": [
        Entry(
            "ChunkViewer",
            "Cut a document with seven splitters and see which words, sentences and headings each cut breaks.",
            'text = "# Boiling\\n\\nWater boils at a lower temperature higher up.\\n\\n## Coffee\\n\\nGrind finer."\n'
            'ChunkViewer(text, size=60, overlap=15, tokenizer=tokenizer, phrase="temperature")',
        ),
        Entry(
            "RAGInspector",
            "Ask a question and follow each passage from its score to the prompt and into the answer.",
            'passages = ["Cats purr when content.", "A purr is made by the larynx.", "Dogs bark to greet."]\n'
            'RAGInspector(passages, query="How does a cat purr?", k=2, tokenizer=tokenizer, context=2048, gold=[1])',
        ),
    ],
    "Running models": [
        Entry(
            "MemoryCalculator",
            "See where memory goes when a model runs or trains, with every formula filled in.",
            'MemoryCalculator("llama-3-8b", weights="nf4", length=8192)',
        ),
        Entry(
            "BatchTimeline",
            "Play the same requests under static and continuous batching.",
            "BatchTimeline(slots=4, spread=0.8)",
        ),
    ],
    "You": [
        Entry("quiz", "Answer questions that give a reason for every option.", 'quiz("attention")'),
        Entry("progress", "See what you have done and what comes next.", "progress()"),
    ],
}


def table():
    """The gallery as a Markdown table for the README.

    >>> table().splitlines()[0]
    '| widget | what you do with it |'
    """
    rows = ["| widget | what you do with it |", "|---|---|"]
    for group, entries in GROUPS.items():
        rows.append(f"| **{group}** | |")
        rows += [f"| `{entry.name}` | {entry.sentence} |" for entry in entries]
    return "\n".join(rows) + "\n"


def notebook():
    """The gallery as a notebook without outputs; its cell ids are the names of the widgets."""
    import nbformat.v4 as v4

    names = {entry.name for entries in GROUPS.values() for entry in entries} | {"load_model"}
    names = sorted(names, key=lambda name: (name[0].islower(), name.lower()))  # as ruff sorts imports
    cells = [
        v4.new_markdown_cell(_OPENING.format(colab=colab_url(PATH), binder=binder_url(PATH)), id="title"),
        v4.new_code_cell(_SETUP.format(repository=REPOSITORY, names=",\n    ".join(names)), id="setup"),
    ]
    for group, entries in GROUPS.items():
        cells.append(v4.new_markdown_cell(f"## {group}", id=group.lower().replace(" ", "-")))
        for entry in entries:
            cells.append(v4.new_markdown_cell(f"### {entry.name}\n\n{entry.sentence}", id=f"{entry.name}-words"))
            cells.append(v4.new_code_cell(entry.code, id=entry.name))
    return v4.new_notebook(cells=cells)


_OPENING = """# The widgets

Each widget of the course with a few lines that show it. Every one works on your own text or numbers, by mouse, touch
or keyboard, and `to_html("page.html")` keeps it as a page that needs neither a kernel nor a network.

[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({colab})
[![Launch on Binder](https://mybinder.org/badge_logo.svg)]({binder})"""


_SETUP = """\
try:
    import llmcourse
except ModuleNotFoundError:  # Colab: add what is missing, upgrade nothing
    %pip install --quiet --no-deps "llmcourse @ git+https://github.com/{repository}" bertviz gguf
from llmcourse import (
    {names},
)

model, tokenizer = load_model()"""


def main():
    from .lessons import store
    from .readme import rewrite

    store(notebook(), ROOT / PATH)
    rewrite("gallery", table())


if __name__ == "__main__":
    main()
