"""Files to text with metadata: PDF, HTML, Markdown and JSON through maintained readers, cleaned of what is no text.

Each reader (pypdf, Beautiful Soup, PyYAML, json) gives what the file holds; the functions here keep what a person would
call its text, and make the rest, such as page numbers and front matter, metadata to filter by.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

DOCUMENTS = Path(__file__).parents[1] / "documents"  # the course's own files, one of each kind
NO_TEXT = ["nav", "header", "footer", "aside", "script", "style", "noscript", "template", "form"]  # HTML elements


@dataclass
class Document:
    """A text, and what is known of it: at least metadata["source"], the name of its file."""

    text: str
    metadata: dict = field(default_factory=dict)


def load(path):
    """The documents of a file, by its ending: .pdf, .html, .md or .json. Raises ValueError for another.

    >>> load("handbook.md")[0].metadata["edition"]                             # doctest: +SKIP
    7
    """
    path = Path(path)
    if path.suffix.lower() not in LOADERS:
        raise ValueError(f"path must end in one of {', '.join(LOADERS)}; got {path.name!r}.")
    return LOADERS[path.suffix.lower()](path)


def load_pdf(path):
    """One document a page: columns read one after the other, running headers and footers dropped, hyphens joined."""
    from pypdf import PdfReader

    reader = PdfReader(path)
    pages = [_pieces(page) for page in reader.pages]
    widths = [float(page.mediabox.width) for page in reader.pages]
    often = Counter(words for page in pages for words in {piece[2] for piece in page})
    documents = []
    for number, (page, width) in enumerate(zip(pages, widths, strict=True), start=1):
        # What stands on every page in the same words, or beside such words, is the running head or foot.
        running = {y for _, y, words in page if len(pages) > 1 and often[words] == len(pages)}
        kept = [(x >= width / 2, -y, words) for x, y, words in page if y not in running]
        lines = "\n".join(words for _, _, words in sorted(kept))
        documents.append(Document(join_hyphens(lines), {"source": Path(path).name, "page": number}))
    return documents


def join_hyphens(lines):
    r"""Join words that were parted at a line end. A true hyphen there is lost too: no reader can tell.

    >>> join_hyphens("a light-\nhouse\nkeeper")
    'a lighthouse\nkeeper'
    """
    return re.sub(r"(?<=[^\W\d_])-\n(?=[a-z])", "", lines)


def load_html(path):
    """One document: the main part without navigation and scripts; a row of a table becomes a line of its cells."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(Path(path).read_text(encoding="utf-8"), "html.parser")
    title = soup.title.get_text(strip=True) if soup.title else Path(path).stem
    body = soup.find("main") or soup.find("article") or soup.body or soup
    for element in body.find_all(NO_TEXT):
        element.decompose()
    for image in body.find_all("img"):
        image.replace_with(f"[picture: {image['alt']}]" if image.get("alt") else "")
    for row in body.find_all("tr"):
        cells = [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        row.replace_with(" | ".join(cells) + "\n")
    blocks = []
    for block in body.find_all(["h1", "h2", "h3", "h4", "p", "li", "table", "pre"]):
        if block.find_parent(["li", "table", "pre"]) is None:
            blocks.append("\n".join(_lines(block)))
    text = "\n\n".join(block for block in blocks if block)
    return [Document(text, {"source": Path(path).name, "title": title})]


def load_markdown(path):
    """One document: the Markdown as it is, a good text already; its front matter becomes metadata."""
    import yaml

    text, metadata = Path(path).read_text(encoding="utf-8"), {}
    found = re.match(r"---\n(.*?)\n---\n+", text, re.DOTALL)
    if found:
        metadata, text = yaml.safe_load(found[1]) or {}, text[found.end() :]
    return [Document(text, {**metadata, "source": Path(path).name})]


def load_json(path, records=None):
    """One document a record, each number in it with the names that lead to it: `lamp range value: 19`.

    records: the key under which the list of records stands; without it the first list of objects is taken.
    Raises ValueError where there is none.
    """
    data = json.loads(Path(path).read_text(encoding="utf-8"))
    shared = {}
    if isinstance(data, dict):
        lists = [key for key, value in data.items() if isinstance(value, list) and all(map(_is_record, value))]
        if records is None and not lists:
            raise ValueError(f"{Path(path).name} must hold a list of objects; got the keys {', '.join(data)}.")
        key = records or lists[0]
        shared = {name: value for name, value in data.items() if isinstance(value, str | int | float)}
        data = data[key]
    documents = []
    for number, record in enumerate(data):
        lines = [f"{' '.join(names)}: {value}" for names, value in _leaves(record)]
        documents.append(Document("\n".join(lines), {**shared, "source": Path(path).name, "record": number}))
    return documents


def _is_record(value):
    return isinstance(value, dict)


def _leaves(value, names=()):
    """(names, value) of every plain value below."""
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _leaves(below, (*names, name))
    elif isinstance(value, list):
        yield names, ", ".join(map(str, value)) or "none"
    else:
        yield names, value


def _pieces(page):
    """(x, y, words) of each piece of text that a page draws."""
    found = []

    def note(words, current, matrix, font, size):
        if words.strip():
            found.append((matrix[4], matrix[5], words.strip()))

    page.extract_text(visitor_text=note)
    return found


def _lines(block):
    """The lines of a block: of a table its rows; elsewhere a line break in the source is a space."""
    if block.name == "pre":
        return block.get_text().rstrip().split("\n")
    lines = block.get_text().split("\n") if block.name == "table" else [block.get_text()]
    return [" ".join(line.split()) for line in lines if line.strip()]


LOADERS = {".pdf": load_pdf, ".html": load_html, ".md": load_markdown, ".json": load_json}
