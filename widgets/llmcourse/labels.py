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
    for character in token[: longest + 1]:
        if character in _VISIBLE:
            characters.append(_VISIBLE[character])
        elif unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs", "Zs") and character != "\u200d":
            characters.append(f"‹U+{ord(character):04X}›")
        else:
            characters.append(character)
    if len(token) > longest:
        return "".join(characters[: longest - 1]) + "…"
    return "".join(characters)
