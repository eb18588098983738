"""The static picture of SamplingExplorer: each likely token's probability before and after the rules."""

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, font, font_for, png

BEFORE, AFTER = "#dfe4ea", "#2563c9"
LABEL, BAR, ROW, WIDTH = 150, 470, 22, 760


def sampling_picture(rows):
    """Draw bars of tokens: pale before the rules, solid after them. Returns PNG bytes.

    rows: (token, probability before, probability after) each; 0 after is shown as removed.

    >>> sampling_picture([(" cat", 0.5, 1.0), (" dog", 0.5, 0.0)])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (WIDTH, 40 + ROW * len(rows)), PAPER)
    draw = ImageDraw.Draw(image)
    small = font(11)
    draw.rectangle((LABEL, 11, LABEL + 12, 21), fill=BEFORE, outline=LINE)
    draw.text((LABEL + 18, 9), "the model's own probability", font=small, fill=FAINT)
    draw.rectangle((LABEL + 200, 11, LABEL + 212, 21), fill=AFTER)
    draw.text((LABEL + 218, 9), "after the rules", font=small, fill=FAINT)
    longest = max(max(before, after) for _, before, after in rows)
    for place, (token, before, after) in enumerate(rows):
        y, label = 32 + place * ROW, token_label(token)
        draw.text((LABEL - 8, y + 9), label, font=font_for(label, 13), fill=INK if after else FAINT, anchor="rm")
        draw.rectangle((LABEL, y, LABEL + BAR * before / longest, y + 17), fill=BEFORE, outline=LINE)
        if after:
            draw.rectangle((LABEL, y + 4, LABEL + BAR * after / longest, y + 13), fill=AFTER)
        share = f"{after:.1%}" if after else "removed"
        draw.text((WIDTH - 10, y + 9), f"{before:.1%} → {share}", font=small, fill=INK if after else FAINT, anchor="rm")
    return png(image)
