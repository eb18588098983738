"""One text cut by several tokenizers: which characters each token covers, so that the cuts can be compared."""

import re

from .text_encoding import encode

MOST_TOKENIZERS = 6
LONGEST = 2_000  # characters, so that the page can draw a box for each byte
_BYTES = re.compile(r"(<0x[0-9a-f]{2}>)+\Z")


def compare(text, tokenizers):
    """Cut a text with each tokenizer: [{"name", "tokens", "ids", "spans"}], a span a token, (start, end) in characters.

    tokenizers: {name: tokenizer}, 1 to 6 of them; a tokenizer is one of transformers, anything with encode(text) and
        decode(ids), or the word "bytes" (UTF-8, ids are the bytes) or "characters" (ids are the code points).

    Raises ValueError for a text that is empty or longer than 2,000 characters.

    >>> compare("né", {"bytes": "bytes"})[0]["tokens"], compare("né", {"bytes": "bytes"})[0]["spans"]
    (['n', 'é', '<0xa9>'], [[0, 1], [1, 2], [1, 2]])
    """
    if len(text) > LONGEST:
        raise ValueError(f"text has {len(text):,} characters; at most {LONGEST:,} are compared. Shorten it.")
    text = text.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair is no text
    if not text:
        raise ValueError("text is empty: write at least one character.")
    rows = []
    for name, tokenizer in tokenizers.items():
        tokens, ids = _cut(text, tokenizer)
        rows.append({"name": name, "tokens": list(tokens), "ids": list(ids), "spans": token_spans(text, tokens)})
    return rows


def check_tokenizers(tokenizers):
    """Raise TypeError or ValueError, in one sentence, for what compare() cannot use."""
    if not isinstance(tokenizers, dict) or not all(isinstance(name, str) for name in tokenizers):
        raise TypeError('tokenizers must be a dictionary: {"a name": tokenizer, "bytes": "bytes"}.')
    if not 1 <= len(tokenizers) <= MOST_TOKENIZERS:
        raise ValueError(f"tokenizers must hold 1 to {MOST_TOKENIZERS} tokenizers; it holds {len(tokenizers)}.")
    for name, tokenizer in tokenizers.items():
        known = tokenizer in ("bytes", "characters") if isinstance(tokenizer, str) else hasattr(tokenizer, "encode")
        if not known:
            raise ValueError(
                f"tokenizers[{name!r}] must be a tokenizer, 'bytes' or 'characters'; got {str(tokenizer)[:60]!r}."
            )


def token_spans(text, tokens):
    """The characters that each token stands for: [start, end], empty for a token that the tokenizer added.

    The further pieces of a character (<0x8a>) cover the character that the first one shows.

    >>> token_spans("a b", ["[CLS]", "a", "b"])
    [[0, 0], [0, 1], [2, 3]]
    """
    spans, covered = [], 0
    for token in tokens:
        start = text.find(token, covered)
        if token and start >= 0 and not text[covered:start].strip():
            covered = start + len(token)
            spans.append([start, covered])
        elif _BYTES.match(token):
            spans.append([max(covered - 1, 0), covered])
        else:
            spans.append([covered, covered])
    return spans


def comparison_summary(text, rows):
    """One sentence: tokens, characters a token, and how many times the shortest each tokenizer needs."""
    fewest = min(len(row["ids"]) for row in rows)
    told = [
        f"{row['name']} {len(row['ids'])} tokens ({len(text) / len(row['ids']):.2f} characters a token, "
        f"{len(row['ids']) / fewest:.2f} times the fewest)"
        for row in rows
    ]
    return f"{len(text)} characters: " + "; ".join(told) + "."


def comparison_picture(text, rows):
    """PNG bytes: for each tokenizer its name, its count, and the boxes of its first 60 tokens."""
    import io

    from PIL import Image, ImageDraw

    from .labels import token_label
    from .pictures import INK, PAPER, font_for, png, token_boxes

    parts = [
        Image.open(io.BytesIO(token_boxes(row["tokens"][:60], [str(number) for number in row["ids"][:60]])))
        for row in rows
    ]
    image = Image.new("RGB", (parts[0].width, sum(part.height + 26 for part in parts)), PAPER)
    draw, y = ImageDraw.Draw(image), 0
    for row, part in zip(rows, parts, strict=True):
        count = len(row["ids"])
        heading = f"{token_label(row['name'], 40)}: {count} tokens, {len(text) / count:.2f} characters a token"
        draw.text((6, y + 6), heading, font=font_for(heading, 13), fill=INK)
        image.paste(part.convert("RGB"), (0, y + 26))
        y += part.height + 26
    return png(image)


def _cut(text, tokenizer):
    if tokenizer == "characters":
        return list(text), [ord(character) for character in text]
    if tokenizer == "bytes":
        return _written(text, [bytes([byte]) for byte in text.encode()]), list(text.encode())
    if not hasattr(tokenizer, "token_bytes"):
        return encode(tokenizer, text)
    ids = tokenizer.encode(text)  # a BPETokenizer knows the bytes of each id
    return _written(text, tokenizer.token_bytes(ids)), ids


def _written(text, parts):
    """The texts of tokens that carry these bytes, as text_encoding.encode writes them: further pieces as <0x8a>."""
    owners = [place for place, character in enumerate(text) for _ in character.encode()]  # whose byte it is
    tokens, at, covered = [], 0, 0
    for part in parts:
        start, end = owners[at], owners[at + len(part) - 1] + 1
        tokens.append(text[max(start, covered) : end] or "".join(f"<0x{byte:02x}>" for byte in part))
        at, covered = at + len(part), end
    return tokens
