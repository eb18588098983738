"""The helper library of the course: a real model, its insides, widgets to touch them, and checks.

Names are imported when first used, so that `import llmcourse` costs nothing and torch waits until a model is needed.
"""

from importlib import import_module

__version__ = "0.1.0"

# A module is never named as a function it holds: importing the module would bind it over the function.
_HOME = {  # public name -> the module that defines it
    "load_model": "models",
    "load_embedder": "embedding_model",
    "describe_machine": "machine",
    "trace": "tracing",
    "Trace": "tracing",
    "TokenView": "token_view",
    "AttentionExplorer": "attention_explorer",
    "SamplingExplorer": "sampling_explorer",
    "DecodingTree": "decoding_tree",
    "BPEStepper": "bpe_stepper",
    "LogitLens": "logit_lens",
    "ArchitectureExplorer": "architecture_explorer",
    "EmbeddingExplorer": "embedding_explorer",
    "TrainingMonitor": "training_monitor",
    "LossLandscape": "loss_landscape",
    "DatasetViewer": "dataset_viewer",
    "RankExplorer": "rank_explorer",
    "PreferenceLab": "preference_lab",
    "NumberFormat": "number_format",
    "QuantizationExplorer": "quantization_explorer",
    "GGUFMap": "gguf_map",
    "ChunkViewer": "chunk_viewer",
    "RAGInspector": "rag_inspector",
    "MemoryCalculator": "memory_calculator",
    "BatchTimeline": "batch_timeline",
    "Workspace": "workspace",
    "bertviz_head_view": "bertviz_views",
    "bertviz_model_view": "bertviz_views",
    "bertviz_neuron_view": "bertviz_views",
    "check": "checking",
    "quiz": "quiz_card",
    "Quiz": "quiz_card",
    "progress": "progress_board",
    "Progress": "progress_board",
}
__all__ = sorted(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"llmcourse has no {name!r}; it has {', '.join(__all__)}")
    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__():
    return __all__
