"""Exercise: The text of token ids, when a token may hold a part of a character, or bytes that are no character."""

import torch

from ...exercise import Exercise, Mistake


def decode_bytes(ids, tokens):
    data = b"".join(tokens[number] for number in ids)
    return data.decode("utf-8", errors="replace")


def each_token_alone(ids, tokens):
    return "".join(tokens[number].decode("utf-8", errors="replace") for number in ids)


def bad_bytes_dropped(ids, tokens):
    return b"".join(tokens[number] for number in ids).decode("utf-8", errors="ignore")


def bad_bytes_not_expected(ids, tokens):
    return b"".join(tokens[number] for number in ids).decode("utf-8")


def a_byte_a_character(ids, tokens):
    return b"".join(tokens[number] for number in ids).decode("latin-1")


def written_as_bytes(ids, tokens):
    return "".join(str(tokens[number])[2:-1] for number in ids)


def make_tokens(size, generator):
    """A text with characters of two to four bytes, cut anywhere into tokens of one or two bytes; its end is missing."""
    pieces = ["né", "你", "🎉", " ok", "ß", "好"]
    text = "".join(pieces[int(place)] for place in torch.randint(len(pieces), (size + 1,), generator=generator))
    data, at, cut = (text + "🎉").encode()[:-1], 0, []
    while at < len(data):
        step = int(torch.randint(1, 3, (1,), generator=generator))
        cut.append(data[at : at + step])
        at += step
    order = torch.randperm(len(cut), generator=generator).tolist()
    tokens = [b""] * len(cut)
    for number, token in zip(order, cut, strict=True):
        tokens[number] = token
    return order, tokens


EXERCISE = Exercise(
    name="tokenization.decode_bytes",
    goal="The text of token ids, when a token may hold a part of a character, or bytes that are no character.",
    solution=decode_bytes,
    cases=make_tokens,
    mistakes=[
        Mistake(
            "each token decoded alone",
            each_token_alone,
            (
                "A character may be spread over two tokens; alone, neither is one. Join the bytes of all tokens, "
                "then decode."
            ),
        ),
        Mistake(
            "bad bytes dropped",
            bad_bytes_dropped,
            (
                "You leave out what is no character, so nobody sees that something is wrong. `errors='replace'` "
                "shows � there."
            ),
        ),
        Mistake(
            "bad bytes not expected",
            bad_bytes_not_expected,
            "A model may stop in the middle of a character, and a strict decoder then raises. "
            "`errors='replace'` gives � instead.",
        ),
        Mistake(
            "a character for each byte",
            a_byte_a_character,
            "latin-1 makes one character of each byte: é becomes Ã©. The bytes are UTF-8.",
        ),
        Mistake(
            "bytes written out",
            written_as_bytes,
            "You show the bytes as Python writes them. `decode` turns bytes into the characters they stand for.",
        ),
    ],
    hint="`b''.join(...)` puts bytes together; `.decode('utf-8', errors=...)` makes them a text.",
    second_hint=(
        "Join first, decode once: `b''.join(tokens[number] for number in ids).decode('utf-8', errors='replace')`."
    ),
    statement=(
        "`ids` is a list of token ids, `tokens` a list that holds the bytes of each. Return the text. Bytes "
        "that form no character become �, as in every tokenizer.\n\n"
        'Worked value: `decode_bytes([1, 0, 2], [b"\\xa9", b"caf\\xc3", b"\\xf0"])` is `"café�"`.'
    ),
    difficulty=1,
    minutes=4,
)
