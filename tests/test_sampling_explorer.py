"""SamplingExplorer in Python: what it keeps and draws, as the page does, and its answers to bad input."""
