"""scratch/memory.py: what each memory keeps of a dialogue."""

import doctest

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from llmcourse.scratch import memory
from llmcourse.scratch.memory import BufferMemory, SummaryMemory, VectorMemory, WindowMemory, turn_text


def words(text):
    return len(text.split())


def test_the_examples_in_the_docstrings():
    assert doctest.testmod(memory).failed == 0


@given(st.lists(st.text("ab \n", max_size=15), max_size=6), st.integers(0, 30))
def test_a_window_is_the_longest_end_that_fits(questions, budget):
    whole, window = BufferMemory(), WindowMemory(budget, words)
    for question in questions:
        whole.add(question, "yes")
        window.add(question, "yes")
    turns = whole.turns
    fitting = [turns[start:] for start in range(len(turns) + 1) if sum(map(words, turns[start:])) <= budget]
    assert window.recall("?") == "\n".join(max(fitting, key=len))
    assert whole.recall("?") == "\n".join(turns)


def test_a_vector_memory_keeps_the_order_in_which_things_were_said():
    axes = ["cat", "dog", "owl"]
    remembered = VectorMemory(lambda texts: np.array([[text.count(one) + 1e-3 for one in axes] for text in texts]), k=2)
    for animal in axes:
        remembered.add(f"a {animal}?", "yes")
    assert remembered.recall("owl owl cat") == turn_text("a cat?", "yes") + "\n" + turn_text("a owl?", "yes")
    assert VectorMemory(lambda texts: np.ones((len(texts), 2))).recall("anything?") == ""


def test_a_summary_sees_the_old_one_and_the_new_turn():
    seen = []
    summary = SummaryMemory(lambda old, turn: seen.append((old, turn)) or f"S{len(seen)}")
    summary.add("one?", "1")
    summary.add("two?", "2")
    assert seen == [("", turn_text("one?", "1")), ("S1", turn_text("two?", "2"))]
    assert summary.recall("?") == "S2"
