"""Chat templates by hand: a conversation as the one text that a model reads. Proved equal to transformers' engine."""

SMOLLM_SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
ALPACA_OPENING = {
    True: "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.",
    False: "Below is an instruction that describes a task. Write a response that appropriately completes the request.",
}

# The same two templates in Jinja, the language in which a tokenizer carries its own: what the proofs compare with.
LLAMA3_JINJA = (
    "{{ '<|begin_of_text|>' }}{% for message in messages %}{{ '<|start_header_id|>' + message['role'] + "
    "'<|end_header_id|>\n\n' + message['content'] | trim + '<|eot_id|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)
ALPACA_JINJA = (
    "{{ '" + ALPACA_OPENING[False] + "' }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '\n\n### Instruction:\n' + message['content'] }}{% elif message['role'] == 'assistant' %}"
    "{{ '\n\n### Response:\n' + message['content'] }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '\n\n### Response:\n' }}{% endif %}"
)


def chatml(messages, add_generation_prompt=False, system=SMOLLM_SYSTEM):
    """ChatML as the embedded model was trained on it: each turn between <|im_start|> with its role and <|im_end|>.

    messages: [{"role", "content"}, …]. system: what stands in front where the messages bring no system turn; None for
    nothing. add_generation_prompt: end with the opening of the assistant's turn, for the model to go on.

    >>> chatml([{"role": "user", "content": "Hi"}], system=None)
    '<|im_start|>user\\nHi<|im_end|>\\n'
    """
    if system is not None and (not messages or messages[0]["role"] != "system"):
        messages = [{"role": "system", "content": system}, *messages]
    turns = [f"<|im_start|>{message['role']}\n{message['content']}<|im_end|>\n" for message in messages]
    return "".join(turns) + ("<|im_start|>assistant\n" if add_generation_prompt else "")


def llama3(messages, add_generation_prompt=False):
    """The template of Llama 3: a header with the role, two line breaks, the words, <|eot_id|>.

    >>> llama3([{"role": "user", "content": "Hi"}])
    '<|begin_of_text|><|start_header_id|>user<|end_header_id|>\\n\\nHi<|eot_id|>'
    """
    turns = [
        f"<|start_header_id|>{message['role']}<|end_header_id|>\n\n{message['content'].strip()}<|eot_id|>"
        for message in messages
    ]
    opening = "<|start_header_id|>assistant<|end_header_id|>\n\n" if add_generation_prompt else ""
    return "<|begin_of_text|>" + "".join(turns) + opening


def alpaca(messages, add_generation_prompt=False):
    """Alpaca's template for conversations: plain headings and no special token (the system turn is left out).

    >>> print(alpaca([{"role": "user", "content": "Add."}], add_generation_prompt=True)[-36:])
    ### Instruction:
    Add.
    <BLANKLINE>
    ### Response:
    <BLANKLINE>
    """
    headings = {"user": "### Instruction:", "assistant": "### Response:"}
    turns = [
        f"\n\n{headings[message['role']]}\n{message['content']}" for message in messages if message["role"] in headings
    ]
    return ALPACA_OPENING[False] + "".join(turns) + ("\n\n### Response:\n" if add_generation_prompt else "")


def alpaca_record(example, with_output=True):
    """The text that Stanford Alpaca was trained on, for one record with instruction, input (may be empty) and output.

    >>> alpaca_record({"instruction": "Add.", "input": "1 + 1", "output": "2"}).splitlines()[-1]
    '2'
    """
    parts = [ALPACA_OPENING[bool(example.get("input"))], f"### Instruction:\n{example['instruction']}"]
    if example.get("input"):
        parts.append(f"### Input:\n{example['input']}")
    parts.append("### Response:\n" + (example["output"] if with_output else ""))
    return "\n\n".join(parts)


TEMPLATES = {"ChatML": chatml, "Llama 3": llama3, "Alpaca": alpaca}
