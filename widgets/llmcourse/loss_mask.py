"""What the model reads of a fine-tuning example, and which of its tokens it is trained on."""

from __future__ import annotations

from dataclasses import dataclass

from .dataset_formats import as_messages, plain_text
from .tracing import piece_name

IGNORED = -100  # the label that PyTorch's cross-entropy skips
ROLES = ("template", "system", "user", "assistant", "tool", "other")
PROBLEMS = ("empty answer", "truncated answer", "no trained token", "duplicate", "answer not found")


@dataclass(frozen=True)
class MaskedExample:
    """One example as tokens with labels.

    text: after the chat template. tokens: their texts. ids, labels: one each a token, -100 where it is not trained on.
    roles: whose words a token is (`ROLES`); "template" for what the chat template added. special, padding: flags.
    kept: how many tokens are left at max_length. problems: of `PROBLEMS`.
    """

    text: str
    tokens: list[str]
    ids: list[int]
    labels: list[int]
    roles: list[str]
    special: list[bool]
    padding: list[bool]
    kept: int
    problems: tuple[str, ...]

    @property
    def trained(self):
        """How many of the kept tokens are trained on."""
        return sum(label != IGNORED for label in self.labels[: self.kept])


def mask_example(example, tokenizer, max_length=None):
    """Turn an example into tokens and labels, as supervised fine-tuning does.

    example: see dataset_formats.as_messages; a plain text (all of it is trained on); or {"input_ids", "labels",
        "attention_mask"}, the last two optional.
    max_length: tokens after it are dropped, as a trainer would; None keeps all.

    Trained are the assistant's turns. Few chat templates carry the markers ({% generation %}) that transformers needs
    to tell which tokens those are. So the conversation is rendered up to each answer, with the prompt to generate, and
    once more with the answer: what came between is the answer with its end-of-turn token (white space after that token
    is left out). Where a template renders the beginning of a conversation differently from the whole (Qwen 3 drops
    earlier thoughts), the answer's own words are looked for in the text, and its end-of-turn token is not trained on.

    Raises ValueError, saying what is wrong with the example.

    >>> mask_example({"messages": [...]}, tokenizer).trained                   # doctest: +SKIP
    """
    messages = as_messages(example)
    if messages is not None:
        return _mask_messages(messages, tokenizer, max_length)
    text = plain_text(example)
    if text is None:
        return _mask_ready(example, tokenizer, max_length)
    tokens, ids, _ = _cut(tokenizer, text, add_special_tokens=True)
    return _finish(tokenizer, text, tokens, ids, list(ids), ["other"] * len(ids), max_length)


def _mask_messages(messages, tokenizer, max_length):
    if not getattr(tokenizer, "chat_template", None):
        raise ValueError("holds messages, but the tokenizer has no chat template: set tokenizer.chat_template.")

    def render(part, generate=False):
        try:
            return tokenizer.apply_chat_template(part, tokenize=False, add_generation_prompt=generate)
        except Exception as problem:  # templates check roles and their order with Jinja's own exceptions
            if part is messages:
                raise ValueError(f"does not fit the chat template: {str(problem)[:200]}") from problem
            return None  # a beginning that the template does not accept on its own

    text = render(messages)
    spans, answers, problems, at = [], [], [], 0
    for place, message in enumerate(messages):
        content = message["content"]
        before = after = None
        if message["role"] == "assistant":
            before, after = render(messages[:place], True), render(messages[: place + 1])
            if not content.strip() and not message.get("tool_calls"):
                problems.append("empty answer")
        exact = before is not None and after is not None and text.startswith(after) and after.startswith(before)
        start, end = _find(text, content, len(before) if exact else at)
        if start >= 0:
            spans.append((start, end, message["role"]))
            at = end
        if exact:
            answers.append((len(before), max(len(after.rstrip()), end)))
        elif message["role"] == "assistant" and start >= 0:
            answers.append((start, end))
        elif message["role"] == "assistant":
            problems.append("answer not found")
    tokens, ids, offsets = _cut(tokenizer, text, add_special_tokens=False)  # the template has written them
    labels = [number if _within(offset, answers) else IGNORED for number, offset in zip(ids, offsets, strict=True)]
    roles = [_role(offset, spans) for offset in offsets]
    return _finish(tokenizer, text, tokens, ids, labels, roles, max_length, problems)


def _mask_ready(example, tokenizer, max_length):
    ids = _numbers(example, "input_ids")
    labels = _numbers(example, "labels") if example.get("labels") is not None else None
    mask = _numbers(example, "attention_mask") if example.get("attention_mask") is not None else [1] * len(ids)
    if len(mask) != len(ids) or (labels is not None and len(labels) != len(ids)):
        raise ValueError("must hold one label and one attention_mask entry for each of its input_ids.")
    if labels is None:
        labels = [number if seen else IGNORED for number, seen in zip(ids, mask, strict=True)]
    size = len(tokenizer)
    if wrong := [number for number in ids if not 0 <= number < size]:
        raise ValueError(f"holds the id {wrong[0]}; the tokenizer's ids go from 0 to {size - 1}.")
    tokens = [piece_name(tokenizer, number) for number in ids]
    roles = ["assistant" if label != IGNORED else "other" for label in labels]
    return _finish(
        tokenizer, "".join(tokens), tokens, ids, labels, roles, max_length, padding=[not seen for seen in mask]
    )


def _finish(tokenizer, text, tokens, ids, labels, roles, max_length, problems=(), padding=None):
    specials = set(tokenizer.all_special_ids)
    kept = len(ids) if max_length is None else min(len(ids), max_length)
    problems = list(problems)
    if any(label != IGNORED for label in labels[kept:]):
        problems.append("truncated answer")
    if all(label == IGNORED for label in labels[:kept]):
        problems.append("no trained token")
    return MaskedExample(
        text=text,
        tokens=tokens,
        ids=ids,
        labels=labels,
        roles=roles,
        special=[number in specials for number in ids],
        padding=padding or [False] * len(ids),
        kept=kept,
        problems=tuple(name for name in PROBLEMS if name in problems),
    )


def _cut(tokenizer, text, add_special_tokens):
    """(token texts, ids, (start, end) of each in the text), as tracing.encode cuts; an empty text has no token."""
    encoding = tokenizer(text, return_offsets_mapping=True, add_special_tokens=add_special_tokens, truncation=False)
    ids, offsets, tokens, covered = list(encoding["input_ids"]), list(encoding["offset_mapping"]), [], 0
    for number, (start, end) in zip(ids, offsets, strict=True):
        if end > covered:
            tokens.append(text[max(start, covered) : end])
            covered = end
        else:
            tokens.append(piece_name(tokenizer, number))
    return tokens, ids, offsets


def _find(text, content, start):
    """Where the content of a message stands in the text after the template, which often strips it: (-1, -1) if not."""
    for wanted in (content, content.strip()):
        at = text.find(wanted, start) if wanted else -1
        if at >= 0:
            return at, at + len(wanted)
    return -1, -1


def _within(offset, spans):
    return any(offset[0] < end and offset[1] > start for start, end in spans)


def _role(offset, spans):
    for start, end, role in spans:
        if offset[0] < end and offset[1] > start:
            return role if role in ROLES else "other"
    return "template"


def _numbers(example, name):
    values = example[name]
    values = values.tolist() if hasattr(values, "tolist") else values
    if not isinstance(values, list | tuple) or not all(isinstance(value, int) for value in values):
        raise ValueError(f"must hold whole numbers as {name}.")
    return [int(value) for value in values]
