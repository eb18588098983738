"""The static picture of NumberFormat: the bits in colour over a table of all formats."""

from .pictures import FAINT, INK, LINE, PAPER, font, png

TINTS = ("#f6d3c7", "#fdebc8", "#cfe3f5")  # sign, exponent, fraction
WIDTH, ROW, BIT = 760, 22, 22


def number_picture(label, pattern, floating, exact, rows):
    """Draw a pattern ("0 10000000 1001001") in boxes and the formats below. Returns PNG bytes.

    rows: (format, stored, relative error, largest number) each, as text. An integer (not `floating`) has no exponent.

    >>> number_picture("INT4", "0 111", False, "7", [("INT4", "7", "exact", "7")])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    top = 96
    image = Image.new("RGB", (WIDTH, top + ROW * (len(rows) + 1) + 8), PAPER)
    draw, small, large = ImageDraw.Draw(image), font(12), font(14)
    tints = TINTS if floating else (TINTS[0], TINTS[2])
    names = ("sign", "exponent", "fraction") if floating else ("sign", "integer")
    x = 8
    for part, tint, name in zip(pattern.split(), tints, names, strict=True):
        draw.text((x, 4), name, font=small, fill=FAINT)
        for bit in part:
            draw.rectangle((x, 22, x + BIT - 2, 48), fill=tint, outline=LINE)
            draw.text((x + BIT / 2 - 1, 35), bit, font=large, fill=INK, anchor="mm")
            x += BIT
        x = max(x + 10, x - BIT * len(part) + 36)
    draw.text((8, 60), f"{label} = {_cut(exact, large, WIDTH - 110)}", font=large, fill=INK)
    columns = (8, 150, 400, 560)
    for place, texts in enumerate((("format", "stored", "relative error", "largest"), *rows)):
        y = top + ROW * place
        if place and texts[0] == label:
            draw.rectangle((4, y - 2, WIDTH - 4, y + ROW - 4), fill=TINTS[2])
        for x, text in zip(columns, texts, strict=True):
            draw.text((x, y), text, font=small, fill=INK if place else FAINT)
    return png(image)


def _cut(text, face, width):
    while face.getlength(text) > width:
        text = text[: max(1, len(text) - 8)].rstrip("…") + "…"
    return text
