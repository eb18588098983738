"""The static picture of Workspace: the pictures of its parts in two columns, each under its name."""

import io

from .pictures import INK, PAPER, font, png

COLUMNS = ((("tokens", "Tokens"), ("attention", "Attention")), (("lens", "Logit lens"), ("sampling", "Next token")))
GAP, TITLE, WIDEST = 16, 26, 1600


def workspace_picture(pictures):
    """Compose the PNG bytes of the parts, {name: bytes}, to one picture. Returns PNG bytes."""
    from PIL import Image, ImageDraw

    columns = [
        [(title, Image.open(io.BytesIO(pictures[name])).convert("RGB")) for name, title in column] for column in COLUMNS
    ]
    widths = [max(image.width for _, image in column) for column in columns]
    heights = [sum(TITLE + image.height + GAP for _, image in column) for column in columns]
    whole = Image.new("RGB", (sum(widths) + 3 * GAP, max(heights) + GAP), PAPER)
    draw, x = ImageDraw.Draw(whole), GAP
    for column, width in zip(columns, widths, strict=True):
        y = GAP
        for title, image in column:
            draw.text((x, y), title, font=font(17), fill=INK)
            whole.paste(image, (x, y + TITLE))
            y += TITLE + image.height + GAP
        x += width + GAP
    whole.thumbnail((WIDEST, whole.height))
    return png(whole)
