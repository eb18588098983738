"""Each lesson in a real JupyterLab: run from top to bottom, its widgets alive, nothing asked from outside."""

from pathlib import Path

import pytest
from llmcourse.course_map import LESSONS

ROOT = Path(__file__).parents[2]
WRITTEN = [lesson for lesson in LESSONS if (ROOT / lesson.path).exists()]
BADGES = {  # at the head of every lesson: the only pictures that lie outside; without a network their names are shown
    "https://colab.research.google.com/assets/colab-badge.svg",
    "https://mybinder.org/badge_logo.svg",
}
ERRORS = """() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells)
  .filter((cell) => cell.type === 'code' && cell.outputs.toJSON().some((output) => output.output_type === 'error'))
  .map((cell) => cell.id)"""


# Tests of one scope share a worker, and xdist takes for the scope what stands before the last "::". With one in its
# name each lesson, minutes long, is a scope of its own, so that they are shared out among the workers.
@pytest.mark.parametrize("lesson", WRITTEN, ids=lambda lesson: f"{lesson.number}::page")
def test_lesson_runs_with_its_widgets_alive(lesson, lab):
    notebook = lab(ROOT / lesson.path, run=False)
    # The saved pictures are shown until a cell is run.
    notebook.run_all(timeout=900)  # against a hanging cell; how long a lesson may take is the bench's business
    assert notebook.page.evaluate(ERRORS) == []
    # JupyterLab draws the cells that are in view: bring each widget there and see that it lives.
    source = (ROOT / lesson.path).read_text(encoding="utf-8")
    for name, mark in {
        "TokenView(": ".llmc-token-view",
        "BPEStepper(": ".llmc-bpe-headline",
        "AttentionExplorer(": ".llmc-attention",
        "ArchitectureExplorer(": ".llmc-architecture-total",
        "SamplingExplorer(": ".llmc-sampling",
        "DecodingTree(": ".llmc-decoding-tree",
        "LossLandscape(": ".llmc-loss-contour",
        "TrainingMonitor(": ".llmc-training-monitor",
        "GGUFMap(": ".llmc-gguf-map",
        "NumberFormat(": ".llmc-number-format",
        "QuantizationExplorer(": ".llmc-quantization",
        "ChunkViewer(": ".llmc-chunk-viewer",
        "EmbeddingExplorer(": ".llmc-embedding-explorer",
        "RAGInspector(": ".llmc-rag-inspector",
        "DatasetViewer(": ".llmc-dataset-viewer",
        "RankExplorer(": ".llmc-rank-explorer",
        "MemoryCalculator(": ".llmc-memory-calculator",
        "PreferenceLab(": ".llmc-preference-lab",
        "BatchTimeline(": ".llmc-batch-head",
        "quiz(": ".llmc-quiz",
    }.items():
        if name in source:
            scroll_to(notebook, name)
            notebook.page.locator(mark).first.wait_for(timeout=30_000)
    notebook.page.external[:] = [url for url in notebook.page.external if url not in BADGES]


def scroll_to(notebook, text):
    """Bring the last cell that holds `text` into view."""
    notebook.page.evaluate(
        """(text) => {
          const content = window.jupyterapp.shell.currentWidget.content;
          const place = Array.from(content.model.cells).findLastIndex(
            (cell) => cell.type === 'code' && cell.sharedModel.getSource().includes(text));
          return content.scrollToItem(place, 'center').then(() => null);
        }""",
        text,
    )
