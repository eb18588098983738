"""The static picture of EmbeddingExplorer: the map, what is chosen on it, and the nearest neighbours as bars."""

import numpy as np

from .labels import token_label
from .pictures import FAINT, INK, LINE, PAPER, font, font_for, png

COLOURS = ("#1f62b5", "#b8560a", "#1a7d59", "#a8487f", "#6f5bb5", "#5d656f")  # as in static/common.css
CHOSEN = "#b3261e"
MAP, LIST, TOP, FINE = 430, 330, 26, 2  # pixels; the map is drawn twice as fine and then halved


def point_label(label, longest=40):
    """A label for reading: a token's label, but with plain spaces between words.

    >>> point_label(" New York")
    '·New York'
    """
    text = token_label(label, longest)
    return text[:1] + text[1:].replace("·", " ")


def embedding_picture(coordinates, labels, group_of, group_names, caption, chosen, place, neighbours, metric):
    """Draw a map of points (n, 2) and its neighbours. Returns PNG bytes.

    group_of: the group of each point as a number, or empty. chosen: rows that are marked; place: where the vector that
    they are neighbours of lies, or None. neighbours: (index, label, value) each.

    >>> embedding_picture(np.zeros((1, 2)), ["cat"], [], [], "PCA", [], None, [], "cosine")[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    extra = np.zeros((0, 2)) if place is None else np.asarray(place)[None]
    at = _pixels(coordinates, extra) * FINE
    image = Image.new("RGB", (MAP * FINE, MAP * FINE), PAPER)
    draw = ImageDraw.Draw(image)
    size = FINE * (4 if len(coordinates) <= 300 else 2.5 if len(coordinates) <= 3000 else 1.5)
    for row, (x, y) in enumerate(at[: len(coordinates)]):
        colour = COLOURS[group_of[row] % len(COLOURS)] if group_of else COLOURS[0]
        draw.ellipse((x - size, y - size, x + size, y + size), fill=colour)
    near = [neighbour[0] for neighbour in neighbours]
    if place is not None:
        for row in near:
            draw.line((*at[-1], *at[row]), fill=LINE, width=FINE)
    for rows, colour in ((near, INK), (chosen, CHOSEN)):
        for row in rows:
            x, y = at[row]
            draw.ellipse(
                (x - 2 * size, y - 2 * size, x + 2 * size, y + 2 * size), outline=colour, width=int(1.5 * FINE)
            )
    if place is not None:
        x, y = at[-1]
        draw.line((x - 2 * size, y, x + 2 * size, y), fill=CHOSEN, width=2 * FINE)
        draw.line((x, y - 2 * size, x, y + 2 * size), fill=CHOSEN, width=2 * FINE)

    whole = Image.new("RGB", (MAP + LIST, MAP + TOP + 20 * bool(group_names)), PAPER)
    whole.paste(image.resize((MAP, MAP), Image.Resampling.LANCZOS), (0, TOP))
    draw = ImageDraw.Draw(whole)
    draw.text((8, 6), caption, font=font(12), fill=FAINT)
    draw.rectangle((0, TOP, MAP - 1, TOP + MAP - 1), outline=LINE)
    _labels(draw, at / FINE, [*chosen, *near] or range(min(len(coordinates), 40)), labels)
    x = 8
    for place_, name in enumerate(group_names[:8]):
        text = point_label(name, 14)
        draw.ellipse((x, TOP + MAP + 6, x + 8, TOP + MAP + 14), fill=COLOURS[place_ % len(COLOURS)])
        draw.text((x + 12, TOP + MAP + 10), text, font=font_for(text, 11), fill=INK, anchor="lm")
        x += 24 + int(font_for(text, 11).getlength(text))
    _bars(draw, neighbours, metric)
    return png(whole)


def _pixels(coordinates, extra):
    """Places on the map in pixels, the same scale along both axes."""
    points = np.vstack([coordinates, extra])
    low, high = coordinates.min(0) / 2, coordinates.max(0) / 2  # halves: the difference of huge numbers stays finite
    span = 2 * (high - low).max() or 1.0
    moved = (points - (low + high)) / span * (MAP - 56) * [1, -1] + MAP / 2
    return moved.clip(-MAP, 2 * MAP)


def _labels(draw, at, rows, labels):
    taken = []
    for row in rows:
        text = point_label(labels[row], 22)
        face = font_for(text, 11)
        x, y = at[row][0] + 7, at[row][1] + TOP
        width = face.getlength(text)
        if x + width > MAP - 4:
            x = at[row][0] - 7 - width
        box = (x, y - 7, x + width, y + 7)
        if x < 2 or not TOP < y < TOP + MAP or any(_overlap(box, other) for other in taken):
            continue
        taken.append(box)
        draw.text((x, y), text, font=face, fill=INK, anchor="lm", stroke_width=2, stroke_fill=PAPER)


def _overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _bars(draw, neighbours, metric):
    title = {"cosine": "cosine similarity", "euclidean": "Euclidean distance", "dot": "dot product"}[metric]
    left, width = MAP + 16, LIST - 32
    draw.text((left, 6), f"nearest by {title}" if neighbours else "nothing chosen yet", font=font(12), fill=FAINT)
    longest = 1.0 if metric == "cosine" else max((abs(value) for *_, value in neighbours), default=0) or 1.0
    for place, (_, label, value) in enumerate(neighbours[:14]):
        y, text = TOP + 4 + 30 * place, point_label(label, 28)
        draw.text((left, y + 6), text, font=font_for(text, 12), fill=INK, anchor="lm")
        draw.text(
            (left + width, y + 6),
            f"{value:.4f}" if abs(value) < 100 else f"{value:.1f}",
            font=font(12),
            fill=INK,
            anchor="rm",
        )
        draw.rectangle((left, y + 15, left + width, y + 21), outline=LINE)
        share = min(max(value / longest, 0), 1)
        if share:
            draw.rectangle((left, y + 15, left + width * share, y + 21), fill=COLOURS[0])
