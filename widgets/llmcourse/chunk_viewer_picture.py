"""The static picture of ChunkViewer: the first lines of the text with its chunks tinted, and all chunks' lengths."""

import re
import textwrap

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, TINTS, font, font_for, png

WIDTH, LINES, ROW, BARS = 760, 16, 22, 84
_RUN = re.compile(r"\n|[^\S\n]|\S+")


def chunk_viewer_picture(text, spans, summary):
    """Draw text in the tints of its chunks, overlaps in both, and a bar a chunk below. Returns PNG bytes.

    >>> chunk_viewer_picture("Hello there.", [(0, 6), (6, 12)], "Two chunks.")[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    placed, y = _lines(text, spans)
    image = Image.new("RGB", (WIDTH, y + BARS + 46), PAPER)
    draw = ImageDraw.Draw(image)
    for x, top, wide, label, holders in placed:
        draw.rectangle((x, top, x + wide, top + ROW - 3), fill=TINTS[holders[0] % len(TINTS)])
        if len(holders) > 1:  # the lower half in the tint of the later chunk
            draw.rectangle((x, top + ROW // 2 - 1, x + wide, top + ROW - 3), fill=TINTS[holders[-1] % len(TINTS)])
        draw.text((x, top + 2), label, font=font_for(label, 13), fill=INK)
    _bars(draw, spans, y + 8)
    for row, line in enumerate(textwrap.wrap(summary, 118)[:2]):
        draw.text((8, y + BARS + 12 + 15 * row), line, font=font(11), fill=FAINT)
    return png(image)


def _lines(text, spans):
    """Words set in lines: (x, y, width, label, numbers of the chunks that hold it) for each run of a line."""
    placed, x, y = [], 8, 8
    cuts = sorted({place for span in spans for place in span} | {0, len(text)})
    first = 0
    for start, end in zip(cuts, cuts[1:], strict=False):
        while first < len(spans) and spans[first][1] <= start:
            first += 1
        holding = []
        for number in range(first, len(spans)):
            if spans[number][0] > start:
                break
            holding.append(number)
        for run in _RUN.findall(text[start:end]):
            label = "" if run == "\n" else " " if run.isspace() else token_label(run, 60)
            wide = 4 * len(label) if run.isspace() else font_for(label, 13).getlength(label)
            if run == "\n" or (x + wide > WIDTH - 8 and x > 8):
                x, y = 8, y + ROW
                if y > LINES * ROW:
                    return placed, y
            if label:
                placed.append((x, y, wide, label, holding or [-1]))
                x += wide
    return placed, y + ROW


def _bars(draw, spans, top):
    longest, count = max((end - start for start, end in spans), default=1), max(len(spans), 1)
    wide = min((WIDTH - 70) / count, 18)
    for number, (start, end) in enumerate(spans):
        x, high = 60 + number * wide, (BARS - 20) * (end - start) / longest
        fill = TINTS[number % len(TINTS)]
        draw.rectangle((x, top + BARS - 20 - high, max(x + wide - 2, x), top + BARS - 20), fill=fill, outline=LINE)
    draw.text((52, top), f"{longest}", font=font(11), fill=FAINT, anchor="ra")
    draw.text((52, top + BARS - 20), "0", font=font(11), fill=FAINT, anchor="rd")
    draw.text((60, top + BARS - 16), "length of each chunk, in characters", font=font(11), fill=FAINT)
