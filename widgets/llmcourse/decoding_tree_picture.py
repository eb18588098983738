"""The static picture of DecodingTree: nodes from left to right, the greedy path and the best beam in colour."""

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, font, font_for, png

GREEDY, BEAM = "#b8450f", "#0b57d0"
COLUMN, ROW, BOX, MARGIN, TOP = 150, 26, 104, 10, 36


def decoding_tree_picture(nodes, greedy, beams):
    """Draw the tree, at most its first six levels. Returns PNG bytes.

    nodes: dictionaries with number, parent, token, prob, depth and children; greedy: node numbers; beams: lists of
    them, the best first.

    >>> root = {"number": 0, "parent": -1, "token": "The", "prob": 1.0, "depth": 0, "children": []}
    >>> decoding_tree_picture([root], [], [[]])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    rows = {}
    _place(nodes, 0, rows)
    columns = 1 + max(nodes[number]["depth"] for number in rows)
    size = (2 * MARGIN + COLUMN * (columns - 1) + BOX + 60, TOP + MARGIN + int(ROW * (max(rows.values()) + 1)))
    image = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(image)
    kept = {number for beam in beams for number in beam}
    best = set(beams[0]) if beams else set()
    draw.text((MARGIN, 8), "greedy", font=font(12), fill=GREEDY)
    draw.text((MARGIN + 60, 8), "best beam", font=font(12), fill=BEAM)
    draw.text((MARGIN + 140, 8), "other beams: thick", font=font(12), fill=FAINT)

    def corner(number):
        return MARGIN + COLUMN * nodes[number]["depth"], TOP + ROW * rows[number]

    def colour(number):
        return GREEDY if number in greedy else BEAM if number in best else LINE

    for number in sorted(rows, key=lambda n: (n in kept, n in best, n in greedy)):
        x, y = corner(number)
        thick = 3 if number in kept or number in greedy else 1
        if number:
            from_x, from_y = corner(nodes[number]["parent"])
            draw.line((from_x + BOX, from_y + 10, x, y + 10), fill=colour(number), width=thick)
            if number in greedy and number in best:  # both searches pass here
                draw.line((from_x + BOX, from_y + 13, x, y + 13), fill=BEAM, width=2)
    for number in rows:
        x, y = corner(number)
        thick = 2 if number in kept or number in greedy else 1
        draw.rectangle((x, y, x + BOX, y + 20), fill=PAPER, outline=colour(number) if number else INK, width=thick)
        label = token_label(nodes[number]["token"], 11 if number else 14)
        draw.text((x + 5, y + 10), label, font=font_for(label, 12), fill=INK, anchor="lm")
        if number:
            draw.text((x + BOX - 4, y + 10), _percent(nodes[number]["prob"]), font=font(9), fill=FAINT, anchor="rm")
    return png(image)


def _place(nodes, number, rows):
    """Give every node a row: leaves one after the other, a parent in the middle of its children."""
    children = nodes[number]["children"] if nodes[number]["depth"] < 6 else []
    for child in children:
        _place(nodes, child, rows)
    if children:
        rows[number] = sum(rows[child] for child in children) / len(children)
    else:
        rows[number] = 1 + max((row for row in rows.values() if row == int(row)), default=-1)


def _percent(prob):
    return f"{prob:.0%}" if prob >= 0.01 else f"{prob:.1%}"
