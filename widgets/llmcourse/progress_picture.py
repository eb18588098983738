"""The static picture of the learner's progress, drawn with Pillow."""

from .pictures import FAINT, INK, LINE, PAPER, font, png

_DONE = "#1a7d59"
_COLUMNS = (8, 300, 420, 590, 760)  # the left edges of title, state, exercises, quiz, time


def progress_picture(sentence, chapters, width=860):
    """Draw a sentence and, chapter by chapter, a line for every written lesson, with bars for what is done in it.

    chapters: (title, rows) pairs, rows as progress_rows.rows() gives them. Returns PNG bytes.

    >>> progress_picture("Next: open lesson 0.", [])[:4]
    b'\\x89PNG'
    """
    from PIL import Image, ImageDraw

    written = [(title, [row for row in rows if row.state != "planned"]) for title, rows in chapters]
    written = [(title, rows) for title, rows in written if rows]
    height = 48 + sum(34 + 34 * len(rows) for _, rows in written)
    image = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(image)
    draw.text((8, 10), _cut(sentence.replace("`", ""), font(17), width - 16), font=font(17), fill=INK)
    y = 48
    for title, rows in written:
        draw.text((8, y + 8), title, font=font(14), fill=FAINT)
        draw.line((8, y + 30, width - 8, y + 30), fill=LINE)
        y += 34
        for row in rows:
            texts = (f"{row.lesson.number} {row.lesson.title}", *row.cells)
            for left, right, text in zip(_COLUMNS, (*_COLUMNS[1:], width), texts, strict=True):
                draw.text((left, y + 4), _cut(text, font(13), right - left - 8), font=font(13), fill=INK)
            for left, (reached, _, there) in zip(_COLUMNS[2:4], (row.exercises, row.questions), strict=True):
                if there:
                    draw.rectangle((left, y + 24, left + 140, y + 28), outline=LINE)
                if reached:
                    draw.rectangle((left, y + 24, left + round(140 * reached / there), y + 28), fill=_DONE)
            y += 34
    return png(image)


def _cut(text, face, width):
    """As much of a text as fits, with an ellipsis where it is cut."""
    if face.getlength(text) <= width:
        return text
    while text and face.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"
