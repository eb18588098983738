"""The static picture of a quiz, drawn with Pillow."""

from .pictures import FAINT, INK, PAPER, font, png

_INDENT = 26


def quiz_picture(title, questions, width=760):
    """Draw the questions of a quiz with their options, without the answers. Returns PNG bytes.

    >>> quiz_picture("Sums", [{"kind": "numeric", "text": "1 + 1?", "unit": ""}])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    inside = width - 16 - _INDENT
    lines = [(0, line, font(18), INK) for line in _wrapped(title, font(18), width - 16)]
    for number, question in enumerate(questions, 1):
        lines.append((0, "", font(8), INK))
        lines += [(0, line, font(15), INK) for line in _wrapped(f"{number}. {question['text']}", font(15), width - 16)]
        sign = {"single": "○", "multiple": "□", "order": "↕"}.get(question["kind"])
        for one in question.get("option") or question.get("item", []):
            lines += [(_INDENT, line, font(14), FAINT) for line in _wrapped(f"{sign} {one['text']}", font(14), inside)]
        if question["kind"] == "numeric":
            lines.append((_INDENT, f"a number: ________ {question['unit']}", font(14), FAINT))
    heights = [int(face.size * 1.5) for _, _, face, _ in lines]
    image = Image.new("RGB", (width, sum(heights) + 16), PAPER)
    draw, y = ImageDraw.Draw(image), 8
    for (x, line, face, colour), height in zip(lines, heights, strict=True):
        draw.text((8 + x, y), line, font=face, fill=colour)
        y += height
    return png(image)


def _wrapped(text, face, width):
    lines, line = [], ""
    for word in text.replace("`", "").split():
        longer = f"{line} {word}".strip()
        if line and face.getlength(longer) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [*lines, line]
