"""A small DatasetViewer over byte tokens."""

import copy

from llmcourse import DatasetViewer
from tiny_tokenizer import byte_tokenizer

from . import HOSTILE

TEMPLATE = (
    "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }};{% endfor %}"
    "{% if add_generation_prompt %}[assistant]{% endif %}"
)


def example(hostile=False):
    tokenizer = copy.copy(byte_tokenizer())
    tokenizer.chat_template = TEMPLATE
    question, answer = (HOSTILE, HOSTILE) if hostile else ("What is 1 plus 1?", "It is 2.")
    examples = [{"instruction": question, "output": answer}, {"instruction": question, "output": ""}, question]
    return DatasetViewer(examples, tokenizer, max_length=60, token=3, query=HOSTILE if hostile else "")
