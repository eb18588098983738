"""BatchTimeline: six requests on two slots, in the middle of the run. It shows numbers only."""

from llmcourse import BatchTimeline


def example(hostile=False):
    """The widget; no text reaches it, so hostile changes nothing."""
    requests = [(0, 300, 12), (0, 20, 40), (0.1, 20, 5), (0.2, 600, 9), (0.9, 10, 1), (1.0, 50, 20)]
    return BatchTimeline(requests, slots=2, time=30, selected=2)
