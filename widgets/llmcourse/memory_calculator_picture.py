"""The static picture of MemoryCalculator: where the memory goes, and which machines have it."""

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, font, png

COLOURS = ("#1f62b5", "#b8560a", "#1a7d59", "#a8487f", "#6f5bb5", "#5d656f")
WIDTH, LABEL, ROW, GIB = 760, 190, 26, 2**30


def memory_picture(title, parts, machines):
    """Draw one stacked bar, a row a part and a row a machine. Returns PNG bytes.

    parts: {name: bytes}; machines: [name, bytes] each.

    >>> memory_picture("A model", {"Weights": 2**30}, [["Laptop", 2**33]])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    total = sum(parts.values())
    image = Image.new("RGB", (WIDTH, 100 + ROW * (len(parts) + len(machines)) + 34), PAPER)
    draw = ImageDraw.Draw(image)
    heading = f"{token_label(title, 60).replace('·', ' ')}: {total / GIB:,.2f} GiB"
    draw.text((16, 12), heading, font=font(15), fill=INK)
    x, track = 16.0, WIDTH - 32
    for colour, size in zip(COLOURS, parts.values(), strict=False):
        wide = track * size / total if total else 0
        draw.rectangle((x, 42, x + wide, 64), fill=colour)
        x += wide
    y = 80
    for colour, (name, size) in zip(COLOURS, parts.items(), strict=False):
        draw.rectangle((16, y + 5, 28, y + 17), fill=colour)
        draw.text((36, y + 11), name, font=font(13), fill=INK, anchor="lm")
        share = size / total if total else 0
        draw.text((420, y + 11), f"{size / GIB:,.3f} GiB", font=font(13), fill=INK, anchor="rm")
        draw.text((500, y + 11), f"{share:.1%}", font=font(13), fill=FAINT, anchor="rm")
        y += ROW
    y += 12
    draw.line((16, y, WIDTH - 16, y), fill=LINE)
    y += 10
    for name, size in machines:
        share, left, right = total / size, LABEL, WIDTH - 190
        draw.text((16, y + 11), name, font=font(13), fill=INK, anchor="lm")
        draw.rectangle((left, y + 4, right, y + 18), outline=LINE)
        draw.rectangle(
            (left, y + 4, left + (right - left) * min(share, 1), y + 18), fill="#1a7d59" if share <= 1 else "#b3261e"
        )
        verdict = f"fits, {share:.1%} used" if share <= 1 else f"{share:,.1f} × too small"
        draw.text((WIDTH - 16, y + 11), verdict, font=font(12), fill=INK, anchor="rm")
        y += ROW
    return png(image)
