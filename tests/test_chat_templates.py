"""Templates by hand against Jinja and the embedded tokenizer's own; formats there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from llmcourse.dataset_formats import as_messages
from llmcourse.instruction_set import load_instructions
from llmcourse.scratch.chat_templates import ALPACA_JINJA, LLAMA3_JINJA, alpaca, alpaca_record, chatml, llama3
from llmcourse.scratch.conversation_formats import to_alpaca, to_sharegpt

CHAT = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi {{ there }} <b>"},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Two\n\nlines"},
]


@pytest.mark.parametrize("messages", [CHAT, CHAT[1:], CHAT[:2], CHAT[1:3]], ids=["all", "no system", "two", "answered"])
@pytest.mark.parametrize("generate", [False, True])
def test_templates_equal_the_engine(tokenizer, messages, generate):
    def engine(template):
        return tokenizer.apply_chat_template(
            messages, chat_template=template, tokenize=False, add_generation_prompt=generate
        )

    assert chatml(messages, generate) == engine(None)
    assert llama3(messages, generate) == engine(LLAMA3_JINJA)
    assert alpaca(messages, generate) == engine(ALPACA_JINJA)


def test_chatml_gives_the_tokenizers_ids(tokenizer):
    for example in load_instructions("heldout")[:10]:
        messages = as_messages(example)
        ids = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=False)
        assert tokenizer(chatml(messages), add_special_tokens=False)["input_ids"] == list(ids)


def test_chatml_without_a_system_turn():
    assert chatml(CHAT[1:2], system=None).startswith("<|im_start|>user")
    assert chatml([], system=None, add_generation_prompt=True) == "<|im_start|>assistant\n"


def test_alpaca_record():
    text = alpaca_record({"instruction": "Add.", "input": "1 + 1", "output": "2"})
    assert text.endswith("\n\n### Instruction:\nAdd.\n\n### Input:\n1 + 1\n\n### Response:\n2")
    assert "paired with an input" in text
    bare = alpaca_record({"instruction": "Hi.", "input": "", "output": "Yo"}, with_output=False)
    assert bare.endswith("### Response:\n") and "### Input" not in bare and "paired" not in bare


turns = st.lists(st.tuples(st.text(min_size=1), st.text(min_size=1)), min_size=1, max_size=3)


@given(turns)
def test_sharegpt_there_and_back(pairs):
    messages = [
        {"role": role, "content": text.encode("utf-8", "replace").decode()}
        for pair in pairs
        for role, text in zip(("user", "assistant"), pair, strict=True)
    ]
    assert as_messages(to_sharegpt(messages)) == messages


def test_alpaca_there_and_back():
    for example in load_instructions("train")[:5]:
        messages = as_messages(example)
        assert as_messages(to_alpaca(messages)) == messages
    with_system = [CHAT[0], *CHAT[1:3]]
    assert to_alpaca(with_system)["system"] == "Be brief."
    assert as_messages(to_alpaca(with_system)) == with_system
    with pytest.raises(ValueError, match="one user turn and one assistant turn"):
        to_alpaca(CHAT)
