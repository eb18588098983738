"""The static picture of BPEStepper: the pieces of the text as symbols, and the pairs that could be merged next."""

from .labels import piece_label
from .pictures import FAINT, INK, LINE, PAPER, TINTS, font, font_for, png

WIDTH, ROW, MOST_ROWS, SPLIT = 760, 28, 12, 500


def bpe_picture(pieces, candidates, training):
    """Draw the first pieces, one a row, with the pairs to merge next beside them. Returns PNG bytes.

    pieces: (piece, how often, its symbols as bytes). candidates: ((left, right), count or rank), the next one first.

    >>> bpe_picture([("low", 2, [b"lo", b"w"])], [((b"lo", b"w"), 2)], True)[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    rows = max(min(len(pieces), MOST_ROWS), min(len(candidates), MOST_ROWS), 1)
    image = Image.new("RGB", (WIDTH, 34 + ROW * rows + 22), PAPER)
    draw = ImageDraw.Draw(image)
    small = font(11)
    draw.text((8, 8), "the text in pieces", font=small, fill=FAINT)
    draw.text((SPLIT, 8), "next pairs, by count" if training else "next pairs, by rank", font=small, fill=FAINT)
    for place, (_, times, symbols) in enumerate(pieces[:MOST_ROWS]):
        y, x = 30 + place * ROW, 8
        for number, symbol in enumerate(symbols):
            label = piece_label(symbol)
            large = font_for(label, 14)
            wide = int(large.getlength(label)) + 10
            if x + wide > SPLIT - 60:
                draw.text((x + 2, y + 3), "…", font=font(14), fill=FAINT)
                x += 16
                break
            draw.rectangle((x, y, x + wide, y + 22), fill=TINTS[number % len(TINTS)], outline=LINE)
            draw.text((x + 5, y + 3), label, font=large, fill=INK)
            x += wide + 3
        if training:
            draw.text((x + 6, y + 5), f"× {times}", font=small, fill=FAINT)
    for place, ((left, right), weight) in enumerate(candidates[:MOST_ROWS]):
        y, label = 33 + place * ROW, f"{piece_label(left)} + {piece_label(right)}"
        draw.text((SPLIT, y), label, font=font_for(label, 13), fill=INK)
        draw.text((WIDTH - 10, y), f"{weight:,}", font=font(13), fill=INK, anchor="ra")
    hidden = len(pieces) - MOST_ROWS
    if hidden > 0:
        draw.text((8, 34 + ROW * rows), f"… and {hidden:,} more", font=small, fill=FAINT)
    return png(image)
