"""How a token is written in a label: visible white space, control characters named, an ellipsis when it is long.

static/common.js writes the same labels in the page; tests/vectors/labels.json holds both to it.
"""

import unicodedata

_VISIBLE = {"\n": "↵", "\r": "␍", "\t": "⇥", " ": "·"}


def token_label(token, longest=16):
    """The label of a token: spaces as ·, line ends as ↵, other invisible characters as ‹U+200F›, at most `longest`
    characters, the last of them … when something was cut.

    >>> token_label(" cat")
    '·cat'
    """
    characters = []
    for place, character in enumerate(token[: longest + 1]):
        if character in _VISIBLE:
            characters.append(_VISIBLE[character])
        elif _is_invisible(character) and not _joins(token, place):
            characters.append(f"‹U+{ord(character):04X}›")
        else:
            characters.append(character)
    if len(token) > longest:
        return "".join(characters[: longest - 1]) + "…"
    return "".join(characters)


def piece_label(token):
    """How the bytes of a token are written: its text, or <0x8a> for bytes that are no whole characters.

    >>> piece_label(b" cat"), piece_label(b"\\x8a")
    ('·cat', '<0x8a>')
    """
    try:
        return token_label(token.decode("utf-8"))
    except UnicodeDecodeError:
        return "".join(f"<0x{byte:02x}>" for byte in token)


def _is_invisible(character):
    return unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Zs")


def _joins(token, place):
    """Whether a joiner stands between two visible characters, as in the emoji of a family."""
    around = token[max(place - 1, 0) : place + 2]
    return (
        token[place] == "\u200d" and len(around) == 3 and not _is_invisible(around[0]) and not _is_invisible(around[2])
    )
