"""The static picture of ArchitectureExplorer: the parts from ids to logits, each with its shape and parameters."""

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, font, png

FILL = {
    "embedding": "#f3dcea",
    "norm": "#fdf3c8",
    "attention": "#dbe9f7",
    "linear": "#dbe9f7",
    "mlp": "#d9f0e3",
    "block": "#f1f3f6",
    "stack": "#f1f3f6",
}
COLUMN, ROW, INDENT, TOP, MOST = 520, 24, 16, 40, 70


def architecture_picture(trees, sizes):
    """Draw one or two trees of parts side by side, at most 70 rows each. Returns PNG bytes.

    trees: architecture_parts.Part; sizes: {"B": batch, "T": length, "S": source length}.
    """
    from PIL import Image, ImageDraw

    columns = [_rows(tree)[:MOST] for tree in trees]
    height = TOP + ROW * max(map(len, columns)) + 10
    image = Image.new("RGB", (COLUMN * len(trees) + 10, height), PAPER)
    draw = ImageDraw.Draw(image)
    for place, (tree, rows) in enumerate(zip(trees, columns, strict=True)):
        left, total = 10 + place * COLUMN, tree.parameters
        title = f"{_label(tree.name, 40)}: {total:,} parameters"
        draw.text((left, 10), title, font=font(15), fill=INK)
        for number, (depth, part) in enumerate(rows):
            _row(draw, left, TOP + number * ROW, depth, part, total, sizes)
    return png(image)


def _row(draw, left, y, depth, part, total, sizes):
    x, right = left + depth * INDENT, left + COLUMN - 16
    draw.rectangle((x, y, right, y + ROW - 4), fill=FILL.get(part.kind, PAPER), outline=LINE)
    name = _label(part.name, 34) + (f" × {part.repeat}" if part.repeat > 1 else "")
    draw.text((x + 6, y + 10), name, font=font(12), fill=INK, anchor="lm")
    shape = " × ".join(f"{sizes.get(size, size)}" for size in part.shape)
    draw.text((left + 345, y + 10), shape, font=font(11), fill=FAINT, anchor="mm")
    share = f"{part.parameters:,}" if part.parameters else "–"
    draw.text((right - 6, y + 10), share, font=font(11), fill=INK, anchor="rm")
    if part.parameters and total:
        draw.rectangle((x, y + ROW - 6, x + (right - x) * part.parameters / total, y + ROW - 4), fill="#2563c9")


def _label(name, longest):
    return token_label(name, longest).replace("·", " ")


def _rows(part, depth=0):
    below = [row for child in part.children for row in _rows(child, depth + 1)]
    return ([(depth - 1, part)] if depth else []) + below or [(0, part)]
