"""The static picture of RAGInspector: the best passages with their scores, and the answer."""

import textwrap

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, TINTS, font, font_for, png

WIDTH, ROW, BAR = 760, 24, 90


def rag_inspector_picture(query, name, rows, prompted, answer):
    """Draw the query, a row a passage (number, text, score) with a bar, and the answer. Returns PNG bytes.

    >>> rag_inspector_picture("Why?", "BM25", [(0, "Cats purr.", 1.5)], {0}, {})[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    said = textwrap.wrap(_plain(answer.get("text", ""), 600), 100)[:8]
    image = Image.new("RGB", (WIDTH, 62 + ROW * len(rows) + (34 + 18 * len(said) if said else 0)), PAPER)
    draw = ImageDraw.Draw(image)
    title = _plain(query, 80)
    draw.text((10, 8), title, font=font_for(title, 15), fill=INK)
    told = f"passages by {_plain(name, 40)}; tinted: in the prompt" if rows else "no passage holds a word of the query"
    draw.text((10, 32), told, font=font(11), fill=FAINT)
    longest = max((abs(score) for _, _, score in rows), default=0) or 1
    for place, (number, passage, score) in enumerate(rows):
        y, text = 52 + place * ROW, _plain(passage, 68)
        if number in prompted:
            draw.rectangle((8, y, WIDTH - 8, y + ROW - 3), fill=TINTS[0])
        draw.text((44, y + 3), f"#{number}", font=font(13), fill=INK, anchor="ra")
        draw.rectangle((56, y + 6, 56 + max(0, BAR * score / longest), y + 14), fill="#1f62b5", outline=LINE)
        draw.text((200, y + 3), f"{score:.3f}", font=font(13), fill=INK, anchor="ra")
        draw.text((212, y + 3), text, font=font_for(text, 13), fill=INK)
    y = 60 + ROW * len(rows)
    for place, line in enumerate(["Answer", *said] if said else []):
        draw.text((10, y + 18 * place), line, font=font_for(line, 13), fill=INK if place else FAINT)
    return png(image)


def _plain(text, longest):
    return token_label(" ".join(text.split()), longest).replace("·", " ")
