"""Programs outside Python that some tests need: Chromium, Node."""

import os
import shutil

import pytest


def need_program(*names):
    """The path of the first of these programs; skip the test where none is installed, fail where CI must have it."""
    for name in names:
        if path := shutil.which(name):
            return path
    reason = f"needs one of: {', '.join(names)}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
