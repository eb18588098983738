"""Where files are kept between lessons: the model in a cache, the learner's progress beside their other data."""

import os
from pathlib import Path

import platformdirs


def cache_folder():
    """The folder of the converted models: `$LLMCOURSE_HOME/cache`, or the system's cache folder."""
    home = os.environ.get("LLMCOURSE_HOME")
    return Path(home) / "cache" if home else Path(platformdirs.user_cache_dir("llmcourse", appauthor=False))


def data_folder():
    """The folder of the learner's progress: `$LLMCOURSE_PROGRESS`, `$LLMCOURSE_HOME`, or the system's data folder."""
    home = os.environ.get("LLMCOURSE_PROGRESS") or os.environ.get("LLMCOURSE_HOME")
    return Path(home) if home else Path(platformdirs.user_data_dir("llmcourse", appauthor=False))
