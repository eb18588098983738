"""The static picture of AttentionExplorer: thumbnails of all heads beside the matrix of one."""

import numpy as np

from .attention_packing import THUMBNAIL, pack_thumbnails
from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, font, font_for, png

_STOPS = [
    [255, 255, 255],
    [200, 222, 240],
    [120, 170, 214],
    [44, 104, 170],
    [8, 36, 92],
]  # colourRamp in common.js
_RAMP = np.stack([np.interp(np.linspace(0, 4, 256), range(5), channel) for channel in zip(*_STOPS, strict=True)], 1)
MASKED = (232, 234, 238)  # the future, which a causal model cannot see
ACCENT = "#0b57d0"
SIDE, GUTTER, TITLE, CELL = 480, 92, 30, THUMBNAIL + 2


def attention_picture(trace, layer, head, query=-1, key=-1):
    """Draw the attention of one head with its tokens, and all heads small. Returns PNG bytes.

    Colours follow the square root of the weight, as in the widget; grey is masked; a selected query and key are
    framed.

    >>> attention_picture(trace(model, tokenizer, "The cat sat"), 2, 4)[:4]   # doctest: +SKIP
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    layers, heads, count = trace.attention.shape[:3]
    left = 30 + heads * CELL + 24
    width, height = left + GUTTER + SIDE + 10, max(TITLE + layers * CELL, TITLE + GUTTER + SIDE) + 10
    image = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(image)
    small = font(11)
    draw.text((8, 6), f"{layers} layers × {heads} heads", font=small, fill=FAINT)
    draw.text((left, 4), f"Layer {layer}, head {head}: rows attend to columns", font=font(14), fill=INK)

    image.paste(Image.fromarray(_thumbnails(trace.attention)), (30, TITLE))
    for number in range(layers):
        draw.text((24, TITLE + number * CELL + 12), str(number), font=small, fill=FAINT, anchor="rm")
    x, y = 30 + head * CELL, TITLE + layer * CELL
    draw.rectangle((x - 1, y - 1, x + THUMBNAIL, y + THUMBNAIL), outline=ACCENT, width=2)

    x, y = left + GUTTER, TITLE + GUTTER
    image.paste(Image.fromarray(_matrix(trace, layer, head)).resize((SIDE, SIDE), Image.Resampling.NEAREST), (x, y))
    draw.rectangle((x - 1, y - 1, x + SIDE, y + SIDE), outline=LINE)
    cell = SIDE / count
    for place in range(0, count, -(-12 // max(int(cell), 1)) if cell < 12 else 1):
        label, middle = token_label(trace.tokens[place], 12), (place + 0.5) * cell
        draw.text(
            (x - 5, y + middle), label, font=font_for(label, 11), fill=ACCENT if place == query else INK, anchor="rm"
        )
        _upright(image, label, font_for(label, 11), (x + middle, y - 5), ACCENT if place == key else INK)
    if query >= 0:
        draw.rectangle((x, y + query * cell, x + SIDE, y + (query + 1) * cell), outline=ACCENT, width=2)
    if key >= 0:
        draw.rectangle((x + key * cell, y, x + (key + 1) * cell, y + SIDE), outline=ACCENT, width=2)
    return png(image)


def _thumbnails(attention):
    """All heads as one array of colours (layers * CELL, heads * CELL, 3)."""
    layers, heads = attention.shape[:2]
    data, side, _ = pack_thumbnails(attention)
    shades = np.frombuffer(data, np.uint8).reshape(layers, heads, side, side)
    nearest = np.arange(THUMBNAIL) * side // THUMBNAIL
    cells = np.full((layers, heads, CELL, CELL, 3), 255, np.uint8)
    cells[:, :, :THUMBNAIL, :THUMBNAIL] = _RAMP[shades[:, :, nearest][..., nearest]]
    return cells.transpose(0, 2, 1, 3, 4).reshape(layers * CELL, heads * CELL, 3)


def _matrix(trace, layer, head):
    weights = trace.attention[layer, head].float().numpy()
    colours = _RAMP[np.sqrt(weights.clip(0, 1) * 255 * 255).round().astype(int)].astype(np.uint8)
    if trace.causal:
        colours[np.triu_indices(len(trace), 1)] = MASKED
    return colours


def _upright(image, label, small, foot, colour):
    """Write a label upwards, its start centred on `foot`."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = small.getbbox(label)
    text = Image.new("L", (max(right - left, 1), 14))
    ImageDraw.Draw(text).text((-left, 0), label, font=small, fill=255)
    turned = text.rotate(90, expand=True)
    image.paste(colour, (int(foot[0]) - 7, int(foot[1]) - turned.height), turned)
