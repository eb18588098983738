"""transformers' own bar over the weights is switched off while a model is loaded: it takes a second."""

import contextlib


@contextlib.contextmanager
def without_loading_bars():
    """Inside this context transformers shows no bar; the hub's bars of downloads stay."""
    from huggingface_hub import utils as hub
    from transformers.utils import logging

    bars, hub_silent = logging.is_progress_bar_enabled(), hub.are_progress_bars_disabled()
    logging.disable_progress_bar()  # the hub's too
    if not hub_silent:
        hub.enable_progress_bars()
    try:
        yield
    finally:
        if bars:
            logging.enable_progress_bar()
        if hub_silent:
            hub.disable_progress_bars()
