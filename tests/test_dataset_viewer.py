"""DatasetViewer in Python: formats, loss masks against transformers' own, problems, and answers to bad input."""

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from llmcourse import DatasetViewer
from llmcourse.dataset_formats import as_messages
from llmcourse.dataset_packing import MOST_TOKENS
from llmcourse.loss_mask import IGNORED, mask_example
from tiny_tokenizer import byte_tokenizer

VECTORS = Path(__file__).parent / "vectors"
CHATML = (
    "{% for m in messages %}{{ '<|im_start|>' + m['role'] + '\n' }}{% if m['role'] == 'assistant' %}"
    "{% generation %}{{ m['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
    "{% else %}{{ m['content'] + '<|im_end|>\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
TALK = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Hi, how are you?"},
    {"role": "assistant", "content": "Fine 🎉\n\n"},
    {"role": "user", "content": "Fine"},
    {"role": "assistant", "content": "assistant\n  Fine  "},
]


@pytest.fixture
def chatml():
    """Byte tokens with a ChatML template of our own; the fixture's tokenizer may be changed."""
    import copy

    tokenizer = copy.deepcopy(byte_tokenizer())
    tokenizer.chat_template = CHATML
    return tokenizer


def trained_text(example):
    trained = [token for token, label in zip(example.tokens, example.labels, strict=True) if label != IGNORED]
    return "".join(token for token in trained if not token.startswith("<0x"))  # a piece of a character shown before


def test_the_vectors_that_the_page_is_held_to_are_up_to_date():
    spec = importlib.util.spec_from_file_location("make_dataset_viewer", VECTORS / "make_dataset_viewer.py")
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    stored = json.loads((VECTORS / "dataset_viewer.json").read_text(encoding="utf-8"))
    assert json.loads(json.dumps(maker.make_vectors())) == stored


@given(contents=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_the_mask_is_that_of_the_generation_markers(contents):
    tokenizer = byte_tokenizer()
    roles = ["user", "assistant"]
    messages = [{"role": roles[place % 2], "content": content} for place, content in enumerate(contents)]
    reference = tokenizer.apply_chat_template(
        messages, chat_template=CHATML, return_assistant_tokens_mask=True, return_dict=True, tokenize=True
    )

    class WithTemplate:
        chat_template = CHATML
        all_special_ids = tokenizer.all_special_ids

        def __call__(self, *args, **kwargs):
            return tokenizer(*args, **kwargs)

        def apply_chat_template(self, messages, **kwargs):
            return tokenizer.apply_chat_template(messages, chat_template=CHATML, **kwargs)

        def convert_ids_to_tokens(self, number):
            return tokenizer.convert_ids_to_tokens(number)

    ours = mask_example({"messages": messages}, WithTemplate())
    assert ours.ids == reference["input_ids"]
    assert [int(label != IGNORED) for label in ours.labels] == reference["assistant_masks"]


def test_the_real_template_trains_on_answers_and_their_end(tokenizer):
    example = mask_example({"messages": TALK}, tokenizer)
    assert example.ids == tokenizer.apply_chat_template(TALK, tokenize=True, return_dict=False)
    assert trained_text(example) == "Fine 🎉\n\n<|im_end|>assistant\n  Fine  <|im_end|>"
    assert all(label in (IGNORED, number) for label, number in zip(example.labels, example.ids, strict=True))
    by_role = {role: "" for role in example.roles}
    for token, role in zip(example.tokens, example.roles, strict=True):
        by_role[role] += token
    assert by_role["user"] == "Hi, how are you?Fine"
    assert by_role["system"] == "Be brief."


def test_a_template_that_rewrites_earlier_turns_still_finds_the_words(chatml):
    chatml.chat_template = (  # earlier answers lose what stands before the bar
        "{% for m in messages %}[{{ m['role'] }}]{% if loop.last or m['role'] != 'assistant' %}{{ m['content'] }}"
        "{% else %}{{ m['content'].split('|')[-1] }}{% endif %};{% endfor %}"
        "{% if add_generation_prompt %}[assistant]{% endif %}"
    )
    talk = [
        {"role": role, "content": content}
        for role, content in [
            ("user", "q"),
            ("assistant", "one"),
            ("user", "r"),
            ("assistant", "two|three"),
            ("user", "s"),
            ("assistant", "x|y"),
        ]
    ]
    assert trained_text(mask_example(talk, chatml)) == "one;x|y;"
    assert mask_example(talk, chatml).problems == ("answer not found",)
    assert trained_text(mask_example(talk[:4], chatml)) == "one;two|three;"


def test_a_template_that_refuses_beginnings_still_finds_the_words(chatml):
    chatml.chat_template = (
        "{% if messages | length < 4 %}{{ raise_exception('too short') }}{% endif %}"
        "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }};{% endfor %}"
    )
    example = mask_example(TALK[1:], chatml)
    assert trained_text(example) == "Fine 🎉\n\nassistant\n  Fine  "
    with pytest.raises(ValueError, match=r"examples\[0\] does not fit the chat template: too short"):
        DatasetViewer([TALK[:2]], chatml)


@pytest.mark.parametrize(
    "example",
    [
        {"messages": [{"role": "user", "content": "Add.\n\n1"}, {"role": "assistant", "content": "2"}]},
        {
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Add.\n\n1"}]},
                {"role": "assistant", "content": "2"},
            ]
        },
        {"conversations": [{"from": "human", "value": "Add.\n\n1"}, {"from": "gpt", "value": "2"}]},
        {"instruction": "Add.", "input": "1", "output": "2"},
        {"prompt": "Add.\n\n1", "completion": "2"},
        {"prompt": [{"role": "user", "content": "Add.\n\n1"}], "completion": [{"role": "assistant", "content": "2"}]},
        [{"role": "user", "content": "Add.\n\n1"}, {"role": "assistant", "content": "2"}],
    ],
    ids=["openai", "parts", "sharegpt", "alpaca", "prompt", "prompt messages", "bare"],
)
def test_the_formats_say_the_same(example):
    assert as_messages(example) == [{"role": "user", "content": "Add.\n\n1"}, {"role": "assistant", "content": "2"}]


def test_plain_text_and_ready_ids(tokenizer):
    text = mask_example("The cat sat", tokenizer)
    assert text.labels == text.ids == tokenizer("The cat sat")["input_ids"]
    ready = {"input_ids": [504, 2644, 2, 2], "labels": [-100, 2644, 2, -100], "attention_mask": [1, 1, 1, 0]}
    example = mask_example(ready, tokenizer)
    assert (example.tokens, example.labels) == (["The", " cat", "<|im_end|>", "<|im_end|>"], ready["labels"])
    assert example.padding == [False, False, False, True] and example.special == [False, False, True, True]
    unlabelled = mask_example({**ready, "labels": None}, tokenizer)
    assert unlabelled.labels == [504, 2644, 2, -100]


def test_problems_are_named(chatml):
    question = {"role": "user", "content": "q"}
    viewer = DatasetViewer(
        [
            [question, {"role": "assistant", "content": "a"}],
            [question, {"role": "assistant", "content": " "}],
            [question],
            [question, {"role": "assistant", "content": "long " * 20}],
            [question, {"role": "assistant", "content": "a"}],
            [{"role": "user", "content": "long " * 20}, {"role": "assistant", "content": "a"}],
        ],
        chatml,
        max_length=80,
    )
    assert viewer.problems == {
        "empty answer": [1],
        "truncated answer": [3, 5],
        "no trained token": [2, 5],
        "duplicate": [4],
    }
    assert viewer.masked[3].kept == 80
    assert viewer.masked[3].trained == 80 - len("<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n")
    assert "truncated answer (2)" in viewer.summary


def test_search_selection_and_blocks(chatml):
    viewer = DatasetViewer([f"Number {number}" for number in range(50)], chatml)
    viewer.query = "NUMBER 4"
    assert viewer.matches == [4, *range(40, 50)]
    viewer.query = ""
    assert viewer.matches == []
    viewer.selected, viewer.token = 99, 3
    assert (viewer.selected, viewer.token) == (49, 3)
    viewer.token = 10_000
    assert viewer.token == -1
    viewer.wanted = 45
    assert viewer.wanted == -1
    assert int.from_bytes(viewer.block[:4], "little") == 40
    assert int.from_bytes(viewer.block[4:8], "little") == 10


def test_thousands_of_examples_stay_small(chatml):
    viewer = DatasetViewer([f"{number} " + "many words " * 20 for number in range(2000)], chatml)
    assert 500 < viewer.embedded < 2000
    assert len(viewer.data) < 2_000_000
    assert len(viewer.to_html()) < 4_000_000
    huge = DatasetViewer(["x" * 200_000], chatml)
    assert huge.embedded == 1 and len(huge.data) < 10 * MOST_TOKENS


def test_bad_arguments_are_named(chatml):
    for examples in ("text", {"text": "x"}, 3):
        with pytest.raises(TypeError, match="examples must be a list"):
            DatasetViewer(examples, chatml)
    with pytest.raises(ValueError, match="1 to 20,000 examples; it holds 0"):
        DatasetViewer([], chatml)
    for length in (0, -1, 2.5, "many"):
        with pytest.raises(ValueError, match="max_length must be a whole number"):
            DatasetViewer(["x"], chatml, max_length=length)
    bad = [
        (3, "must be a dictionary or a text; got int"),
        ({"question": "x"}, "must hold messages .* it holds question"),
        ({}, "it holds nothing"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "user"}]}, "must hold messages like"),
        ({"messages": [{"role": "user", "content": 3}]}, "must hold texts; one is of type int"),
        ({"input_ids": [1, 2], "labels": [1]}, "one label and one attention_mask entry"),
        ({"input_ids": [999_999]}, "holds the id 999999; the tokenizer's ids go from 0 to"),
        ({"input_ids": ["a"]}, "must hold whole numbers as input_ids"),
    ]
    for example, message in bad:
        with pytest.raises(ValueError, match=rf"examples\[1\] .*{message}"):
            DatasetViewer(["fine", example], chatml)
    chatml.chat_template = None
    with pytest.raises(ValueError, match=r"examples\[0\] holds messages, but the tokenizer has no chat template"):
        DatasetViewer([TALK], chatml)


TEXT = st.one_of(st.text(max_size=30), st.sampled_from(["", "</script><script>x", "\x00\u202e", "\ud83c", "a" * 400]))
EXAMPLE = st.one_of(
    TEXT,
    st.fixed_dictionaries({"instruction": TEXT, "output": TEXT}),
    st.fixed_dictionaries(
        {
            "messages": st.lists(
                st.fixed_dictionaries(
                    {"role": st.sampled_from(["system", "user", "assistant", "tool", "x"]), "content": st.none() | TEXT}
                ),
                min_size=1,
                max_size=4,
            )
        }
    ),
    st.fixed_dictionaries({"input_ids": st.lists(st.integers(0, 255), max_size=9)}),
)


@given(
    examples=st.lists(EXAMPLE, min_size=1, max_size=5),
    max_length=st.none() | st.integers(1, 60),
    selected=st.integers(-3, 9),
    query=TEXT,
)
@settings(max_examples=25, deadline=None)
def test_any_examples_have_a_summary_a_picture_and_a_page(examples, max_length, selected, query):
    import copy

    tokenizer = copy.copy(byte_tokenizer())
    tokenizer.chat_template = CHATML
    viewer = DatasetViewer(examples, tokenizer, max_length, selected=selected, query=query)
    assert viewer.summary.startswith(f"{len(examples):,} examples")
    assert viewer.picture().startswith(b"\x89PNG")
    assert viewer.to_html()
    for example in viewer.masked:
        assert len(example.ids) == len(example.labels) == len(example.tokens) == len(example.roles)
