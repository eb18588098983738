"""Rules for the Markdown of a lesson: badges, links, pictures, headings, length. Nothing here asks the network."""

import re
from urllib.parse import unquote, urlsplit

from .repository import REPOSITORY, binder_url, colab_url

LONGEST = 250  # words of prose in one cell: past that it is a page, not a step
STABLE_HOSTS = {
    "aclanthology.org",
    "arxiv.org",
    "colab.research.google.com",
    "datasets-benchmarks-proceedings.neurips.cc",
    "dl.acm.org",
    "docs.python.org",
    "doi.org",
    "github.com",
    "huggingface.co",
    "jmlr.org",
    "mybinder.org",
    "numpy.org",
    "openreview.net",
    "proceedings.mlr.press",
    "proceedings.neurips.cc",
    "pytorch.org",
    "docs.pytorch.org",
    "scikit-learn.org",
    "scipy.org",
    "en.wikipedia.org",
    "www.nature.com",
    "www.rfc-editor.org",
    "www.w3.org",
    "zenodo.org",
}
BADGE = re.compile(r"(?:colab\.research\.google\.com/github/|mybinder\.org/v2/gh/)([\w.-]+/[\w.-]+)")
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\]\([^)]*\))*)\]\(\s*<?([^)\s>]*)>?[^)]*\)")
HTML_TARGET = re.compile(r"""<(?:a|img)\b[^>]*?\b(?:href|src)=["']([^"']+)["']""", re.IGNORECASE)


def badges_follow_the_repository(stored):
    opening = stored.source("title")
    for name, url in (("Colab", colab_url(stored.lesson.path)), ("Binder", binder_url(stored.lesson.path))):
        if f"]({url})" not in opening:
            yield "title", f"the {name} badge does not open this lesson", url
    for cell in stored.notebook.cells:
        for found in BADGE.findall(cell.source):
            if found != REPOSITORY:
                yield cell.id, f"a badge opens {found}", f"{REPOSITORY}, as in repository.py"


def links_are_good(stored):
    for cell in stored.markdown:
        prose = without_code(cell.source)
        targets = [target for _, target in _links(prose)] + HTML_TARGET.findall(prose)
        for target in targets:
            wrong, right = _problem(stored, target)
            if wrong:
                yield cell.id, wrong, right


def pictures_have_words(stored):
    for cell in stored.markdown:
        prose = without_code(cell.source)
        silent = [target for words, target in re.findall(r"!\[(.*?)\]\(([^)\s]*)", prose) if not words.strip()]
        silent += [tag for tag in re.findall(r"<img\b[^>]*>", prose) if not re.search(r"""\balt=["']\s*[^"'\s]""", tag)]
        for target in silent:
            yield cell.id, f"the picture {target[:80]} has no words", "what it shows, for those who cannot see it"


def headings_step_down(stored):
    before = 0
    for cell in stored.markdown:
        for marks in re.findall(r"^(#+) ", without_code(cell.source), re.MULTILINE):
            level = len(marks)
            if level == 1 and before:
                yield cell.id, "a second heading of the first level", "one title a lesson; steps have ## "
            elif level > before + 1:
                yield cell.id, f"the heading jumps from level {before} to {level}", f"level {before + 1} or above"
            before = level


def prose_is_short(stored):
    """Words beside folded hints, tables, lists of points and sources: what is read from top to bottom."""
    for cell in stored.markdown:
        prose = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.DOTALL)
        read = re.sub(r"^\s*([-|]|\d+\.).*$", "", without_code(prose), flags=re.MULTILINE)
        if (words := len(read.split())) > LONGEST:
            yield cell.id, f"{words} words in one cell", f"an idea in 40 to 120 words, never more than {LONGEST}"


def without_code(source):
    """Markdown without its blocks and spans of code, in which nothing is a heading or a link."""
    return re.sub(r"`[^`\n]*`", "", re.sub(r"```.*?```", "", source, flags=re.DOTALL))


def _links(prose):
    """(text, target) of each link and picture, those inside a link's text included: a badge is both."""
    for _, words, target in LINK.findall(prose):
        yield words, target
        yield from _links(words)


def _problem(stored, target):
    """What is wrong with the target of a link and what would be right; a pair of empty texts for a good one."""
    if not target:
        return "a link leads nowhere", "an address"
    address = urlsplit(target)
    if not address.scheme and not address.netloc:
        path = (stored.path.parent / unquote(address.path)).resolve() if address.path else stored.path
        if not path.exists() or not path.is_relative_to(stored.root.resolve()):
            return f"{target} does not exist", "a file of this repository, seen from the lesson's folder"
        return "", ""
    if address.scheme != "https" or not re.fullmatch(r"[\w-]+(\.[\w-]+)+", address.netloc):
        return f"{target} is no whole https address", "https://host/path"
    if address.netloc not in STABLE_HOSTS:
        return f"{address.netloc} is not on the list of stable hosts", "the paper or official page, not a short link"
    return "", ""
