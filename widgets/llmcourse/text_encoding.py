"""Text to tokens as they stand in it, whatever kind of tokenizer does it."""

from functools import cache


def encode(tokenizer, text, pair=None):
    """Split text into tokens as they stand in it: (list of token texts, list of ids).

    The texts are slices of the source (from the tokenizer's offsets), so that nothing is lost or replaced. When one
    character becomes several tokens, the first shows the character and the others the bytes they carry, as <0x8a>.
    A tokenizer without offsets gives what each id decodes to where that adds up to the source, else its own names.
    tokenizer: of transformers, fast or slow; or anything with encode(text) and decode(ids).
    pair: a second text, which the tokenizer of a BERT joins to the first.
    Raises TypeError for anything but str, ValueError for text without a single token.

    >>> encode(tokenizer, "don't")                                             # doctest: +SKIP
    (['don', "'t"], [9415, 982])
    """
    return encode_with_segments(tokenizer, text, pair)[:2]


def encode_with_segments(tokenizer, text, pair=None):
    """encode(), and for a pair of texts which of the two each token belongs to: 0 or 1; None for one text."""
    text, pair = checked_text("text", text), pair if pair is None else checked_text("pair", pair)
    texts = [text] if pair is None else [text, pair]
    encoding, offsets = _encoding(tokenizer, texts)
    ids = [int(number) for number in (encoding if isinstance(encoding, list) else encoding["input_ids"])]
    if not ids:
        raise ValueError("text has no token that the model knows: write at least one visible character.")
    segments = None if pair is None else [int(number) for number in encoding.get("token_type_ids", [])] or None
    if offsets is None:
        return _decoded_pieces(tokenizer, ids, texts), ids, segments
    sequences = encoding.sequence_ids() if pair is not None else None
    tokens, covered = [], [0, 0]
    for place, (token_id, (start, end)) in enumerate(zip(ids, offsets, strict=True)):
        which = (sequences[place] if sequences else 0) or 0
        if end > covered[which]:
            tokens.append(texts[which][max(start, covered[which]) : end])
            covered[which] = end
        else:  # a special token, or a further piece of a character that is already shown
            tokens.append(piece_name(tokenizer, token_id))
    return tokens, ids, segments


def piece_name(tokenizer, token_id):
    """The name of a token that is no whole character: its bytes as <0x8a>, or its own name (<|im_end|>).

    >>> piece_name(tokenizer, 227)                                             # doctest: +SKIP
    '<0xa9>'
    """
    if not hasattr(tokenizer, "convert_ids_to_tokens"):
        return tokenizer.decode([token_id])
    piece = tokenizer.convert_ids_to_tokens(token_id)
    if token_id in tokenizer.all_special_ids:
        return piece
    table = _byte_of_character()
    values = [table.get(character) for character in piece]
    if None in values:
        return piece
    try:
        return bytes(values).decode("utf-8")
    except UnicodeDecodeError:
        pass
    return "".join(f"<0x{value:02x}>" for value in values)


def checked_text(name, text):
    """Text that a tokenizer takes; TypeError for anything but str, ValueError for nothing, both naming the argument."""
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a string; got {type(text).__name__}.")
    if not text:
        raise ValueError(f"{name} is empty: write at least one character.")
    # Half of a surrogate pair (a cut emoji) is no text that a tokenizer takes.
    return text.encode("utf-8", "replace").decode("utf-8")


def _encoding(tokenizer, texts):
    """(what the tokenizer returns, offsets or None)."""
    if not callable(tokenizer):
        if len(texts) > 1:
            raise TypeError("pair needs a tokenizer of transformers, which joins two texts as its model learnt it.")
        ids = tokenizer.encode(texts[0])
        return list(getattr(ids, "ids", ids)), None  # a tokenizer of the tokenizers library wraps its ids
    try:
        encoding = tokenizer(*texts, return_offsets_mapping=True)
        return encoding, encoding["offset_mapping"]
    except (NotImplementedError, TypeError, KeyError):  # tokenizers written in Python know no offsets
        return tokenizer(*texts), None


def _decoded_pieces(tokenizer, ids, texts):
    special = set(getattr(tokenizer, "all_special_ids", ()))
    pieces = [piece_name(tokenizer, one) if one in special else tokenizer.decode([one]) for one in ids]
    plain = "".join(piece for piece, one in zip(pieces, ids, strict=True) if one not in special)
    return pieces if plain == "".join(texts) else [piece_name(tokenizer, one) for one in ids]


@cache
def _byte_of_character():
    """Byte-level BPE writes each byte as one printable character (Radford et al. 2019); this is the way back."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    table = {chr(byte): byte for byte in printable}
    others = (byte for byte in range(256) if byte not in printable)
    table.update({chr(256 + position): byte for position, byte in enumerate(others)})
    return table
