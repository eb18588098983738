"""The formats in which fine-tuning examples come, brought into one: messages, a plain text, or ready ids."""

_ROLE_OF = {"human": "user", "gpt": "assistant", "chatgpt": "assistant", "model": "assistant", "bot": "assistant"}
KNOWN = (
    "messages (OpenAI), conversations (ShareGPT), instruction and output (Alpaca), prompt and completion, text, "
    "or input_ids with labels"
)


def as_messages(example):
    """The messages of an example, as [{"role": …, "content": …}, …]; None for plain text and ready ids.

    OpenAI's {"messages": …}, ShareGPT's {"conversations": [{"from": "human", "value": …}]}, Alpaca's {"instruction",
    "input", "output"} and TRL's {"prompt", "completion"} are known, and a bare list of messages. Raises ValueError,
    saying what is wrong, for anything else.

    >>> as_messages({"instruction": "Add.", "input": "1 + 1", "output": "2"})
    [{'role': 'user', 'content': 'Add.\\n\\n1 + 1'}, {'role': 'assistant', 'content': '2'}]
    """
    if isinstance(example, str):
        return None
    if isinstance(example, list | tuple):
        example = {"messages": example}
    if not isinstance(example, dict):
        raise ValueError(f"must be a dictionary or a text; got {type(example).__name__}.")
    if "input_ids" in example:
        return None
    if "messages" in example:
        return [_message(one, "role", "content") for one in _turns(example["messages"])]
    if "conversations" in example:
        return [_message(one, "from", "value") for one in _turns(example["conversations"])]
    if "instruction" in example and "output" in example:
        parts = [_text(example[name]) for name in ("instruction", "input") if example.get(name)]
        system = [{"role": "system", "content": _text(example["system"])}] if example.get("system") else []
        return [*system, *_pair("\n\n".join(parts), example["output"])]
    if "prompt" in example and "completion" in example:
        return _pair(example["prompt"], example["completion"])
    if "text" in example:
        return None
    raise ValueError(f"must hold {KNOWN}; it holds {', '.join(map(str, example)) or 'nothing'}.")


def plain_text(example):
    """The text of an example that is no conversation, None for ready ids."""
    if isinstance(example, str):
        return _text(example)
    return None if "input_ids" in example else _text(example["text"])


def _turns(turns):
    if not isinstance(turns, list | tuple) or not turns:
        raise ValueError("must hold at least one message.")
    return turns


def _pair(question, answer):
    before = _conversation(question, "user")
    return [*before, *_conversation(answer, "assistant")]


def _conversation(part, role):
    if isinstance(part, list | tuple):
        return [_message(one, "role", "content") for one in part]
    return [{"role": role, "content": _text(part)}]


def _message(message, role, content):
    if not isinstance(message, dict) or role not in message or content not in message:
        raise ValueError(f'must hold messages like {{"{role}": …, "{content}": …}}; one is {str(message)[:60]!r}.')
    name = _text(message[role])
    rest = {key: value for key, value in message.items() if key not in (role, content)}  # tool calls and the like
    return {**rest, "role": _ROLE_OF.get(name, name), "content": _text(message[content])}


def _text(value):
    """A string; the text parts of a multi-part message, one after the other; nothing for None (a tool call)."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "".join(_text(part.get("text", "") if isinstance(part, dict) else part) for part in value)
    if not isinstance(value, str):
        raise ValueError(f"must hold texts; one is of type {type(value).__name__}.")
    return value.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair is no text
