"""The bar over the weights: off inside, as it was outside, whatever happens in between."""

import contextlib

import pytest
from huggingface_hub import utils as hub
from llmcourse.loading_bars import without_loading_bars
from transformers.utils import logging


@pytest.fixture(params=[True, False])
def shown(request):
    before = logging.is_progress_bar_enabled()
    (logging.enable_progress_bar if request.param else logging.disable_progress_bar)()
    yield request.param
    (logging.enable_progress_bar if before else logging.disable_progress_bar)()


def test_the_bars_come_back_after_success_and_failure(shown):
    downloads = hub.are_progress_bars_disabled()
    with without_loading_bars():
        assert not logging.is_progress_bar_enabled()
        assert hub.are_progress_bars_disabled() == downloads  # a download's bar stays
    with contextlib.suppress(KeyError), without_loading_bars():
        raise KeyError
    assert (logging.is_progress_bar_enabled(), hub.are_progress_bars_disabled()) == (shown, downloads)
