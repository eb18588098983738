"""The static picture of AttentionExplorer: thumbnails of all heads beside the matrix of one."""

import numpy as np

from .attention_on_demand import overview_pool, shades, strongest
from .attention_packing import THUMBNAIL, looks_ahead, pack_thumbnails
from .attention_stack import NAMES
from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, font, font_for, png

# colourRamp in common.js has the same stops; tests/vectors/colour_ramp.json holds both to it.
_STOPS = [(255, 255, 255), (200, 222, 240), (120, 170, 214), (44, 104, 170), (8, 36, 92)]
RAMP = np.stack([np.interp(np.linspace(0, 4, 256), range(5), channel) for channel in zip(*_STOPS, strict=True)], 1)
RAMP = np.floor(RAMP + 0.5).astype(np.uint8)
MASKED = (232, 234, 238)  # the future, which a causal model cannot see
ACCENT = "#0b57d0"
SIDE, GUTTER, TITLE, CELL = 480, 92, 30, THUMBNAIL + 2
MOST_HEADS = 40  # thumbnails across and down; a larger model is cut, which the picture says


def attention_picture(seen, layer, head, query=-1, key=-1):
    """Draw the attention of one head with its tokens, and all heads small. Returns PNG bytes.

    seen: a Trace with one stack of attention, or an AttentionStack. Colours follow the square root of the weight, as in
    the widget; grey is masked; a selected query and key are framed. Long texts are drawn by the strongest of several
    weights a pixel.

    >>> attention_picture(trace(model, tokenizer, "The cat sat"), 2, 4)[:4]   # doctest: +SKIP
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    stack = getattr(seen, "stacks", [seen])[0]
    layers, heads, count, key_count = stack.attention.shape
    left = 30 + min(heads, MOST_HEADS) * CELL + 24
    cell = SIDE / max(count, key_count)
    width, height = left + GUTTER + SIDE + 10, max(TITLE + min(layers, MOST_HEADS) * CELL, TITLE + GUTTER + SIDE) + 10
    image = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(image)
    small = font(11)
    cut = "" if max(layers, heads) <= MOST_HEADS else f", the first {MOST_HEADS} shown"
    draw.text((8, 6), f"{layers} layers × {heads} heads{cut}", font=small, fill=FAINT)
    kind = "" if stack.name == "self" else f"{NAMES[stack.name].capitalize()}, "
    title = f"{kind}layer {stack.layer_number(layer)}, head {head}: rows attend to columns"
    draw.text((left, 4), title[0].upper() + title[1:], font=font(14), fill=INK)

    image.paste(Image.fromarray(_thumbnails(stack.attention)), (30, TITLE))
    for number in range(min(layers, MOST_HEADS)):
        label = str(stack.layer_number(number))
        draw.text((24, TITLE + number * CELL + 12), label, font=small, fill=FAINT, anchor="rm")
    if max(layer, head) < MOST_HEADS:
        x, y = 30 + head * CELL, TITLE + layer * CELL
        draw.rectangle((x - 1, y - 1, x + THUMBNAIL, y + THUMBNAIL), outline=ACCENT, width=2)

    x, y = left + GUTTER, TITLE + GUTTER
    right, bottom = x + round(key_count * cell), y + round(count * cell)
    matrix = Image.fromarray(_matrix(stack, layer, head))
    image.paste(matrix.resize((max(right - x, 1), max(bottom - y, 1)), Image.Resampling.NEAREST), (x, y))
    draw.rectangle((x - 1, y - 1, right, bottom), outline=LINE)
    step = max(1, int(np.ceil(12 / cell)))
    for place in range(0, count, step):
        label, colour = token_label(stack.query_tokens[place], 12), ACCENT if place == query else INK
        draw.text((x - 5, y + (place + 0.5) * cell), label, font=font_for(label, 11), fill=colour, anchor="rm")
    for place in range(0, key_count, step):
        label, colour = token_label(stack.key_tokens[place], 12), ACCENT if place == key else INK
        _upright(image, label, font_for(label, 11), (x + (place + 0.5) * cell, y - 5), colour)
    if query >= 0:
        draw.rectangle((x, y + query * cell, right, y + (query + 1) * cell), outline=ACCENT, width=2)
    if key >= 0:
        draw.rectangle((x + key * cell, y, x + (key + 1) * cell, bottom), outline=ACCENT, width=2)
    return png(image)


def _thumbnails(attention):
    """All heads as one array of colours (layers * CELL, heads * CELL, 3)."""
    data, side, _ = pack_thumbnails(attention)
    pictures = np.frombuffer(data, np.uint8).reshape(*attention.shape[:2], side, side)[:MOST_HEADS, :MOST_HEADS]
    layers, heads = pictures.shape[:2]
    nearest = np.arange(THUMBNAIL) * side // THUMBNAIL
    cells = np.full((layers, heads, CELL, CELL, 3), 255, np.uint8)
    cells[:, :, :THUMBNAIL, :THUMBNAIL] = RAMP[pictures[:, :, nearest][..., nearest]]
    return cells.transpose(0, 2, 1, 3, 4).reshape(layers * CELL, heads * CELL, 3)


def _matrix(stack, layer, head):
    """One head as colours (rows, columns, 3), of a long text as its coarse picture."""
    on_demand = getattr(stack.attention, "overview", None)
    if on_demand is not None:
        levels = on_demand[layer, head]
    else:
        weights = stack.attention[layer, head].float()
        levels = shades(strongest(weights[None], overview_pool(*weights.shape, 1))[0])
    colours = RAMP[levels.numpy()]
    if not looks_ahead(stack):
        colours[np.triu_indices(len(colours), 1)] = MASKED
    return colours


def _upright(image, label, small, foot, colour):
    """Write a label upwards, its start centred on `foot`."""
    from PIL import Image, ImageDraw

    left, top, right, bottom = small.getbbox(label)
    text = Image.new("L", (max(right - left, 1), 14))
    ImageDraw.Draw(text).text((-left, 0), label, font=small, fill=255)
    turned = text.rotate(90, expand=True)
    image.paste(colour, (int(foot[0]) - 7, int(foot[1]) - turned.height), turned)
