"""The static picture of GGUFMap: the file and its tensor data to scale, and what the tensors are packed as."""

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, TINTS, font, font_for, png

WIDTH, LEFT, HIGH = 760, 12, 34
SECTION_TINTS = ("#8a919c", "#f0b35c", "#57a8d6", "#d5d9df", "#2a9d76")


def gguf_picture(name, size, sections, kinds, tensors):
    """Draw a file as two bars to scale over a table of tensor types. Returns PNG bytes.

    sections: (name, start, end) each; kinds: (type, number of tensors, bytes) each; tensors: (type, start, size) each.

    >>> gguf_picture("a.gguf", 24, [("header", 0, 24)], [], [])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    small, span = font(12), WIDTH - 2 * LEFT
    image = Image.new("RGB", (WIDTH, 190 + 20 * max(len(kinds[:12]), 1)), PAPER)
    draw = ImageDraw.Draw(image)
    label = token_label(name, 80)
    draw.text((LEFT, 6), label, font=font_for(label, 14), fill=INK)
    draw.text((WIDTH - LEFT, 8), f"{size:,} bytes", font=small, fill=FAINT, anchor="ra")

    def bar(top, pieces, start, end):
        for tint, low, high in pieces:
            x = LEFT + span * (low - start) / max(end - start, 1)
            draw.rectangle(
                (x, top, max(x + 1, LEFT + span * (high - start) / max(end - start, 1)), top + HIGH), fill=tint
            )
        draw.rectangle((LEFT, top, LEFT + span, top + HIGH), outline=LINE)

    bar(30, [(tint, low, high) for tint, (_, low, high) in zip(SECTION_TINTS, sections, strict=False)], 0, size)
    x = LEFT
    for tint, (section, low, high) in zip(SECTION_TINTS, sections, strict=False):
        text = f"{section} {high - low:,}"
        draw.rectangle((x, 74, x + 10, 84), fill=tint)
        draw.text((x + 15, 72), text, font=small, fill=INK)
        x += 15 + small.getlength(text) + 16
    start, end = sections[-1][1:]
    draw.text((LEFT, 98), "tensor data, coloured by type", font=small, fill=FAINT)
    tints = {kind: TINTS[place % len(TINTS)] for place, (kind, _, _) in enumerate(kinds)}
    bar(116, [(tints[kind], low, low + long) for kind, low, long in tensors], start, end)
    for place, (kind, count, total) in enumerate(kinds[:12]):
        y = 164 + 20 * place
        draw.rectangle((LEFT, y + 3, LEFT + 10, y + 13), fill=tints[kind], outline=LINE)
        draw.text(
            (LEFT + 16, y), f"{kind}: {count:,} tensor{'s' * (count != 1)}, {total:,} bytes", font=small, fill=INK
        )
    return png(image)
