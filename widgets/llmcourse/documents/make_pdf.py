"""Write boat_rules.pdf by hand: a page of two columns, drawn row by row as some typesetters and scanners do."""

from pathlib import Path

HEADER, FOOTER = "GULL ROCK LIGHT", "For the keepers only"
PAGES = [
    (
        [
            "Rules of the boat",
            "The boat carries at most six peo-",
            "ple and four hundred kilo-",
            "grams of goods. Whoever steers",
            "decides whether it sails; no or-",
            "der from the shore can overrule",
            "that.",
        ],
        [
            "Life jackets",
            "Life jackets are worn from quay",
            "to quay. The gas cart-",
            "ridge of each jacket is re-",
            "placed every three years, and",
            "the date is written on its col-",
            "lar.",
        ],
    ),
    (
        [
            "The winch",
            "The winch lifts two hundred and",
            "fifty kilograms. Its rope is ex-",
            "amined each spring and re-",
            "placed when a single strand is",
            "broken.",
        ],
        [
            "Dangerous goods",
            "Diesel travels alone, never with",
            "passengers. Gas bot-",
            "tles stand upright and are tied",
            "to the mast. Nobody smokes on",
            "the way.",
        ],
    ),
]


def text(x, y, words, size=11):
    words = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /F1 {size} Tf 1 0 0 1 {x} {y} Tm ({words}) Tj ET"


def page(number, left, right):
    lines = [text(60, 560, HEADER, 9), text(330, 560, f"page {number}", 9)]
    for row, (first, second) in enumerate(zip(left, right, strict=True)):
        size = 13 if row == 0 else 11
        lines += [text(60, 520 - 18 * row, first, size), text(330, 520 - 18 * row, second, size)]
    return "\n".join([*lines, text(60, 340, FOOTER, 9)])


def pdf(pages):
    """The bytes of a PDF file of these pages, each (left lines, right lines)."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, (left, right) in enumerate(pages):
        drawing = page(number + 1, left, right)
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 600] /Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(drawing)} >>\nstream\n{drawing}\nendstream")
    content, places = "%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(content)
    content += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n"
    content += "".join(f"{place:010} 00000 n \n" for place in places)
    content += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return content.encode("latin-1")


if __name__ == "__main__":
    Path(__file__).with_name("boat_rules.pdf").write_bytes(pdf(PAGES))
