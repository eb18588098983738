"""Static pictures of the widgets, drawn with Pillow: what a reader sees where no kernel runs."""

import contextlib
import io
from functools import cache

from .labels import token_label

INK, FAINT, PAPER, LINE = "#1d2127", "#555c66", "#ffffff", "#8a919c"
CJK_FONTS = ("Noto Sans CJK JP", "PingFang SC", "Hiragino Sans", "Microsoft YaHei", "WenQuanYi Zen Hei")
TINTS = ("#dbe9f7", "#fdebc8", "#d9f0e3", "#f3dcea", "#e6e2f5")  # neighbours differ for colour-blind eyes too


@cache
def font(size, family="DejaVu Sans"):
    """A Pillow font; without a family DejaVu Sans, which matplotlib carries everywhere. OSError where it is missing."""
    from matplotlib import font_manager
    from PIL import ImageFont

    try:
        return ImageFont.truetype(font_manager.findfont(family, fallback_to_default=False), size)
    except ValueError as missing:
        raise OSError(f"this machine has no font called {family!r}.") from missing


def font_for(text, size):
    """The first font at hand that draws every character of `text`; DejaVu Sans, with boxes, where none does.

    >>> font_for("cat", 15).getname()[0]
    'DejaVu Sans'
    """
    for family in ("DejaVu Sans", *CJK_FONTS):
        with contextlib.suppress(OSError):
            candidate = font(size, family)
            if set(map(ord, text)) <= _characters(candidate.path):
                return candidate
    return font(size)


@cache
def _characters(path):
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(path).get_charmap())


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


def figure_png(figure, dpi=None):
    """A matplotlib figure, closed to pyplot, as PNG bytes with a palette.

    >>> from matplotlib.figure import Figure
    >>> figure_png(Figure(figsize=(1, 1)))[:4]
    b'\\x89PNG'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi)
    with Image.open(buffer) as image:
        return png(image.convert("RGBA"))


def token_boxes(tokens, captions, width=760):
    """Draw tokens as boxes in reading order with a caption below each. Returns PNG bytes.

    >>> token_boxes(["The", " cat"], ["504", "2644"])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    small, gap, line = font(11), 4, 46
    boxes, x, y = [], gap, gap
    for token, caption in zip(tokens, captions, strict=True):
        label = token_label(token)
        large = font_for(label, 15)
        wide = int(max(large.getlength(label), small.getlength(caption))) + 10
        if x + wide > width and x > gap:
            x, y = gap, y + line
        boxes.append((x, y, wide, label, large, caption))
        x += wide + gap
    image = Image.new("RGB", (width, y + line), PAPER)
    draw = ImageDraw.Draw(image)
    for position, (x, y, wide, label, large, caption) in enumerate(boxes):
        draw.rectangle((x, y, x + wide, y + 24), fill=TINTS[position % len(TINTS)], outline=LINE)
        draw.text((x + 5, y + 3), label, font=large, fill=INK)
        draw.text((x + 5, y + 26), caption, font=small, fill=FAINT)
    return png(image)


def chart_label(text, longest=40):
    """A label that matplotlib draws as it stands: no formula between dollar signs, only characters its font has.

    >>> chart_label("val $loss"), chart_label("_x")
    ('val \\\\$loss', ' _x')
    """
    known = _characters(font(10).path)
    shown = "".join(character if ord(character) in known else "□" for character in token_label(text, longest))
    shown = shown.replace("·", " ").replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown
