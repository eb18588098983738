"""Token labels: Python against the vectors that the page's JavaScript is held to as well."""

import json
from pathlib import Path

import pytest
from llmcourse.labels import token_label

VECTORS = json.loads((Path(__file__).parent / "vectors" / "labels.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["label"] or "empty")
def test_label(vector):
    assert token_label(vector["token"], vector["longest"]) == vector["label"]
