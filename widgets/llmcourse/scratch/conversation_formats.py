"""From messages back to the formats of public data sets. (`dataset_formats.as_messages` leads from any of them.)"""


def to_sharegpt(messages):
    """OpenAI messages as a ShareGPT record.

    >>> to_sharegpt([{"role": "user", "content": "Hi"}])
    {'conversations': [{'from': 'human', 'value': 'Hi'}]}
    """
    names = {"user": "human", "assistant": "gpt"}
    return {
        "conversations": [{"from": names.get(one["role"], one["role"]), "value": one["content"]} for one in messages]
    }


def to_alpaca(messages):
    """A conversation of one question and one answer as an Alpaca record; a system turn is kept as "system".

    What was instruction and what was input is lost in messages, so all of the question becomes the instruction.
    Raises ValueError for a longer conversation: Alpaca has no place for it.

    >>> to_alpaca([{"role": "user", "content": "Add 1 and 1."}, {"role": "assistant", "content": "2"}])
    {'instruction': 'Add 1 and 1.', 'input': '', 'output': '2'}
    """
    system, turns = [], list(messages)
    if turns and turns[0]["role"] == "system":
        system, turns = turns[:1], turns[1:]
    if [turn["role"] for turn in turns] != ["user", "assistant"]:
        raise ValueError("messages must be one user turn and one assistant turn: Alpaca holds no longer conversation.")
    record = {"instruction": turns[0]["content"], "input": "", "output": turns[1]["content"]}
    return {"system": system[0]["content"], **record} if system else record
