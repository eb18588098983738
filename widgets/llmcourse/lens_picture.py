"""The static picture of LogitLens: the grid of layers and tokens, each cell with its likeliest token."""

import numpy as np

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, font, font_for, png

_STOPS = [[255, 255, 255], [200, 222, 240], [120, 170, 214], [44, 104, 170], [8, 36, 92]]  # colourRamp in common.js
ACCENT = "#0b57d0"
ROW, LEFT, TOP, WIDTH, FOOT = 18, 74, 54, 760, 30
MOST = 10  # columns with room for words
NAMES = {
    "probability": "probability of each cell's token: 0 (white) to 1 (dark)",
    "entropy": "entropy: 0 bits (white) to {high:.1f} bits (dark)",
    "rank": "rank of the final answer: 1 (dark) to {high:,} (white)",
    "divergence": "divergence from the final distribution: 0 bits (white) to {high:.1f} bits (dark)",
}


def lens_picture(tokens, columns, names, colour, selected):
    """Draw the lens around the selected (layer, position), at most ten columns. Returns PNG bytes."""
    from PIL import Image, ImageDraw

    layer, position = selected
    first = max(0, min(position - MOST // 2, len(columns) - MOST))
    shown = columns[first : first + MOST]
    rows, wide = len(shown[0].ids), (WIDTH - LEFT - 8) // len(shown)
    image = Image.new("RGB", (WIDTH, TOP + rows * ROW + FOOT), PAPER)
    draw = ImageDraw.Draw(image)
    values, high = cell_shades(columns, colour)
    draw.text((8, 6), "What the model would say if it stopped after each layer", font=font(14), fill=INK)
    note = NAMES[colour].format(high=high)
    draw.text((8, TOP + rows * ROW + 8), f"colour: {note}", font=font(11), fill=FAINT)
    for row in range(rows):
        name = "embedding" if row == 0 else f"layer {row}"
        draw.text((LEFT - 6, TOP + (row + 0.5) * ROW), name, font=font(11), fill=FAINT, anchor="rm")
    for place, column in enumerate(shown):
        x, label = LEFT + place * wide, token_label(tokens[first + place], max(4, wide // 8))
        draw.text((x + wide / 2, TOP - 10), label, font=font_for(label, 12), fill=INK, anchor="mm")
        for row in range(rows):
            y, shade = TOP + row * ROW, values[row, first + place]
            draw.rectangle((x, y, x + wide, y + ROW), fill=_colour(shade))
            word = token_label(names[column.ids[row, 0]], max(3, wide // 8))
            ink = "#ffffff" if shade > 0.62 else INK
            draw.text((x + wide / 2, y + ROW / 2), word, font=font_for(word, 11), fill=ink, anchor="mm")
    draw.rectangle((LEFT, TOP, LEFT + wide * len(shown), TOP + rows * ROW), outline=LINE)
    x, y = LEFT + (position - first) * wide, TOP + layer * ROW
    draw.rectangle((x, y, x + wide, y + ROW), outline=ACCENT, width=2)
    return png(image)


def cell_shades(columns, colour):
    """((rows, columns) shades between 0 and 1, the number at the far end of the scale), as the page colours them."""
    if colour == "probability":
        return np.stack([column.probs[:, 0] for column in columns], 1), 1.0
    if colour == "rank":
        depth = np.log10(np.stack([column.rank for column in columns], 1))
        most = max(1.0, depth.max())
        return 1 - depth / most, round(10**most)
    values = np.stack([getattr(column, colour) for column in columns], 1)
    most = max(1.0, values[np.isfinite(values)].max(initial=0))
    return (values / most).clip(0, 1), most


def _colour(shade):
    return tuple(int(np.interp(shade * 4, range(5), channel)) for channel in zip(*_STOPS, strict=True))
