"""Static pictures of the widgets, drawn with Pillow: what a reader sees where no kernel runs."""

import io
from functools import cache

from .labels import token_label

INK, FAINT, PAPER, LINE = "#1d2127", "#555c66", "#ffffff", "#8a919c"
TINTS = ("#dbe9f7", "#fdebc8", "#d9f0e3", "#f3dcea", "#e6e2f5")  # neighbours differ for colour-blind eyes too


@cache
def font(size):
    """A font that every installation has: DejaVu Sans, which matplotlib carries."""
    from matplotlib import font_manager
    from PIL import ImageFont

    return ImageFont.truetype(font_manager.findfont("DejaVu Sans"), size)


def png(image):
    """A Pillow image as PNG bytes with a palette of 256 colours: a third of the size, alike to the eye.

    Lessons store these pictures. An image that lets the page shine through keeps its colours.
    """
    from PIL import Image

    opaque = image.mode != "RGBA" or image.getextrema()[3][0] == 255
    if opaque:
        image = image.convert("RGB").quantize(256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def token_boxes(tokens, captions, width=760):
    """Draw tokens as boxes in reading order with a caption below each. Returns PNG bytes.

    >>> token_boxes(["The", " cat"], ["504", "2644"])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    large, small, gap, line = font(15), font(11), 4, 46
    boxes, x, y = [], gap, gap
    for token, caption in zip(tokens, captions, strict=True):
        label = token_label(token)
        wide = int(max(large.getlength(label), small.getlength(caption))) + 10
        if x + wide > width and x > gap:
            x, y = gap, y + line
        boxes.append((x, y, wide, label, caption))
        x += wide + gap
    image = Image.new("RGB", (width, y + line), PAPER)
    draw = ImageDraw.Draw(image)
    for position, (x, y, wide, label, caption) in enumerate(boxes):
        draw.rectangle((x, y, x + wide, y + 24), fill=TINTS[position % len(TINTS)], outline=LINE)
        draw.text((x + 5, y + 3), label, font=large, fill=INK)
        draw.text((x + 5, y + 26), caption, font=small, fill=FAINT)
    return png(image)
